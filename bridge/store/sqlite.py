"""SQLite's connections: durable commits, and writers that take turns.

SQLite lets a writer wait by looking at the lock now and then, up to a tenth of a second apart. Who
writes without a pause has the lock again microseconds after giving it back, so that others can
look for seconds and never meet it free. Here whoever waits stands at the head of a queue, and
nobody begins to write past the head. Programs that know nothing of the queue are waited for too.
"""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Callable
from io import FileIO
from typing import Any

from sqlalchemy import Connection, Engine, event

PATIENCE = 5.0
"""Seconds to wait for other writers before giving up."""

_AT_THE_HEAD = 0.0003
_IN_THE_QUEUE = 0.001
"""Seconds between two looks: one at the head is alone, so that it may look often."""

_QUEUE = "queue"


def prepare(engine: Engine) -> None:
    """Make the engine's connections durable, and its writers take turns."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "close", _closed)
    event.listen(engine, "begin", _begin)


def _connected(connection: sqlite3.Connection, record: Any) -> None:
    """Take transaction control away from the driver; open the queue beside the database."""
    connection.isolation_level = None
    _wait_like_sqlite(connection)
    _enter_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    _, _, path = connection.execute("PRAGMA database_list").fetchone()
    if path:
        record.info[_QUEUE] = _Queue(f"{path}-queue", "ab")


class _Queue(FileIO):
    """The file beside the database; a connection that is dropped gives up its file silently."""

    def __del__(self) -> None:
        self.close()


def _closed(_: sqlite3.Connection, record: Any) -> None:
    queue = record.info.pop(_QUEUE, None)
    if queue:
        queue.close()


def _wait_like_sqlite(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait by itself for others who do the same."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    """Take the write lock at the start: a lock upgraded later fails without waiting."""
    if not connection.get_execution_options().get("bridge_write"):
        connection.exec_driver_sql("BEGIN")
        return
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        if not _in_turn(raw, connection.info.get(_QUEUE)):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # so that SQLAlchemy tells what is wrong
    finally:
        _wait_like_sqlite(raw)


def _in_turn(raw: sqlite3.Connection, queue: FileIO | None) -> bool:
    """Begin to write once it is our turn; say whether that came in time."""
    deadline = time.monotonic() + PATIENCE
    if queue is None:
        return _until(lambda: _begun(raw), _AT_THE_HEAD, deadline)
    if not _until(lambda: _at_the_head(queue), _IN_THE_QUEUE, deadline):
        return False
    try:
        return _until(lambda: _begun(raw), _AT_THE_HEAD, deadline)
    finally:
        fcntl.flock(queue, fcntl.LOCK_UN)


def _until(done: Callable[[], bool], pause: float, deadline: float) -> bool:
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _at_the_head(queue: FileIO) -> bool:
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begun(raw: sqlite3.Connection) -> bool:
    """Whatever goes wrong is waited for: the last try tells it."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True
