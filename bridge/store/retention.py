"""What was received goes after a while: receipts with their events and attempts, and old keys.

In small steps, each a short transaction, so that receiving never waits for it. Links, assertions
and shadows stay, and so does which source said what, when and by which route.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select, tuple_

from bridge.clock import SECOND, Micros
from bridge.model import State
from bridge.store.database import Database, now
from bridge.store.schema import dedup, events, receipts

ENDED = (State.DONE, State.SKIPPED, State.DISCARDED)
UNDECIDED = (State.PARKED, State.FAILED, State.WAITING)
"""What a person may still want to decide is kept longer."""

LONGEST_DAYS = 90
WARNED_DAYS = 7
"""Days before undecided events go in which the log says so."""

_DAY = 86400 * SECOND


@dataclass(frozen=True, slots=True)
class Swept:
    """One step: how many events went, and the receipt it came to; None: there is nothing older."""

    events: int
    until: int | None


def sweep(db: Database, days: int, after: int, limit: int) -> Swept:
    """Remove what is older than `days` among up to `limit` receipts behind the receipt `after`."""
    with db.read() as connection:
        today: Micros = connection.execute(select(now())).scalar_one()
        old = _receipts(connection, db.destination, after, today - days * _DAY, limit)
        due = _due(connection, old, today, days)
    if old:
        with db.write() as connection:
            _remove(connection, [row.id for row in due], old)
    return Swept(len(due), old[-1] if len(old) == limit else None)


def _receipts(
    connection: Connection, destination: str, after: int, before: Micros, limit: int
) -> Sequence[int]:
    """Give the oldest receipts; they come in the order of their ids, nearly."""
    oldest = (
        select(receipts.c.id, receipts.c.received_at)
        .where(receipts.c.destination == destination, receipts.c.id > after)
        .order_by(receipts.c.id)
        .limit(limit)
    )
    return [row.id for row in connection.execute(oldest) if row.received_at < before]


def _due(
    connection: Connection, receipt_ids: Sequence[int], today: Micros, days: int
) -> Sequence[Row[Any]]:
    theirs = select(events.c.id, events.c.state, events.c.updated_at).where(
        events.c.receipt_id.in_(receipt_ids)
    )
    kept_for = {**dict.fromkeys(ENDED, days), **dict.fromkeys(UNDECIDED, max(days, LONGEST_DAYS))}
    rows: Sequence[Any] = connection.execute(theirs).all()
    return [
        row
        for row in rows
        if row.state in kept_for and row.updated_at < today - kept_for[row.state] * _DAY
    ]


def _remove(connection: Connection, event_ids: Sequence[int], receipt_ids: Sequence[int]) -> None:
    """Remove events that did not come to life meanwhile, and receipts that have none (any more)."""
    gone = events.c.id.in_(event_ids), events.c.state.in_([*ENDED, *UNDECIDED])
    connection.execute(delete(events).where(*gone))
    used = exists().where(events.c.receipt_id == receipts.c.id)
    connection.execute(delete(receipts).where(receipts.c.id.in_(receipt_ids), ~used))


def forget_keys(db: Database, limit: int) -> int:
    """Forget up to `limit` event ids whose time is over; give how many."""
    place = (dedup.c.destination, dedup.c.source, dedup.c.key)
    over = select(*place).where(dedup.c.expires_at < now()).order_by(dedup.c.expires_at)
    with db.write() as connection:
        gone = connection.execute(delete(dedup).where(tuple_(*place).in_(over.limit(limit))))
        return gone.rowcount


def going_soon(db: Database, days: int) -> int:
    """Count the undecided events that go within WARNED_DAYS."""
    kept = max(days, LONGEST_DAYS) - WARNED_DAYS
    mine = select(func.count()).where(
        events.c.destination == db.destination,
        events.c.state.in_(UNDECIDED),
        events.c.updated_at < now() - kept * _DAY,
    )
    with db.read() as connection:
        return connection.execute(mine).scalar_one()
