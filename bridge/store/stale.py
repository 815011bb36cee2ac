"""Whom Intercom was not heard of for the longest: the order in which they are read again."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import func, select, tuple_

from bridge.clock import SECOND, Micros
from bridge.model import TargetKind
from bridge.store.database import Database, now
from bridge.store.schema import shadow


class Stale(NamedTuple):
    """When somebody was last seen, and who."""

    seen_at: Micros
    target_id: str


BEGIN = Stale(-1, "")


def moment(db: Database, wanted: Micros, lag: float) -> Micros:
    """Give the earlier of a moment and `lag` seconds ago, by the database's clock."""
    with db.read() as connection:
        today = connection.execute(select(now())).scalar_one()
    return min(wanted, today - int(lag * SECOND))


def count(db: Database, before: Micros) -> int:
    """Count contacts and companies not seen since `before`."""
    with db.read() as connection:
        counted = select(func.count()).select_from(shadow)
        mine = counted.where(shadow.c.destination == db.destination, shadow.c.seen_at < before)
        return int(connection.execute(mine).scalar_one())


def after(db: Database, kind: TargetKind, before: Micros, place: Stale, limit: int) -> list[Stale]:
    """Give the next of those not seen since `before`, behind `place`, the longest ago first."""
    columns: tuple[Any, Any] = (shadow.c.seen_at, shadow.c.target_id)
    chosen = select(*columns).where(
        shadow.c.destination == db.destination,
        shadow.c.kind == kind,
        shadow.c.seen_at < before,
        tuple_(*columns) > tuple_(*place),
    )
    with db.read() as connection:
        rows = connection.execute(chosen.order_by(*columns).limit(limit))
        return [Stale(row.seen_at, row.target_id) for row in rows]
