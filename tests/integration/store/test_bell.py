"""The bell: whoever gives a lane an appointment is heard by all who listen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator
from contextlib import closing

import pytest

from bridge.errors import Deaf, StoreUnavailable
from bridge.store import bell, destinations, events, inbox, lanes
from bridge.store.database import connect
from tests.acceptance.pooler import pooled


def rings(told: Generator[bool, None, None]) -> bool:
    """Listen until it rings; SQLite also says often that it did not."""
    deadline = time.monotonic() + 10
    return any(rang or time.monotonic() > deadline for rang in told)


def receive(bench) -> None:
    bench.receive("a")


def receive_for_later(bench) -> None:
    inbox.receive(bench.db, bench.receipt(), [bench.event("later", "a")], delay=3_600)


def replay(bench) -> None:
    events.replay(bench.db, bench.ended)


def resume(bench) -> None:
    destinations.resume(bench.db)


@pytest.mark.parametrize("act", [receive, receive_for_later, replay, resume])
def test_whatever_gives_a_worker_something_to_do_rings(bench, act: Callable[..., None]) -> None:
    """Also an appointment that lies ahead: whoever sleeps until a later one must know."""
    bench.receive("done")
    ledger = bench.ledger(bench.claim()["done"])
    bench.end(ledger)
    lanes.complete(bench.db, ledger.claim, drained=True)
    bench.ended = ledger.event.id
    with closing(bell.listen(bench.db, 20)) as told:
        assert next(told), "it does not say that it listens"
        act(bench)
        assert rings(told)


def test_a_silence_is_told_as_one(bench) -> None:
    """After so many seconds without a commit, and then it listens on."""
    with closing(bell.listen(bench.db, 0.01)) as told:
        assert next(told)
        assert not next(told)
        bench.receive("a")
        assert rings(told)


CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'
"""


def test_a_connection_that_is_cut_is_told(bench) -> None:
    """The listener must connect again: it would sleep for ever."""
    if bench.db.dialect == "sqlite":
        pytest.skip("SQLite has no connection that could be cut")
    with closing(bell.listen(bench.db, 20)) as told:
        next(told)
        bench.rows(CUT)
        with pytest.raises(StoreUnavailable):
            next(told)


def test_behind_a_pooler_it_says_that_nothing_can_be_heard(bench) -> None:
    """And leaves no LISTEN behind on a connection that others use."""
    if bench.db.dialect == "sqlite" or not shutil.which("pgbouncer"):
        pytest.skip("needs PostgreSQL and `pgbouncer` (Debian: pgbouncer)")
    with pooled(bench.db.engine.url.render_as_string(hide_password=False), 1) as through:
        db = connect(through)
        with closing(bell.listen(db, 1)) as told, pytest.raises(Deaf, match="pooler"):
            next(told)
        with db.read() as connection:
            assert connection.exec_driver_sql("SELECT pg_listening_channels()").all() == []
        db.dispose()
