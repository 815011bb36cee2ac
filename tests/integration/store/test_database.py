"""Transactions: whole or not at all, on a clock that all share, with errors one can act on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError

from bridge.clock import SECOND, system_clock
from bridge.errors import StoreUnavailable
from bridge.store import migrate, postgres, sqlite
from bridge.store.database import connect, destination_of, now
from bridge.store.schema import destinations
from tests.acceptance.pooler import pooled


def test_a_transaction_that_fails_leaves_no_trace(database):
    """Neither rows nor a lock stay behind."""
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(insert(destinations).values(destination=str(1 // 0)))
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(destinations), [{"destination": "a"}, {"destination": "a"}])
    with database.write() as connection:
        assert connection.execute(select(destinations)).all() == []


def test_the_databases_clock_is_in_microseconds(database):
    """It agrees with the host's, which here is the same, and goes on within a transaction."""
    with database.read() as connection:
        early = system_clock()
        first = connection.scalar(select(now()))
        assert abs(first - early) < 60 * SECOND
        time.sleep(0.003)
        assert connection.scalar(select(now())) > first


def test_a_transaction_knows_its_destination(database):
    """Queries need not be told which workspace they are for."""
    for transaction in (database.read, database.write):
        with transaction() as connection:
            assert destination_of(connection) == "default"


def test_a_lost_connection_is_unavailable_and_the_next_one_works(database):
    """A server that restarts costs the requests under way, not the process."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    end = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnavailable), database.read() as connection:
        connection.execute(end)
    with database.read() as connection:
        assert connection.scalar(select(1)) == 1


def test_an_idle_connection_that_was_cut_is_replaced_unseen(database, monkeypatch):
    """The pool tries a connection that was idle before it gives it out."""
    monkeypatch.setattr(postgres, "MOMENT", 0.0)
    if database.dialect == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    with database.read() as connection:
        idle = connection.scalar(text("SELECT pg_backend_pid()"))
    other = connect(database.engine.url.render_as_string(hide_password=False))
    with other.write() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": idle})
    other.dispose()
    with database.read() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != idle


def test_a_single_statement_is_a_transaction_by_itself(database):
    """It holds once it was made, without BEGIN or COMMIT on PostgreSQL; the next one has them."""
    begun: list[object] = []
    event.listen(database.engine, "commit", begun.append)
    with database.single(writes=True) as connection:
        connection.execute(insert(destinations).values(destination="a"))
    assert len(begun) == (0 if database.dialect == "postgresql" else 1)
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(destinations), [{"destination": "b"}, {"destination": "b"}])
    with database.single(writes=False) as connection:
        assert connection.scalars(select(destinations.c.destination)).all() == ["a"]


def prepared(db) -> int:
    """Ask one thing often; give how many statements the server keeps a plan for."""
    with db.read() as connection:
        for _ in range(10):
            connection.execute(select(1))
        return connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))


def test_what_is_asked_often_is_prepared(database):
    """The server plans it once; behind a pooler never, for there the server changes."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite's driver keeps its statements itself")
    assert prepared(database) > 0
    if not shutil.which("pgbouncer"):
        pytest.skip("the rest needs `pgbouncer` (Debian: pgbouncer)")
    with pooled(database.engine.url.render_as_string(hide_password=False)) as url:
        behind = connect(url)
        assert prepared(behind) == 0
        behind.dispose()


def test_a_read_cannot_write(database):
    """PostgreSQL itself refuses it, so that a read may one day go to a replica."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite's reads are only kept from taking the write lock")
    with pytest.raises(StoreUnavailable), database.read() as connection:
        connection.execute(insert(destinations).values(destination="a"))


def test_sqlite_commits_are_durable_and_read_beside_a_writer(tmp_path):
    """WAL, synced at every commit, foreign keys on, and a reader never waits for a writer."""
    db = connect(f"sqlite:///{tmp_path / 'a.db'}")
    with db.write() as writer:
        writer.exec_driver_sql("CREATE TABLE t (a)")
        with db.read() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys")
            found = [connection.exec_driver_sql(f"PRAGMA {one}").scalar() for one in names]
            assert connection.exec_driver_sql("SELECT * FROM sqlite_master").all() == []
    assert found == ["wal", 2, 1]
    db.dispose()


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    """The operator sees which file could not be opened."""
    db = connect(f"sqlite:///{tmp_path / 'none' / 'a.db'}")
    with pytest.raises(StoreUnavailable, match=r"none/a\.db"), db.read():
        pass


def test_no_free_connection_is_unavailable(database, monkeypatch):
    """Too many threads for the pool make senders come back, they break nothing."""
    small = connect(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    monkeypatch.setattr(small.engine.pool, "_timeout", 0.05)
    with small.read(), pytest.raises(StoreUnavailable), small.read():
        pass
    small.dispose()


ROOT = Path(__file__).parents[3]
_NO_PAUSE = """
import sys, time
from bridge.store.database import connect
from bridge.store.schema import destinations
from sqlalchemy import delete
db = connect(sys.argv[1])
while True:
    with db.write() as connection:
        connection.execute(delete(destinations).where(destinations.c.destination == "nobody"))
        time.sleep(0.005)
        print(flush=True)
"""


def test_who_writes_without_a_pause_keeps_nobody_else_out(tmp_path):
    """SQLite's own waiting looks now and then, and mostly finds the lock taken again."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    db = connect(url)
    migrate.upgrade(db)
    command = [sys.executable, "-c", _NO_PAUSE, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as greedy:
        try:
            assert greedy.stdout is not None
            greedy.stdout.readline()
            between = []
            for _ in range(20):
                with db.write() as connection:
                    connection.execute(insert(destinations).values(destination=str(len(between))))
                between.append(len(os.read(greedy.stdout.fileno(), 1_000_000)))
            assert greedy.poll() is None
        finally:
            greedy.kill()
    db.dispose()
    assert max(between[1:]) < 10


def test_a_write_lock_that_nobody_gives_back_is_unavailable(tmp_path, monkeypatch):
    """Whoever holds it may know nothing of turns; once it is free, the next one has it."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    path = tmp_path / "a.db"
    db = connect(f"sqlite:///{path}")
    migrate.upgrade(db)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"), db.write():
            pass
        other.execute("ROLLBACK")
        with db.write() as connection:
            connection.execute(insert(destinations).values(destination="a"))
    db.dispose()
