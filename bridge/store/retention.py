"""What was received goes after a while: receipts with events, attempts and lanes, and old keys.

In small steps, each a short transaction, so that receiving never waits for it. Links, assertions
and shadows stay, and so does which source said what, when and by which route.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, delete, exists, func, select, tuple_

from bridge.clock import SECOND, Micros
from bridge.model import State
from bridge.store import holds, lanes
from bridge.store.database import Database, now
from bridge.store.schema import NEVER, dedup, events, receipts
from bridge.store.schema import lanes as lane_table

ENDED = (State.DONE, State.SKIPPED, State.DISCARDED)
UNDECIDED = (State.PARKED, State.FAILED, State.WAITING)
"""What a person may still want to decide is kept longer."""

LONGEST_DAYS = 90
WARNED_DAYS = 7
"""Days before undecided events go in which the log says so."""

_DAY = 86400 * SECOND
_TURN = "retention"


@dataclass(frozen=True, slots=True)
class Swept:
    """One step: how many events went, and the receipt it came to; None: there is nothing older."""

    events: int
    until: int | None


def take_turn(db: Database, owner: str, seconds: float) -> bool:
    """Say whether it is this owner who removes; it is for so many seconds more, and no other."""
    with db.write() as connection:
        if holds.take_free(connection, owner, [_TURN], seconds):
            return True
        return holds.renew(connection, owner, seconds)


def sweep(db: Database, days: int, after: int, limit: int) -> Swept:
    """Remove what is older than `days`: up to `limit` events of as many receipts behind `after`."""
    with db.read() as connection:
        today: Micros = connection.execute(select(now())).scalar_one()
        old = _receipts(connection, db.destination, after, today - days * _DAY, limit)
        due = _due(connection, old, today, days, limit)
    until = old[-1] if len(old) == limit else None
    if len(due) == limit:  # more of the last receipt's may be due
        until = due[-1].receipt_id - 1
        old = [id_ for id_ in old if id_ <= until]
    if due or old:
        with db.write() as connection:
            _remove(connection, due, old)
    return Swept(len(due), until)


def _receipts(
    connection: Connection, destination: str, after: int, before: Micros, limit: int
) -> list[int]:
    """Give the oldest receipts; they come in the order of their ids, nearly."""
    oldest = (
        select(receipts.c.id, receipts.c.received_at)
        .where(receipts.c.destination == destination, receipts.c.id > after)
        .order_by(receipts.c.id)
        .limit(limit)
    )
    return [row.id for row in connection.execute(oldest) if row.received_at < before]


def _due(
    connection: Connection, receipt_ids: Sequence[int], today: Micros, days: int, limit: int
) -> Sequence[Row[Any]]:
    """Give the events of these receipts whose time is over, in the order of the receipts."""
    ended, undecided = (today - kept * _DAY for kept in (days, max(days, LONGEST_DAYS)))
    # One expression, not one for each state: SQLite would go through all events of the states.
    before = case(
        (events.c.state.in_(ENDED), ended), (events.c.state.in_(UNDECIDED), undecided), else_=0
    )
    theirs = (
        select(events.c.id, events.c.receipt_id, events.c.lane_id)
        .where(events.c.receipt_id.in_(receipt_ids), events.c.updated_at < before)
        .order_by(events.c.receipt_id)
        .limit(limit)
    )
    rows: Sequence[Any] = connection.execute(theirs).all()
    return rows


def _remove(connection: Connection, due: Sequence[Row[Any]], receipt_ids: Sequence[int]) -> None:
    """Remove events that did not come to life meanwhile; receipts and lanes that have none left.

    A lane that has no event and no appointment may begin anew: nothing has a place in it.
    """
    lane_ids = {row.lane_id for row in due}
    lanes.lock(connection, lane_ids)
    gone = events.c.id.in_([row.id for row in due]), events.c.state.in_([*ENDED, *UNDECIDED])
    connection.execute(delete(events).where(*gone))
    used = exists().where(events.c.receipt_id == receipts.c.id)
    connection.execute(delete(receipts).where(receipts.c.id.in_(receipt_ids), ~used))
    # "- NEVER", so that SQLite does not go through all that are drained.
    drained = lane_table.c.id.in_(lane_ids), lane_table.c.ready_at - NEVER == 0
    peopled = exists().where(events.c.lane_id == lane_table.c.id)
    connection.execute(delete(lane_table).where(*drained, ~peopled))


def forget_keys(db: Database, limit: int) -> int:
    """Forget up to `limit` event ids whose time is over; give how many.

    One that a receiver has just taken anew is passed over: waiting for it, this would remove it.
    """
    place = (dedup.c.destination, dedup.c.source, dedup.c.key)
    over = select(*place).where(dedup.c.expires_at < now()).order_by(dedup.c.expires_at)
    over = over.limit(limit).with_for_update(skip_locked=True)
    with db.write() as connection:
        gone = connection.execute(delete(dedup).where(tuple_(*place).in_(over)))
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
