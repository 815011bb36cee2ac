"""Statements and transactions of a worker, counted in this process while it drains."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import event

from bench.drain.backlog import WORKSPACE, Backlog
from bridge import config as configuration
from bridge.app import sources
from bridge.app.worker import client_of, destination, limiter
from bridge.store.database import connect
from bridge.worker.loop import Worker


def statements(backlog: Backlog, environment: Mapping[str, str]) -> Counter[str]:
    """Drain a backlog and count statements by kind and table, and `commits` of writes.

    A statement that is a transaction by itself has a commit of its own.
    """
    config = configuration.read(environment)
    db = connect(backlog.url)
    found: Counter[str] = Counter()

    def execute(connection: Any, _: Any, statement: str, *__: Any) -> None:
        kind = _kind(statement)
        found[kind] += 1
        alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        if alone and not kind.startswith("SELECT"):
            found["commits"] += 1

    def commit(connection: Any) -> None:
        writes = connection.get_execution_options().get("bridge_write")
        found["commits" if writes else "reads"] += 1

    event.listen(db.engine, "before_cursor_execute", execute)
    event.listen(db.engine, "commit", commit)
    client = client_of(config, limiter(config, db))
    assert client is not None
    to = destination(config, db, client, WORKSPACE, sources.load(config))
    with _silence():
        Worker(to, threads=config.worker_threads).drain()
    client.close()
    db.dispose()
    return found


@contextmanager
def _silence() -> Iterator[None]:
    """Let the log say nothing: the table is told on the same stream."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def _kind(statement: str) -> str:
    """Give the verb and the first table of a statement."""
    words = statement.split()
    marks = {"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}
    mark = marks.get(words[0], words[0])
    place = words.index(mark) + 1 if mark in words else 0
    return f"{words[0]} {words[place]}" if place < len(words) else words[0]
