"""What brings events back: an operator's replay or discard, a link, or the end of their waiting.

Each locks the lane before the event, as workers do, and each changes only events that are still in
the state that was looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, or_, select, update

from bridge.errors import BridgeError
from bridge.model import Identifier, State
from bridge.store import lanes, record
from bridge.store.database import Database, destination_of, now
from bridge.store.schema import WAITING, events, waits

REPLAYABLE = tuple(state for state in State if state not in (State.PENDING, State.WORKING))
DISCARDABLE = (State.PENDING, State.WAITING, State.PARKED, State.FAILED)


def replay(db: Database, event_id: int) -> None:
    """Make an ended, waiting or parked event pending anew, in its old place and with its old time.

    One that is pending or being worked on stays as it is. Raises BridgeError for an unknown id.
    """
    with db.write() as connection:
        if _locked_state(connection, event_id) in REPLAYABLE:
            put_back(connection, [event_id])


def discard(db: Database, event_id: int) -> None:
    """End an event by an operator's word; its lane goes on.

    Raises BridgeError where it is unknown, being worked on, or has ended already.
    """
    with db.write() as connection:
        state = _locked_state(connection, event_id)
        if state not in DISCARDABLE:
            named = ", ".join(DISCARDABLE)
            raise BridgeError(f"Event {event_id} is {state}; only these can be discarded: {named}")
        end(connection, [event_id])


def put_back(connection: Connection, event_ids: Collection[int], *, later: bool = False) -> None:
    """Make events pending anew; `later`: behind live ones. The caller has locked their lanes."""
    _forget(connection, event_ids)
    again = update(events).where(events.c.id.in_(event_ids))
    connection.execute(
        again.values(
            state=State.PENDING, reason="", tries=0, due_by=None, candidates=[], updated_at=now()
        )
    )
    lanes.wake(connection, _lanes_of(connection, event_ids), later=later)


def end(connection: Connection, event_ids: Collection[int]) -> None:
    """Let events be discarded; the caller has locked their lanes."""
    _forget(connection, event_ids)
    ended = update(events).where(events.c.id.in_(event_ids))
    connection.execute(
        ended.values(state=State.DISCARDED, reason="discarded by an operator", updated_at=now())
    )


def _forget(connection: Connection, event_ids: Collection[int]) -> None:
    """Forget how far they came, and for whom they wait."""
    record.forget_steps(connection, event_ids)
    connection.execute(delete(waits).where(waits.c.event_id.in_(event_ids)))


def expire_waiting(db: Database, limit: int) -> int:
    """Make up to `limit` events pending whose waiting is over; their `due_by` stays to say so."""
    over = select(events.c.id).where(
        events.c.destination == db.destination, WAITING, events.c.due_by <= now()
    )
    with db.write() as connection:
        ids = connection.scalars(over.order_by(events.c.due_by).limit(limit)).all()
        lanes.lock(connection, _lanes_of(connection, ids))
        return release(connection, ids)


def waiting_for(connection: Connection, identifiers: Iterable[Identifier]) -> dict[int, int]:
    """Find the events that wait for one of these identifiers; give the lane of each."""
    values: dict[str, set[str]] = {}
    for one in identifiers:
        values.setdefault(one.name, set()).add(one.value)
    if not values:
        return {}
    named = [(waits.c.name == name) & waits.c.value.in_(some) for name, some in values.items()]
    chosen = (
        select(events.c.id, events.c.lane_id)
        .join_from(waits, events)
        .where(waits.c.destination == destination_of(connection), or_(*named), WAITING)
    )
    return {row.id: row.lane_id for row in connection.execute(chosen)}


def release(connection: Connection, event_ids: Collection[int]) -> int:
    """Make waiting events pending where they stand; the caller has locked their lanes."""
    if not event_ids:
        return 0
    mine = update(events).where(events.c.id.in_(event_ids), WAITING)
    mine = mine.values(state=State.PENDING, updated_at=now()).returning(
        events.c.id, events.c.lane_id
    )
    released = connection.execute(mine).all()
    ids = [row.id for row in released]
    connection.execute(delete(waits).where(waits.c.event_id.in_(ids)))
    lanes.wake(connection, {row.lane_id for row in released})
    return len(released)


def _lanes_of(connection: Connection, event_ids: Collection[int]) -> set[int]:
    chosen = select(events.c.lane_id).where(events.c.id.in_(event_ids))
    return set(connection.scalars(chosen))


def _locked_state(connection: Connection, event_id: int) -> State:
    """Lock the event's lane, then give the event's state; raise BridgeError where it is gone."""
    mine = events.c.id == event_id, events.c.destination == destination_of(connection)
    lanes.lock(connection, connection.scalars(select(events.c.lane_id).where(*mine)).all())
    state = connection.scalar(select(events.c.state).where(*mine))
    if state is None:
        raise BridgeError(
            f"There is no event {event_id}: none had that id, or it was removed after its time "
            "(BRIDGE_RETENTION_DAYS); see: bridge events list"
        )
    return State(state)
