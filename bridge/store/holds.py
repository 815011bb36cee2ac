"""Holds: short leases on the people and companies that one event may touch.

A key belongs to the owner whose row it is, until the lease ends and somebody else takes it. Keys
are taken in sorted order, all or none, and locked in it by everyone, so that nobody waits in a
circle: whoever looks whether a key is free locks its row, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from bridge.clock import SECOND
from bridge.errors import Busy, LeaseLost
from bridge.store.columns import stored_key
from bridge.store.database import destination_of, now
from bridge.store.schema import holds
from bridge.store.upsert import upsert


def take(connection: Connection, owner: str, keys: Iterable[str], lease: float) -> None:
    """Take all keys for `lease` seconds; raise Busy where one is held, also by the same owner.

    The caller's transaction must end with the error: then none is taken.
    """
    wanted = _stored(keys)
    taken = take_free(connection, owner, wanted, lease)
    if len(taken) < len(wanted):
        raise Busy(f"{len(wanted) - len(taken)} of {len(wanted)} holds belong to another lane")


def take_free(
    connection: Connection, owner: str, keys: Iterable[str], lease: float
) -> frozenset[str]:
    """Take those of the keys that nobody has, and give them as they are stored."""
    wanted = _stored(keys)
    if not wanted:
        return frozenset()
    statement = upsert(connection, holds).values(expires_at=now() + round(lease * SECOND))
    excluded = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "key"],
        set_={"owner": excluded.owner, "expires_at": excluded.expires_at},
        where=holds.c.expires_at < now(),
    )
    destination = destination_of(connection)
    rows = [{"destination": destination, "owner": owner, "key": key} for key in wanted]
    return frozenset(connection.scalars(statement.returning(holds.c.key), rows))


def renew(connection: Connection, owner: str, lease: float) -> bool:
    """Lengthen every hold of the owner to `lease` seconds from now; say whether he has any."""
    mine = update(holds).where(*_in_order(connection, owner))
    return connection.execute(mine.values(expires_at=now() + round(lease * SECOND))).rowcount > 0


def check(connection: Connection, owner: str, keys: Iterable[str]) -> None:
    """Lock the owner's holds until the transaction ends; raise LeaseLost where a key is not his."""
    found = set(connection.scalars(_locked(connection, owner)))
    lost = set(_stored(keys)) - found
    if lost:
        raise LeaseLost(f"{len(lost)} holds were taken over by another lane; nothing was written")


def release(connection: Connection, owner: str) -> None:
    """Give back every hold of the owner; none left is no error."""
    connection.execute(delete(holds).where(*_in_order(connection, owner)))


def _in_order(connection: Connection, owner: str) -> tuple[Any, Any, Any]:
    return *_of(connection, owner), holds.c.key.in_(_locked(connection, owner))


def _locked(connection: Connection, owner: str) -> Select[str]:
    mine = select(holds.c.key).where(*_of(connection, owner))
    return mine.order_by(holds.c.key).with_for_update()


def _of(connection: Connection, owner: str) -> tuple[Any, Any]:
    return holds.c.destination == destination_of(connection), holds.c.owner == owner


def _stored(keys: Iterable[str]) -> list[str]:
    return sorted({stored_key(key) for key in keys})
