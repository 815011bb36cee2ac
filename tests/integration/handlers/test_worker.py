"""The worker's loop: what it keeps renewed, and what it does with a lane that cannot go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from bridge.clock import SECOND
from bridge.intercom.client import Client
from bridge.model import State, TrackChange
from bridge.store import events
from bridge.worker.loop import Worker
from tests.integration.handlers.world import T0, World, eventually, person


@pytest.mark.slow
def test_work_that_takes_longer_than_the_lease_is_done_in_one_attempt(world: World) -> None:
    """The keeper renews lane and holds meanwhile: another lane that means the same waits."""
    told = [TrackChange(f"event-{number}", {}, T0 * SECOND) for number in range(12)]
    ids = [world.receive(person("user", external_id="u1"), *told) for _ in range(2)]
    world.fault("delay", "POST", "/events", seconds=0.3, times=0)
    client = Client(world.client.base_url, "token", timeout=0.9)
    Worker(replace(world.to, lease=3, intercom=client), threads=2).drain()
    client.close()
    assert [world.event(one).state for one in ids] == [State.DONE, State.DONE]
    assert [len(events.attempts(world.db, one)) for one in ids] == [1, 1]
    assert len(world.calls()) == 2 + 2 * len(told)


def test_a_lane_whose_person_is_busy_comes_again_in_a_moment(world: World) -> None:
    """Two sources mean one person at once: both are applied, neither uses up a try."""
    ids = [
        world.receive(person("user", external_id="u1", set={name: "x"}), source=name)
        for name in ("name", "phone", "avatar", "owner_id")
    ]
    world.fault("delay", "POST", "/contacts", seconds=0.2)
    worker = Worker(world.to, threads=4)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        eventually(lambda: all(world.event(one).state is State.DONE for one in ids))
    finally:
        worker.stopping.set()
        thread.join(30)
    assert [world.event(one).tries for one in ids] == [1, 1, 1, 1]
    assert len(world.contacts()) == 1


# --- woken ----------------------------------------------------------------------------------------


@pytest.fixture
def idle(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """Give a worker that sleeps, and would sleep for an hour if nothing woke it."""
    monkeypatch.setattr("bridge.worker.waking._LONGEST", 3_600.0)
    worker = Worker(world.to, threads=2)
    thread = threading.Thread(target=worker.run)
    thread.start()
    eventually(lambda: worker.waking.hears)
    yield worker
    worker.stopping.set()
    thread.join(30)
    assert not thread.is_alive()


def test_an_idle_worker_is_woken_by_what_is_committed(world: World, idle: Worker) -> None:
    """It sleeps in between, and needs to look for nothing."""
    first = world.receive(person("user", external_id="first"))
    eventually(lambda: world.event(first).state is State.DONE)
    second = world.receive(person("user", external_id="second"))
    eventually(lambda: world.event(second).state is State.DONE)


def test_an_idle_worker_sleeps_until_an_appointment_that_lies_ahead(
    world: World, idle: Worker
) -> None:
    """An event waits for more to fold with; the worker comes when its time is over."""
    one = world.receive(person("user", external_id="u1"), delay=0.5)
    eventually(lambda: world.event(one).state is State.DONE)


def test_an_idle_worker_asks_the_database_nothing(world: World, idle: Worker) -> None:
    """Many idle workers on a small PostgreSQL are no load."""
    asked: list[str] = []
    time.sleep(0.3)  # it falls asleep
    event.listen(world.db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    time.sleep(0.5)
    assert asked == []
