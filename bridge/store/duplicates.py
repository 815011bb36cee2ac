"""Duplicates: two contacts that seem to be one person, until one is gone or they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, or_, select, update

from bridge.clock import Micros
from bridge.model import Identifier, Target
from bridge.store.database import Database, destination_of, now
from bridge.store.schema import SHARED_NAMES, duplicates, links, shadow
from bridge.store.upsert import upsert

How = Literal["shared", "joined"]
Pair = tuple[Target, Target]
"""Two targets of one kind, the lower id first."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two targets that share the identifier `name`, or that became one (`how` joined).

    `settled_at` is set once there is nothing left to decide.
    """

    pair: Pair
    name: str
    how: How
    source: str
    event_id: int | None
    found_at: Micros
    settled_at: Micros | None

    def other(self, than: Target) -> Target:
        """Give the other one of the pair."""
        one, other = self.pair
        return other if than == one else one


def pair(one: Target, other: Target) -> Pair:
    """Give two targets in the one order in which they are kept."""
    return (one, other) if one.id < other.id else (other, one)


def listing(db: Database, *, settled: bool, limit: int) -> list[Duplicate]:
    """Give the duplicates, the newest first; `settled` ones only where they are asked for."""
    found = select(duplicates).where(duplicates.c.destination == db.destination)
    if not settled:
        found = found.where(duplicates.c.settled_at.is_(None))
    ordered = found.order_by(duplicates.c.found_at.desc(), duplicates.c.one_id).limit(limit)
    with db.read() as connection:
        return [_duplicate(row) for row in connection.execute(ordered)]


def of_target(connection: Connection, workspace: str, target: Target) -> tuple[Duplicate, ...]:
    """Give the pairs that a target is in, settled ones too, the newest first."""
    mine = select(duplicates).where(
        duplicates.c.destination == destination_of(connection),
        duplicates.c.workspace == workspace,
        duplicates.c.kind == target.kind,
        or_(duplicates.c.one_id == target.id, duplicates.c.other_id == target.id),
    )
    found = [_duplicate(row) for row in connection.execute(mine)]
    return tuple(sorted(found, key=lambda one: one.found_at, reverse=True))


def _duplicate(row: Any) -> Duplicate:
    both = Target(row.kind, row.one_id), Target(row.kind, row.other_id)
    return Duplicate(
        both, row.name, row.how, row.source, row.event_id, row.found_at, row.settled_at
    )


def add(
    connection: Connection,
    workspace: str,
    source: str,
    event_id: int | None,
    found: Iterable[tuple[Pair, str, How]],
) -> int:
    """Keep pairs, joined ones as settled; give how many were not there, or settled, before."""
    rows = [
        {
            "destination": destination_of(connection),
            "workspace": workspace,
            "kind": one.kind,
            "one_id": one.id,
            "other_id": other.id,
            "name": name,
            "how": how,
            "source": source,
            "event_id": event_id,
        }
        for (one, other), name, how in sorted(found)
    ]
    return sum(_add(connection, row) for row in rows)


def _add(connection: Connection, row: dict[str, Any]) -> int:
    settled = now() if row["how"] == "joined" else None
    statement = upsert(connection.dialect.name, duplicates).values(
        **row, found_at=now(), settled_at=settled
    )
    told = ("name", "how", "source", "event_id", "found_at", "settled_at")
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "workspace", "kind", "one_id", "other_id"],
        set_={name: statement.excluded[name] for name in told},
        where=or_(duplicates.c.settled_at.is_not(None), statement.excluded.how == "joined"),
    )
    return len(connection.execute(statement.returning(duplicates.c.one_id)).all())


def settle(
    connection: Connection,
    workspace: str,
    gone: Iterable[Target],
    parted: Iterable[tuple[Identifier, Target]],
) -> None:
    """End the pairs of targets that are gone, and of those that gave the shared identifier up."""
    lost = [(target, ()) for target in gone]
    given_up = [(target, (duplicates.c.name == one.name,)) for one, target in parted]
    for target, more in [*lost, *given_up]:
        mine = update(duplicates).where(
            duplicates.c.destination == destination_of(connection),
            duplicates.c.workspace == workspace,
            duplicates.c.kind == target.kind,
            or_(duplicates.c.one_id == target.id, duplicates.c.other_id == target.id),
            duplicates.c.settled_at.is_(None),
            *more,
        )
        connection.execute(mine.values(settled_at=now()))


# --- found by looking at everybody ----------------------------------------------------------------


def find_shared(db: Database, workspace: str, source: str) -> int:
    """Keep every user that shares an email or phone with an older one; give how many are new."""
    with db.read() as connection:
        found = list(_shared(connection, workspace))
    new = 0
    for start in range(0, len(found), _BATCH):
        with db.write() as connection:
            new += add(connection, workspace, source, None, found[start : start + _BATCH])
    return new


def _shared(connection: Connection, workspace: str) -> Iterator[tuple[Pair, str, How]]:
    """Give one pair for each user but the first who has an identifier."""
    mine = (
        links.c.destination == destination_of(connection),
        links.c.workspace == workspace,
        links.c.kind == "contact",
        links.c.name.in_(SHARED_NAMES),
    )
    of_several = (
        select(links.c.name, links.c.value)
        .where(*mine)
        .group_by(links.c.name, links.c.value)
        .having(func.count() > 1)
        .subquery()
    )
    same = and_(links.c.name == of_several.c.name, links.c.value == of_several.c.value)
    holders = (
        select(links.c.name, links.c.value, links.c.target_id, shadow.c.fields)
        .join(of_several, same)
        .join(
            shadow,
            and_(
                shadow.c.destination == links.c.destination,
                shadow.c.kind == links.c.kind,
                shadow.c.target_id == links.c.target_id,
            ),
        )
        .where(*mine)
        .order_by(links.c.name, links.c.value, links.c.created_at, links.c.target_id)
    )
    rows = (row for row in connection.execute(holders) if _is_user(row.fields))
    for (name, _), group in groupby(rows, lambda row: (row.name, row.value)):
        first, *others = (Target("contact", row.target_id) for row in group)
        yield from ((pair(first, other), name, "shared") for other in others)


def _is_user(fields: Any) -> bool:
    return bool((fields.get("role") or [None])[0] == "user")
