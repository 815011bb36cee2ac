"""`bridge events list|show|replay|discard`: every event's fate, and how to change it."""

from __future__ import annotations

import json

import click

from bridge.cli import repairing, shown
from bridge.cli.selecting import selecting
from bridge.cli.settings import opened
from bridge.errors import BridgeError
from bridge.model import State
from bridge.store import destinations
from bridge.store import events as stored
from bridge.store.selection import Selection
from bridge.web import fate
from bridge.worker.payload import as_sent

ECHOES = Selection(state=State.SKIPPED, source="intercom")
"""What nobody looks for among the events: mostly Intercom's echo of what we wrote ourselves."""

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def events() -> None:
    """See what became of events, and apply them again."""


@events.command("list")
@selecting
@click.option(
    "--limit",
    default=30,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many at most.",
)
@click.option("--before", type=int, help="Go on with events older than this id.")
@_json
def list_(chosen: Selection, limit: int, before: int | None, as_json: bool) -> None:
    """List events, the newest first.

    What Intercom's own webhooks tell, and is known already, is listed with --source intercom, with
    a --state, and as JSON.
    """
    db = opened()
    without = None if as_json or chosen.source or chosen.state else ECHOES
    rows = stored.listing(db, chosen, without=without, limit=limit, before_id=before)
    if as_json:
        click.echo(json.dumps([fate.row(row) for row in rows]))
        return
    if not rows:
        click.echo("no events" + (" like that" if chosen or before else " yet"))
    for line in shown.table(rows):
        click.echo(line)
    if len(rows) == limit:
        click.echo(f"… older ones: --before {rows[-1].id}", err=True)
    if without is not None and stored.listing(db, without, limit=1):
        click.echo("Intercom's word of what is known already: --source intercom", err=True)
    if (reason := destinations.paused(db)) is not None:
        click.echo(f"Nothing is applied just now: {reason}", err=True)


@events.command()
@click.argument("event_id", type=int)
@click.option("--payload", "with_payload", is_flag=True, help="Also print what was sent.")
@_json
def show(event_id: int, with_payload: bool, as_json: bool) -> None:
    """Show one event: what was made of it, call by call, and what you can do."""
    db = opened()
    event, row = stored.get(db, event_id), stored.row(db, event_id)
    if event is None or row is None:
        raise BridgeError(_no_event(event_id))
    attempts = stored.attempts(db, event_id)
    if as_json:
        told = fate.whole(row, attempts)
        click.echo(json.dumps({**told, "payload": as_sent(event)} if with_payload else told))
        return
    for line in shown.event(row, attempts):
        click.echo(line)
    if with_payload:
        click.echo("\n" + json.dumps(as_sent(event), indent=2, ensure_ascii=False))


events.add_command(repairing.replay)
events.add_command(repairing.discard)


def _no_event(event_id: int) -> str:
    return f"there is no event {event_id}; `bridge events list` shows those there are"
