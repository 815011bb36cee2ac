"""`bridge events list|show|replay|discard`: every event's fate, and how to change it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from bridge.cli import shown
from bridge.cli.settings import opened
from bridge.cli.since import SINCE
from bridge.errors import BridgeError, Skipped, Unreadable
from bridge.model import Json, State, StoredEvent
from bridge.store import destinations
from bridge.store import events as stored
from bridge.store.database import Database
from bridge.store.events import EventRow
from bridge.worker.payload import payload

_PAGE = 500


_FILTERS = (
    click.option(
        "--state",
        type=click.Choice([state.value for state in State]),
        help="In this state only.",
    ),
    click.option("--source", help="Of this source only."),
    click.option("--type", "type_", help="Of this type only, such as customer.created."),
    click.option("--subject", help="About this subject only, such as cus_123."),
    click.option("--since", type=SINCE, help="Received since: 2h, 3d, 2025-09-01."),
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes = click.option("--yes", is_flag=True, help="Do not ask first.")


def _filtered(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.group()
def events() -> None:
    """See what became of events, and apply them again."""


@events.command("list")
@_filtered
@click.option(
    "--limit",
    default=30,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many at most.",
)
@click.option("--before", type=int, help="Go on with events older than this id.")
@_json
def list_(limit: int, before: int | None, as_json: bool, **filters: Any) -> None:
    """List events, the newest first."""
    db = opened()
    rows = _listing(db, filters, limit=limit, before_id=before)
    if as_json:
        click.echo(json.dumps([shown.row(row) for row in rows]))
        return
    if not rows:
        click.echo("no events" + (" like that" if any(filters.values()) or before else " yet"))
    for line in shown.table(rows):
        click.echo(line)
    if len(rows) == limit:
        click.echo(f"… older ones: --before {rows[-1].id}", err=True)
    if (reason := destinations.paused(db)) is not None:
        click.echo(f"Nothing is applied just now: {reason}", err=True)


@events.command()
@click.argument("event_id", type=int)
@click.option("--payload", "with_payload", is_flag=True, help="Also print what was sent.")
@_json
def show(event_id: int, with_payload: bool, as_json: bool) -> None:
    """Show one event: what was made of it, call by call, and what you can do."""
    db = opened()
    event, row = stored.get(db, event_id), _row(db, event_id)
    if event is None or row is None:
        raise BridgeError(_no_event(event_id))
    attempts = stored.attempts(db, event_id)
    if as_json:
        told = {**shown.row(row), "attempts": [shown.attempt(one) for one in attempts]}
        click.echo(json.dumps({**told, "payload": _payload(event)} if with_payload else told))
        return
    for line in shown.event(row, attempts):
        click.echo(line)
    if with_payload:
        click.echo("\n" + json.dumps(_payload(event), indent=2, ensure_ascii=False))


@events.command()
@click.argument("event_ids", type=int, nargs=-1)
@_filtered
@_yes
def replay(event_ids: tuple[int, ...], yes: bool, **filters: Any) -> None:
    """Apply events again with the mapping of today, in their old place and order.

    Name them by their ids, or by what they have in common: --state failed --source stripe.
    """
    _each(event_ids, filters, yes, stored.replay, "will be applied again")


@events.command()
@click.argument("event_ids", type=int, nargs=-1)
@_filtered
@_yes
def discard(event_ids: tuple[int, ...], yes: bool, **filters: Any) -> None:
    """End events that shall not be applied, named as for replay."""
    _each(event_ids, filters, yes, stored.discard, "discarded")


def _each(
    ids: tuple[int, ...],
    filters: dict[str, Any],
    yes: bool,
    act: Callable[[Database, int], None],
    done: str,
) -> None:
    """Act on every event; one that cannot be acted on does not keep the others from it."""
    if bool(ids) == any(value is not None for value in filters.values()):
        raise click.UsageError("name events by their ids, or by --state, --source, … and no ids")
    db = opened()
    chosen = ids or _asked(db, filters, yes, done)
    refused = False
    for event_id in chosen:
        try:
            act(db, event_id)
        except BridgeError as error:
            refused = True
            click.echo(str(error), err=True)
        else:
            click.echo(f"event {event_id}: {done}")
    sys.exit(1 if refused else 0)


def _asked(db: Database, filters: dict[str, Any], yes: bool, done: str) -> list[int]:
    """Find what the filters say, oldest first, and ask before it is acted on."""
    ids: list[int] = []
    while rows := _listing(db, filters, limit=_PAGE, before_id=ids[-1] if ids else None):
        ids += [row.id for row in rows]
    if not ids:
        click.echo("no events like that")
    elif not yes:
        click.confirm(f"{len(ids)} events: {done}. Go on?", abort=True, err=True)
    return ids[::-1]


def _listing(
    db: Database, filters: dict[str, Any], *, limit: int, before_id: int | None
) -> list[EventRow]:
    state, type_ = filters["state"], filters["type_"]
    return stored.listing(
        db,
        state=State(state) if state else None,
        type=type_,
        source=filters["source"],
        subject=filters["subject"],
        since=filters["since"],
        before_id=before_id,
        limit=limit,
    )


def _row(db: Database, event_id: int) -> EventRow | None:
    rows = stored.listing(db, before_id=event_id + 1, limit=1)
    return rows[0] if rows and rows[0].id == event_id else None


def _payload(event: StoredEvent) -> Json:
    """Give what was sent, as text where it cannot be read."""
    try:
        return payload(event)
    except Skipped:
        return None
    except Unreadable:
        return event.receipt.body.decode(errors="replace")


def _no_event(event_id: int) -> str:
    return f"there is no event {event_id}; `bridge events list` shows those there are"
