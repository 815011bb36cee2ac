"""`bridge events replay|discard`: some events by their ids, or all that are alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace

import click

from bridge.cli.progress import Progress
from bridge.cli.selecting import selecting
from bridge.cli.settings import opened
from bridge.errors import BridgeError
from bridge.model import Json
from bridge.store import bulk
from bridge.store import events as stored
from bridge.store.bulk import EVERYWHERE, Repair, Stretch
from bridge.store.database import Database
from bridge.store.selection import Selection

_DONE = {Repair.REPLAY: "will be applied again", Repair.DISCARD: "discarded"}
_ONE = {Repair.REPLAY: stored.replay, Repair.DISCARD: stored.discard}
_OPTIONS = (
    click.argument("event_ids", type=int, nargs=-1),
    selecting,
    click.option(
        "--after",
        type=click.IntRange(0, 2**63 - 1),
        help="Go on behind this event, where a run was stopped.",
    ),
    click.option("--yes", is_flag=True, help="Do not ask first."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON; without --yes only count."),
)


def _repairing(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_repairing
def replay(
    event_ids: tuple[int, ...], chosen: Selection, after: int | None, yes: bool, as_json: bool
) -> None:
    """Apply events again with the mapping of today, in their old place and order.

    Name them by their ids, or by what they have in common: --state failed --source stripe. Then
    they are counted first, and live events go before them.
    """
    _repair(Repair.REPLAY, event_ids, chosen, after, yes, as_json)


@click.command()
@_repairing
def discard(
    event_ids: tuple[int, ...], chosen: Selection, after: int | None, yes: bool, as_json: bool
) -> None:
    """End events that shall not be applied, named as for replay."""
    _repair(Repair.DISCARD, event_ids, chosen, after, yes, as_json)


def _repair(
    what: Repair,
    ids: tuple[int, ...],
    chosen: Selection,
    after: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    if bool(ids) == bool(chosen):
        raise click.UsageError("name events by their ids, or by --state, --source, … and no ids")
    if ids:
        _each(opened(), what, ids, as_json)
    else:
        _all(opened(), what, chosen, after or 0, yes=yes, as_json=as_json)


def _each(db: Database, what: Repair, ids: tuple[int, ...], as_json: bool) -> None:
    """Act on every event; one that cannot be acted on does not keep the others from it."""
    results: list[dict[str, Json]] = []
    for event_id in ids:
        error = _refusal(db, what, event_id)
        results.append({"id": event_id, "error": error})
        if error:
            click.echo(error, err=True)
        elif not as_json:
            click.echo(f"event {event_id}: {_DONE[what]}")
    if as_json:
        click.echo(json.dumps(results))
    sys.exit(1 if any(one["error"] for one in results) else 0)


def _refusal(db: Database, what: Repair, event_id: int) -> str:
    """Act on one event; give why it could not be, in words."""
    try:
        _ONE[what](db, event_id)
    except BridgeError as error:
        return str(error)
    return ""


def _all(
    db: Database, what: Repair, chosen: Selection, after: int, *, yes: bool, as_json: bool
) -> None:
    """Count, ask, and act on all that are meant."""
    matched, stretch = bulk.begin(db, what, chosen, replace(EVERYWHERE, after=after))
    if matched and not yes and not as_json:
        click.confirm(f"{matched} events: {_DONE[what]}. Go on?", abort=True, err=True)
    counts_only = as_json and not yes
    changed = 0 if counts_only else _carry_out(db, what, chosen, stretch, matched)
    if as_json:
        click.echo(json.dumps({"matched": matched, "changed": changed}))
    else:
        click.echo(f"{changed} events: {_DONE[what]}" if matched else "no events like that")


def _carry_out(
    db: Database, what: Repair, chosen: Selection, stretch: Stretch, matched: int
) -> int:
    """Act part by part, showing how far it is; whatever stops it, say how to go on."""
    changed, left = 0, stretch
    try:
        with Progress() as progress:
            for part in bulk.carry_out(db, what, chosen, stretch):
                changed, left = changed + part.changed, part.left or left
                progress.show("event", changed, matched)
    except (BridgeError, KeyboardInterrupt):
        click.echo(f"stopped after {changed} events; go on with --after {left.after}", err=True)
        raise
    return changed
