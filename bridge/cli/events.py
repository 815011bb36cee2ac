"""`bridge events list|show|replay|discard`: every event's fate, and how to change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from bridge.cli.settings import configured
from bridge.clock import SECOND, Micros
from bridge.errors import BridgeError
from bridge.model import Attempt, State, StoredEvent
from bridge.store import events as stored
from bridge.store.database import Database, connect
from bridge.store.events import EventRow
from bridge.worker.attempt import payload


@click.group()
def events() -> None:
    """See events, and apply them again."""


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@events.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]))
@click.option("--source")
@click.option("--type", "type_")
@click.option("--subject")
@click.option("--limit", default=30, show_default=True)
@click.option("--before", type=int, help="Go on with events older than this id.")
@_json
def list_(
    state: str | None,
    source: str | None,
    type_: str | None,
    subject: str | None,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List events, the newest first."""
    rows = stored.listing(
        _database(),
        state=State(state) if state else None,
        source=source,
        type=type_,
        subject=subject,
        before_id=before,
        limit=limit,
    )
    if as_json:
        click.echo(json.dumps([_row(row) for row in rows]))
        return
    if not rows:
        click.echo("no events", err=True)
    for line in _table([_cells(row) for row in rows]):
        click.echo(line)


@events.command()
@click.argument("event_id", type=int)
@click.option("--payload", "with_payload", is_flag=True, help="Also print what was sent.")
@_json
def show(event_id: int, with_payload: bool, as_json: bool) -> None:
    """Show one event: what was made of it, call by call."""
    db = _database()
    event = _event(db, event_id)
    row = stored.listing(db, before_id=event_id + 1, limit=1)[0]
    tries = stored.attempts(db, event_id)
    if as_json:
        told = {**_row(row), "attempts": [_attempt(one) for one in tries]}
        click.echo(json.dumps({**told, "payload": payload(event)} if with_payload else told))
        return
    for name, value in _facts(row):
        click.echo(f"{name:<10}{value}")
    for one in tries:
        click.echo("\n" + "\n".join(_lines(one)))
    if with_payload:
        click.echo("\n" + json.dumps(payload(event), indent=2, ensure_ascii=False))


@events.command()
@click.argument("event_ids", type=int, nargs=-1, required=True)
def replay(event_ids: tuple[int, ...]) -> None:
    """Apply events again with the mapping of today, in their old place and order."""
    _each(event_ids, stored.replay, "will be applied again")


@events.command()
@click.argument("event_ids", type=int, nargs=-1, required=True)
def discard(event_ids: tuple[int, ...]) -> None:
    """End events that shall not be applied."""
    _each(event_ids, stored.discard, "discarded")


def _each(ids: tuple[int, ...], act: Callable[[Database, int], None], done: str) -> None:
    db = _database()
    for event_id in ids:
        act(db, event_id)
        click.echo(f"event {event_id}: {done}")


def _database() -> Database:
    return connect(configured().database_url)


def _event(db: Database, event_id: int) -> StoredEvent:
    event = stored.get(db, event_id)
    if event is None:
        raise BridgeError(
            f"there is no event {event_id}; `bridge events list` shows those there are"
        )
    return event


# --- how things are printed -----------------------------------------------------------------------


def _when(moment: Micros | None) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _row(row: EventRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in EventRow.__slots__}
    times = {name: _when(told[name]) for name in ("time", "received_at", "updated_at", "due_by")}
    return {**told, **times, "state": row.state.value, "notes": list(row.notes)}


def _cells(row: EventRow) -> list[str]:
    reason = row.reason if len(row.reason) <= 60 else row.reason[:59] + "…"
    return [str(row.id), row.state.value, row.source, row.type, _when(row.received_at), reason]


def _table(rows: list[list[str]]) -> list[str]:
    head = ["ID", "STATE", "SOURCE", "TYPE", "RECEIVED (UTC)", "REASON"]
    rows = [head, *rows] if rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pairs = [zip(row, widths, strict=True) for row in rows]
    return ["  ".join(f"{cell:<{width}}" for cell, width in pair).rstrip() for pair in pairs]


def _facts(row: EventRow) -> list[tuple[str, str]]:
    facts = [
        ("event", f"{row.id} ({row.source}, {row.key})"),
        ("type", row.type),
        ("state", row.state.value + (f": {row.reason}" if row.reason else "")),
        ("route", row.route or "none"),
        ("time", f"{_when(row.time)}, received {_when(row.received_at)}"),
        ("subject", f"{row.subject} (position {row.position})"),
        ("waits", f"until {_when(row.due_by)}" if row.state == State.WAITING else ""),
    ]
    return [(name, value) for name, value in facts if value] + [("remark", x) for x in row.notes]


def _lines(one: Attempt) -> list[str]:
    head = f"attempt {one.number} at {_when(one.started_at)}: {one.outcome} in {one.took:.3f} s"
    calls = [f"  {_call(call)}" for call in one.calls] or ["  no call to Intercom was needed"]
    return [head, *calls, *([f"  {one.error}"] if one.error else [])]


def _call(call: Any) -> str:
    status = call.get("status") or "no answer"
    told = f"{call['method']} {call['path']} → {status} ({call['name']}, {call['ms']} ms)"
    return f"{told}: {call['error']}" if call.get("error") else told


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "started_at": _when(one.started_at),
        "seconds": one.took,
        "outcome": one.outcome,
        "error": one.error,
        "calls": list(one.calls),
    }
