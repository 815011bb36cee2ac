"""The worker process, put together: what it waits for, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bridge import config
from bridge.app.worker import run_worker
from bridge.config import Config
from bridge.errors import BridgeError
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.model import Event, Receipt, State
from bridge.store import destinations, events, inbox, migrate
from bridge.store.database import Database, connect

Start = Callable[[Config], threading.Thread]


@pytest.fixture
def db(fresh_database_url: Callable[[str], str]) -> Iterator[Database]:
    """Give a database without tables."""
    made = connect(fresh_database_url("sqlite"))
    yield made
    made.dispose()


@pytest.fixture
def start() -> Iterator[Start]:
    """Run workers in threads, and end them after the test."""
    stopping, threads = threading.Event(), []

    def run(settings: Config) -> threading.Thread:
        thread = threading.Thread(target=run_worker, args=(settings, stopping))
        threads.append(thread)
        thread.start()
        return thread

    yield run
    stopping.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def settings(db: Database, **more: str) -> Config:
    return config.read({"DATABASE_URL": str(db.engine.url), "BRIDGE_MAPPINGS": "none", **more})


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def received(db: Database) -> int:
    event = Event(key="e1", type="t", time=1, subject="s")
    receipt = Receipt("gone", 1, (("content-type", "application/json"),), {}, b"{}")
    return inbox.receive(db, receipt, [event]).events[0].id


def was_tried(db: Database) -> bool:
    """Say whether the worker got to the event; its source has no mapping, so it is put back."""
    return any(row.tries for row in events.listing(db))


def test_it_waits_for_tables_and_then_begins(db: Database, start: Start) -> None:
    """Started before the release phase, it needs no restart."""
    with SandboxServer() as sandbox:
        start(settings(db, INTERCOM_BASE_URL=sandbox.url, INTERCOM_ACCESS_TOKEN="x"))
        migrate.upgrade(db)
        received(db)
        until(lambda: was_tried(db))


def test_without_a_token_the_destination_is_paused_and_events_stay(
    db: Database, start: Start
) -> None:
    """Received ones wait for the token; the reason can be seen."""
    migrate.upgrade(db)
    event_id = received(db)
    start(settings(db))
    until(lambda: destinations.paused(db))
    assert "INTERCOM_ACCESS_TOKEN is not set" in str(destinations.paused(db))
    found = events.get(db, event_id)
    assert found is not None
    assert found.state == State.PENDING


def test_a_token_that_works_again_ends_the_pause(db: Database, start: Start) -> None:
    """Set the token, restart, done."""
    migrate.upgrade(db)
    destinations.pause(db, "the token is not accepted")
    with SandboxServer() as sandbox:
        start(settings(db, INTERCOM_BASE_URL=sandbox.url, INTERCOM_ACCESS_TOKEN="x"))
        until(lambda: destinations.paused(db) is None)


def test_a_token_that_is_refused_pauses(db: Database, start: Start) -> None:
    """No event is tried with it."""
    migrate.upgrade(db)
    event_id = received(db)
    with SandboxServer() as sandbox:
        sandbox.state.faults.add(Fault("status", times=0, path="/me", status=401))
        start(settings(db, INTERCOM_BASE_URL=sandbox.url, INTERCOM_ACCESS_TOKEN="x"))
        until(lambda: destinations.paused(db))
        found = events.get(db, event_id)
        assert found is not None
        assert (found.state, found.tries) == (State.PENDING, 0)


def test_an_intercom_that_is_away_is_waited_for(db: Database, start: Start) -> None:
    """It is no reason to end, nor to pause."""
    migrate.upgrade(db)
    with SandboxServer() as sandbox:
        sandbox.state.faults.add(Fault("status", times=1, path="/me", status=503))
        start(settings(db, INTERCOM_BASE_URL=sandbox.url, INTERCOM_ACCESS_TOKEN="x"))
        received(db)
        until(lambda: was_tried(db))


@pytest.mark.parametrize("migrated", [True, False])
def test_a_drain_waits_for_nothing(migrated: bool, db: Database) -> None:
    """It is for scripts: what is missing is an error."""
    if migrated:
        migrate.upgrade(db)
    missing = "INTERCOM_ACCESS_TOKEN" if migrated else "bridge migrate"
    with pytest.raises(BridgeError, match=missing):
        run_worker(settings(db), threading.Event(), drain=True)
