"""The bell: rung in the transaction that gives lanes an appointment, heard by workers that sleep.

PostgreSQL: NOTIFY, which is told with the commit, and LISTEN on one connection beside the pool.
SQLite: a number that any other connection's commit changes, looked at without touching the file.
Behind a pooler nothing can be heard, because there a connection is not its client's own.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from bridge.errors import Deaf
from bridge.store import postgres
from bridge.store.database import Database

_CHANNEL = "bridge_lanes"
_GLANCE = 0.02
"""Seconds between two looks at SQLite's number."""

_TRIAL = 5.0
"""Seconds within which our own ringing must be heard, or nothing will be."""


def ring(connection: Connection) -> None:
    """Wake whoever listens, once the transaction is committed; SQLite tells commits by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(_CHANNEL, "")))


def ring_now(db: Database) -> None:
    """Wake whoever listens; raise StoreUnavailable."""
    with db.write() as connection:
        ring(connection)


def listen(db: Database, seconds: float) -> Generator[bool, None, None]:
    """Say whether it rang, as soon as it did, else after so many seconds; and so on.

    The first time it is true: what happened before was not heard. Raises Deaf where nothing can be
    heard, StoreUnavailable where the connection is lost.
    """
    with db.beside() as connection:
        yield from _glance(connection) if db.dialect == "sqlite" else _hear(db, connection, seconds)


def _glance(connection: Any) -> Iterator[bool]:
    seen = None
    while True:
        [number] = connection.execute("PRAGMA data_version").fetchone()
        yield number != seen
        seen = number
        time.sleep(_GLANCE)


def _hear(db: Database, connection: Any, seconds: float) -> Iterator[bool]:
    connection.autocommit = True
    if postgres.is_pooled(connection):
        # Before LISTEN: behind a pooler it would stay with a connection that others use.
        raise Deaf("there is a pooler between: the connection is not to the server itself")
    connection.execute(f"LISTEN {_CHANNEL}")
    ring_now(db)
    if not _rings(connection, _TRIAL):
        raise Deaf("notifications do not arrive")
    yield True
    while True:
        yield _rings(connection, seconds)


def _rings(connection: Any, seconds: float) -> bool:
    return bool(list(connection.notifies(timeout=seconds, stop_after=1)))
