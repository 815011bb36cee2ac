"""Events after their receipt: what is due, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, not_, select

from bridge.clock import Micros
from bridge.errors import Candidate
from bridge.model import Attempt, Claim, Receipt, State, StoredEvent
from bridge.store import schema
from bridge.store.database import Database, destination_of
from bridge.store.repair import discard, expire_waiting, replay
from bridge.store.schema import ACTIVE, events, receipts
from bridge.store.selection import EVERYTHING, Selection

__all__ = [
    "EventRow",
    "after",
    "attempts",
    "chosen",
    "counts",
    "discard",
    "due",
    "expire_waiting",
    "get",
    "listing",
    "replay",
    "row",
]


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event without its payload and receipt, as a list shows it."""

    id: int
    source: str
    key: str
    type: str
    time: Micros
    version: int
    subject: str
    lane_id: int
    position: int
    state: State
    reason: str
    notes: tuple[str, ...]
    tries: int
    received_at: Micros
    updated_at: Micros
    due_by: Micros | None
    route: str
    candidates: tuple[Candidate, ...]


_ROW = tuple(events.c[name] for name in EventRow.__slots__)
_EVENT = tuple(
    events.c[name]
    for name in (
        *("id", "destination", "source", "key", "type", "time", "version", "subject", "lane_id"),
        *("position", "state", "reason", "notes", "tries", "payload"),
        *("received_at", "updated_at", "due_by"),
    )
)
_RECEIPT = tuple(
    receipts.c[name].label(f"receipt_{name}")
    for name in ("source", "received_at", "headers", "query", "body", "verdict")
)
_WHOLE = select(*_EVENT, *_RECEIPT).join_from(events, receipts)
_DUE = _WHOLE.where(events.c.lane_id == bindparam("lane"), ACTIVE)
_DUE = _DUE.order_by(events.c.position).limit(bindparam("most"))


def due(db: Database, claim: Claim, limit: int) -> list[StoredEvent]:
    """Give the first `limit` events that the lane still has to apply, in their order."""
    with db.single(writes=False) as connection:
        wanted = {"lane": claim.lane_id, "most": limit}
        return [_stored(row) for row in connection.execute(_DUE, wanted)]


def after(db: Database, event_id: int, limit: int) -> list[StoredEvent]:
    """Give the first `limit` events that were stored behind one, with their receipts."""
    ours = _WHOLE.where(events.c.id > event_id, events.c.destination == db.destination)
    with db.read() as connection:
        return [_stored(row) for row in connection.execute(ours.order_by(events.c.id).limit(limit))]


def get(db: Database, event_id: int) -> StoredEvent | None:
    """Give one event with its receipt; None where there is none of that id."""
    one = _WHOLE.where(events.c.id == event_id, events.c.destination == db.destination)
    with db.read() as connection:
        row = connection.execute(one).one_or_none()
    return None if row is None else _stored(row)


def listing(
    db: Database,
    wanted: Selection = EVERYTHING,
    *,
    without: Selection | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[EventRow]:
    """Give events, the newest first; `before_id` continues a list, whatever came meanwhile."""
    mine = select(*_ROW).where(*wanted.conditions(db.destination))
    if without is not None:
        mine = mine.where(not_(and_(*without.conditions(db.destination))))
    if before_id is not None:
        mine = mine.where(events.c.id < before_id)
    with db.read() as connection:
        rows = connection.execute(mine.order_by(events.c.id.desc()).limit(limit)).all()
    return [EventRow(**_typed(row)) for row in rows]


def row(db: Database, event_id: int) -> EventRow | None:
    """Give one event as a list shows it; None where there is none of that id."""
    with db.read() as connection:
        return next(iter(chosen(connection, [event_id])), None)


def chosen(connection: Connection, event_ids: Collection[int]) -> tuple[EventRow, ...]:
    """Give the events of these ids that are still kept, the newest first."""
    mine = select(*_ROW).where(
        events.c.destination == destination_of(connection), events.c.id.in_(event_ids)
    )
    rows = connection.execute(mine.order_by(events.c.id.desc()))
    return tuple(EventRow(**_typed(row)) for row in rows)


def attempts(db: Database, event_id: int) -> list[Attempt]:
    """Give every attempt at an event, the first one first."""
    table = schema.attempts
    ours = select(table).where(table.c.event_id == event_id, table.c.destination == db.destination)
    with db.read() as connection:
        rows = connection.execute(ours.order_by(table.c.id)).all()
    return [
        Attempt(
            event_id=row.event_id,
            number=row.number,
            started_at=row.started_at,
            took=row.took / 1000,
            calls=tuple(row.calls),
            outcome=row.outcome,
            error=row.error,
            folded_into=row.folded_into,
        )
        for row in rows
    ]


def counts(db: Database) -> dict[State, int]:
    """Count the events in each state; every state is named."""
    chosen = select(events.c.state, func.count()).where(events.c.destination == db.destination)
    with db.read() as connection:
        found = {row[0]: row[1] for row in connection.execute(chosen.group_by(events.c.state))}
    return {state: found.get(state.value, 0) for state in State}


def _typed(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    if "candidates" in values:
        values["candidates"] = tuple(Candidate(**one) for one in values["candidates"])
    return values | {"state": State(values["state"]), "notes": tuple(values["notes"])}


def _stored(row: Row[Any]) -> StoredEvent:
    values = _typed(row)
    parts = {name: values.pop(f"receipt_{name}") for name in Receipt.__slots__}
    parts["headers"] = tuple((name, value) for name, value in parts["headers"])
    return StoredEvent(**values, receipt=Receipt(**parts))
