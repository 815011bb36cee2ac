"""Holds: short leases on the people and companies that one event may touch.

A key belongs to the owner whose row it is, until the lease ends and somebody else takes it. Keys
are taken in sorted order, all or none, and locked in it by everyone, so that nobody waits in a
circle: whoever looks whether a key is free locks its row, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, update

from bridge.clock import SECOND
from bridge.errors import Busy, LeaseLost
from bridge.store.columns import stored_key
from bridge.store.database import destination_of, now
from bridge.store.schema import holds
from bridge.store.upsert import upsert

_TO_COME = now() + bindparam("micros", type_=holds.c.expires_at.type)
_MINE = holds.c.destination == bindparam("here"), holds.c.owner == bindparam("holder")
_LOCK = select(holds.c.key).where(*_MINE).order_by(holds.c.key).with_for_update()
_IN_ORDER = *_MINE, holds.c.key.in_(_LOCK)
_RENEW = update(holds).where(*_IN_ORDER).values(expires_at=_TO_COME)
_RELEASE = delete(holds).where(*_IN_ORDER).returning(holds.c.key)

Holding: TypeAlias = Callable[[Connection, str, Iterable[str]], None]
"""What must find holds still the owner's: `check`, or `release`."""


@cache
def _take(dialect: str) -> Any:
    statement = upsert(dialect, holds).values(expires_at=_TO_COME)
    anew = {name: statement.excluded[name] for name in ("owner", "expires_at")}
    return statement.on_conflict_do_update(
        index_elements=["destination", "key"], set_=anew, where=holds.c.expires_at < now()
    ).returning(holds.c.key)


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
    mine = {"destination": destination_of(connection), "owner": owner}
    micros = round(lease * SECOND)
    rows = [{**mine, "key": key, "micros": micros} for key in wanted]
    return frozenset(connection.scalars(_take(connection.dialect.name), rows))


def renew(connection: Connection, owner: str, lease: float) -> bool:
    """Lengthen every hold of the owner to `lease` seconds from now; say whether he has any."""
    mine = _mine(connection, owner, micros=round(lease * SECOND))
    return connection.execute(_RENEW, mine).rowcount > 0


def check(connection: Connection, owner: str, keys: Iterable[str]) -> None:
    """Lock the owner's holds until the transaction ends; raise LeaseLost where a key is not his."""
    _need(keys, connection.scalars(_LOCK, _mine(connection, owner)))


def release(connection: Connection, owner: str, keys: Iterable[str] = ()) -> None:
    """Give back every hold of the owner; raise LeaseLost where one of `keys` is not his any more.

    In the order in which holds are taken; others meet them as his until the transaction ends.
    """
    _need(keys, connection.scalars(_RELEASE, _mine(connection, owner)))


def _need(keys: Iterable[str], found: Iterable[str]) -> None:
    lost = set(_stored(keys)).difference(found)
    if lost:
        raise LeaseLost(f"{len(lost)} holds were taken over by another lane; nothing was written")


def _mine(connection: Connection, owner: str, **values: int) -> dict[str, str | int]:
    return {"here": destination_of(connection), "holder": owner, **values}


def _stored(keys: Iterable[str]) -> list[str]:
    return sorted({stored_key(key) for key in keys})
