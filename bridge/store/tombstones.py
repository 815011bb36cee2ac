"""Tombstones: that somebody was erased, known again by any identifier, without keeping one.

A digest is keyed with a secret of the destination's own, made when the first person is erased, so
that whoever has the rows alone cannot try addresses. It is of the same text that holds are taken
by, so that one look-up beside taking the holds of an event tells whether its person was erased.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, select

from bridge.clock import Micros
from bridge.model import Identifier
from bridge.store.columns import stored_key
from bridge.store.database import destination_of
from bridge.store.schema import destinations, tombstones
from bridge.store.upsert import upsert

_KEY = select(destinations.c.erasure_key).where(destinations.c.destination == bindparam("here"))


def met(connection: Connection, hold_keys: Iterable[str]) -> dict[str, Micros]:
    """Give which of the keys (`name:value`) are of an erased person, and when that happened."""
    key = _key(connection)
    if key is None:
        return {}
    digests = {digest(key, one): one for one in hold_keys}
    mine = select(tombstones.c.digest, tombstones.c.erased_at).where(*_of(connection, digests))
    return {digests[row.digest]: row.erased_at for row in connection.execute(mine)}


def add(connection: Connection, identifiers: Iterable[Identifier], erased_at: Micros) -> None:
    """Leave a tombstone under each identifier of a person; one that is there moves on in time."""
    key, person = made_key(connection), secrets.token_hex(8)
    rows = [
        {
            "destination": destination_of(connection),
            "digest": digest(key, str(one)),
            "erased_at": erased_at,
            "person": person,
        }
        for one in sorted(set(identifiers))
    ]
    if rows:
        statement = upsert(connection.dialect.name, tombstones)
        newer = statement.excluded.erased_at
        later = case((newer > tombstones.c.erased_at, newer), else_=tombstones.c.erased_at)
        anew = {"erased_at": later, "person": statement.excluded.person}
        place = ["destination", "digest"]
        connection.execute(statement.on_conflict_do_update(index_elements=place, set_=anew), rows)


def lift(connection: Connection, identifiers: Iterable[Identifier]) -> int:
    """Take away every tombstone of the people who have one of the identifiers; give how many."""
    key = _key(connection)
    digests = [] if key is None else [digest(key, str(one)) for one in identifiers]
    people = select(tombstones.c.person).where(*_of(connection, digests))
    lifted = delete(tombstones).where(
        tombstones.c.destination == destination_of(connection), tombstones.c.person.in_(people)
    )
    return connection.execute(lifted).rowcount


def digest(key: str, hold_key: str) -> str:
    """Give the digest of an identifier written `name:value`; names hold no colon."""
    name, _, value = hold_key.partition(":")
    text = f"{name}:{stored_key(value)}"
    return hmac.digest(bytes.fromhex(key), text.encode(), "sha256").hex()


def made_key(connection: Connection) -> str:
    """Give the destination's key, made where there is none."""
    statement = upsert(connection.dialect.name, destinations).values(
        destination=destination_of(connection), erasure_key=secrets.token_hex(32)
    )
    kept = func.coalesce(destinations.c.erasure_key, statement.excluded.erasure_key)
    statement = statement.on_conflict_do_update(
        index_elements=["destination"], set_={"erasure_key": kept}
    )
    return str(connection.execute(statement.returning(destinations.c.erasure_key)).scalar_one())


def _key(connection: Connection) -> str | None:
    found: str | None = connection.scalar(_KEY, {"here": destination_of(connection)})
    return found


def _of(connection: Connection, digests: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    here = tombstones.c.destination == destination_of(connection)
    return here, tombstones.c.digest.in_(list(digests))
