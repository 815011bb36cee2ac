"""What a connection to PostgreSQL needs: to be asked whether it still lives, to prepare statements.

Where a pooler such as PgBouncer stands between, a connection is to no server for long: what lives
in a session (LISTEN, prepared statements) is lost there, or stays with somebody else.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from sqlalchemy import Engine, event, exc

MOMENT = 0.05
"""Seconds after which a connection that was not in use is asked whether it still lives.

A server that was restarted meanwhile, or a firewall, ended it without a word. To ask each is a
round trip of its own before every transaction.
"""

_OFTEN = 5
"""Times from which on a statement is prepared."""

_USED = "used_at"


def prepare(engine: Engine) -> None:
    """Let the connections of the engine's pool be as they have to be."""
    event.listen(engine, "connect", _prepare_statements)
    event.listen(engine, "checkin", _used)
    event.listen(engine, "checkout", partial(_ask, engine))


def is_pooled(connection: Any) -> bool:
    """Say whether a driver's connection is not to the server's own process.

    A pooler tells its clients a process of its own making, for it has no server for them yet.
    """
    [process] = connection.execute("SELECT pg_backend_pid()").fetchone()
    return bool(process != connection.info.backend_pid)


def _prepare_statements(connection: Any, _: object) -> None:
    """Let the server keep the plans of what is asked often, where that is safe."""
    if not is_pooled(connection):
        connection.prepare_threshold = _OFTEN
    connection.rollback()


def _used(_: Any, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _ask(engine: Engine, connection: Any, record: Any, _: Any) -> None:
    used = record.info.get(_USED)
    if used is None or time.monotonic() - used <= MOMENT:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        # The pool opens new ones, for what ended this one ended all that are as old.
        raise exc.InvalidatePoolError from error
