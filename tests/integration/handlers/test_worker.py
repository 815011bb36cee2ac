"""The worker's loop: what it keeps renewed, and what it does with a lane that cannot go on."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

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
