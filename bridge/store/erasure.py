"""What is stored of events of an erased person goes; that they happened, and their keys, stay.

A key that the sender repeats is still known, so that an erased event is not applied anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from bridge.model import Identifier, State
from bridge.store import lanes, rows, tombstones
from bridge.store.database import Database, destination_of, now
from bridge.store.schema import attempts, dedup, duplicates, events, journal, receipts, waits
from bridge.store.schema import lanes as lane_table

ERASED = "erased: what it told of a person was removed, so that it cannot be applied any more"
_OPEN = (State.PENDING, State.WORKING, State.WAITING, State.PARKED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Trace:
    """An event that is an erased person's; whether its subject and key name them, too."""

    event_id: int
    in_subject: bool = False
    in_key: bool = False


def wipe(connection: Connection, traces: Sequence[Trace]) -> None:
    """Remove what events hold, in the caller's transaction; what was to be applied is discarded."""
    ids = [one.event_id for one in traces]
    if not ids:
        return
    lanes.lock(connection, set(connection.scalars(_of(events.c.lane_id, ids))))
    receipt_ids = list(connection.scalars(_of(events.c.receipt_id, ids)))
    still_open = events.c.state.in_([state.value for state in _OPEN])
    connection.execute(
        update(events)
        .where(events.c.id.in_(ids))
        .values(
            payload=b"",
            state=case((still_open, State.DISCARDED.value), else_=events.c.state),
            reason=ERASED,
            notes=[],
            candidates=[],
            due_by=None,
            updated_at=now(),
        )
    )
    connection.execute(
        update(attempts).where(attempts.c.event_id.in_(ids)).values(calls=[], error="")
    )
    for table in (journal, waits):
        connection.execute(delete(table).where(table.c.event_id.in_(ids)))
    rows.forget_told(connection, ids)
    _wipe_receipts(connection, receipt_ids)
    _rename(connection, traces)


def _of(column: Column[int], ids: Sequence[int]) -> Select[int]:
    return select(column).where(events.c.id.in_(ids))


def _wipe_receipts(connection: Connection, ids: Sequence[int]) -> None:
    """Remove raw bodies; headers and query too, where no event of somebody else needs them."""
    mine = update(receipts).where(receipts.c.id.in_(ids))
    connection.execute(mine.values(body=b""))
    others = exists().where(
        events.c.receipt_id == receipts.c.id,
        or_(events.c.payload.is_(None), func.length(events.c.payload) > 0),
    )
    connection.execute(mine.where(~others).values(headers=[], query={}))


def _rename(connection: Connection, traces: Sequence[Trace]) -> None:
    """Put a digest where a subject or a key names the person."""
    named = [one for one in traces if one.in_subject or one.in_key]
    key = tombstones.made_key(connection) if named else ""
    for one in named:
        mine = events.c.id == one.event_id
        row = connection.execute(
            select(events.c.source, events.c.key, events.c.subject, events.c.lane_id).where(mine)
        ).one()
        if one.in_subject:
            hidden = "erased:" + tombstones.digest(key, f"subject:{row.subject}")
            connection.execute(update(events).where(mine).values(subject=hidden))
            lane = update(lane_table).where(lane_table.c.id == row.lane_id)
            # By its id, too: a new lane of the same subject may be erased later on.
            connection.execute(lane.values(subject=f"{hidden}:{row.lane_id}"))
        if one.in_key:
            hidden = "erased:" + tombstones.digest(key, f"key:{row.key}")
            connection.execute(update(events).where(mine).values(key=hidden))
            known = and_(
                dedup.c.destination == destination_of(connection),
                dedup.c.source == row.source,
                dedup.c.key == row.key,
            )
            connection.execute(update(dedup).where(known).values(key=hidden))


def drop_duplicates(connection: Connection, ids: Sequence[str]) -> None:
    """Remove what was noted of erased contacts being somebody else's duplicates."""
    theirs = or_(duplicates.c.one_id.in_(ids), duplicates.c.other_id.in_(ids))
    here = duplicates.c.destination == destination_of(connection)
    connection.execute(delete(duplicates).where(here, theirs))


def awaited_with(db: Database, identifiers: Iterable[Identifier]) -> set[Identifier]:
    """Give what else the events name that wait for one of these: the same unknown person."""
    named = [and_(waits.c.name == one.name, waits.c.value == one.value) for one in identifiers]
    if not named:
        return set()
    theirs = select(waits.c.event_id).where(waits.c.destination == db.destination, or_(*named))
    with db.read() as connection:
        found = select(waits.c.name, waits.c.value).where(waits.c.event_id.in_(theirs))
        return {Identifier(row.name, row.value) for row in connection.execute(found)}


def last_event(db: Database) -> int:
    """Give the id of the newest event, 0 where there is none."""
    newest = select(func.max(events.c.id)).where(events.c.destination == db.destination)
    with db.read() as connection:
        return connection.scalar(newest) or 0
