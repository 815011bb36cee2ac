"""Repairing many events: in short transactions, in the order they came, behind live events.

The ids of a lane's events rise with their positions, because both are given under the lane's lock;
so going by ids puts each lane's events back in their order. Whoever was killed in between goes on
where he was, or begins anew: what is pending already stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from bridge.model import State
from bridge.store import lanes, repair
from bridge.store.database import Database
from bridge.store.schema import events
from bridge.store.selection import Selection

_PART = 500
_REST = 0.02
"""Seconds between two transactions: SQLite has one writer and no queue, and senders wait."""


class Repair(StrEnum):
    """What is done with the events."""

    REPLAY = "replay"
    DISCARD = "discard"

    @property
    def states(self) -> tuple[State, ...]:
        """Give the states of the events with which it can be done."""
        return repair.REPLAYABLE if self is Repair.REPLAY else repair.DISCARDABLE


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events that are still to be looked at, by id: behind `after`, up to `last`."""

    after: int
    last: int

    @property
    def conditions(self) -> tuple[Any, ...]:
        """Give what holds for the rows of these events."""
        return events.c.id > self.after, events.c.id <= self.last


EVERYWHERE = Stretch(0, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction did: how many events it changed, and what is left (None: nothing)."""

    changed: int
    left: Stretch | None


def begin(
    db: Database, what: Repair, chosen: Selection, stretch: Stretch = EVERYWHERE
) -> tuple[int, Stretch]:
    """Count the events of a stretch that it would change, and give where these are.

    What comes later is not among them.
    """
    mine = select(func.count(), func.max(events.c.id)).where(
        *_meant(db, what, chosen), *stretch.conditions
    )
    with db.read() as connection:
        count, last = connection.execute(mine).one()
    return count, replace(stretch, last=stretch.after if last is None else last)


def carry_out(db: Database, what: Repair, chosen: Selection, stretch: Stretch) -> Iterator[Part]:
    """Change the events of a stretch, part by part; each part is whole before it is given.

    Raises StoreUnavailable; what was given stays.
    """
    left: Stretch | None = stretch
    while left is not None:
        part = _next(db, what, chosen, left)
        yield part
        left = part.left
        time.sleep(_REST if left else 0)


def _next(db: Database, what: Repair, chosen: Selection, stretch: Stretch) -> Part:
    meant = _meant(db, what, chosen)
    some = select(events.c.id, events.c.lane_id).where(*meant, *stretch.conditions)
    with db.read() as connection:
        found = connection.execute(some.order_by(events.c.id).limit(_PART)).all()
    if not found:
        return Part(0, None)
    ids = [row.id for row in found]
    with db.write() as connection:
        lanes.lock(connection, {row.lane_id for row in found})
        # A worker or another operator may have changed some until their lanes were locked.
        still = connection.scalars(select(events.c.id).where(*meant, events.c.id.in_(ids))).all()
        if what is Repair.REPLAY:
            repair.put_back(connection, still, later=True)
        else:
            repair.end(connection, still)
    left = replace(stretch, after=ids[-1]) if len(ids) == _PART else None
    return Part(len(still), left)


def _meant(db: Database, what: Repair, chosen: Selection) -> list[Any]:
    return [*chosen.conditions(db.destination), events.c.state.in_(what.states)]
