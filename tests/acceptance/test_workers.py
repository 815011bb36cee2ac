"""The life of workers: woken, taken over, handed over, paused, and many at once."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.clock import SECOND
from bridge.intercom.sandbox.faults import Fault
from bridge.model import State
from bridge.store import destinations, events
from bridge.store.schema import NEVER, holds, lanes
from tests.acceptance.conftest import MakeBridge, Tell, database_of
from tests.acceptance.pooler import pooled
from tests.acceptance.product import Bridge, until
from tests.acceptance.story import delivering, story

LEASE = 3
"""Seconds of a shop's lease; a call may take a third of it."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def facts(count: int) -> list[dict[str, Any]]:
    """Give what is told of so many people, one fact of each."""
    told = story(random.Random(1), count, count)
    return list({fact["id"]: fact for fact in told}.values())


@contextmanager
def slow(shop: Bridge, seconds: float) -> Iterator[None]:
    """Let every call take so long, carried out or not by then."""
    shop.sandbox.faults.add(Fault("delay", times=0, seconds=seconds))
    yield
    shop.sandbox.faults.clear()


# --- taken over -----------------------------------------------------------------------------------


def test_a_killed_workers_lanes_are_taken_over_within_a_lease(shop: Bridge) -> None:
    """Killed while a call hangs: its lanes are due within a lease, and the other applies them."""
    shop.start_web()
    first = shop.start_worker()
    told = facts(6)
    with slow(shop, 0.8):
        ids = [shop.send("shop", fact) for fact in told]
        until(lambda: events.counts(shop.db)[State.WORKING] == len(told), "nothing is at work")
        shop.start_worker()
        first.kill()
        left = appointments(shop)
        assert len(left) == len(told)
        assert max(left) <= LEASE
    shop.settle()
    assert {shop.event(one).state for one in ids} == {State.DONE}
    assert len(shop.people()) == len(told)


def appointments(shop: Bridge) -> list[float]:
    """Give in how many seconds each lane may be taken that has anything left to do."""
    with shop.db.read() as connection:
        moments = connection.scalars(select(lanes.c.ready_at).where(lanes.c.ready_at < NEVER))
        found = list(moments)
    return [(moment - shop.db.clock()) / SECOND for moment in found]


# --- handed over ----------------------------------------------------------------------------------


def test_a_worker_that_is_told_to_stop_finishes_and_hands_over(shop: Bridge) -> None:
    """Calls are under way: what is in flight is done, all else is due at once, it exits with 0."""
    shop.start_web()
    # A busy machine must have time to answer within a third of the lease.
    shop.environment |= {"BRIDGE_WORKER_THREADS": "2", "BRIDGE_LEASE_SECONDS": "15"}
    worker = shop.start_worker()
    told = facts(6)
    with slow(shop, 0.3):
        ids = [shop.send("shop", fact) for fact in told]
        until(lambda: events.counts(shop.db)[State.WORKING], "nothing is at work")
        assert worker.stop() == 0
    states = [shop.event(one).state for one in ids]
    assert set(states) == {State.DONE, State.PENDING}
    assert held(shop) == 0
    assert max(appointments(shop)) <= 0.3
    shop.start_worker()
    shop.settle()
    assert len(shop.people()) == len(told)


def held(shop: Bridge) -> int:
    """Count the people and companies that are held; what has no name before a colon is a turn."""
    with shop.db.read() as connection:
        mine = select(holds.c.key).where(holds.c.key.contains(":"))
        return len(connection.scalars(mine).all())


def test_a_worker_ends_in_time_though_intercom_hangs(shop: Bridge) -> None:
    """No call gets an answer: it ends after the timeout, with 0, and nothing is held by anybody."""
    shop.start_web()
    worker = shop.start_worker()
    with slow(shop, 30):
        ids = [shop.send("shop", fact) for fact in facts(4)]
        until(lambda: events.counts(shop.db)[State.WORKING] == len(ids), "nothing is at work")
        assert worker.stop() == 0
    assert held(shop) == 0
    assert {shop.event(one).state for one in ids} == {State.PENDING}
    assert len(appointments(shop)) == len(ids)


# --- drained --------------------------------------------------------------------------------------


def test_a_drain_ends_when_nothing_is_due_soon(shop: Bridge) -> None:
    """What folds and what is tried again in a moment is waited for; then it ends with 0."""
    shop.environment["BRIDGE_FOLD_SECONDS"] = "1"
    shop.start_web()
    shop.sandbox.faults.add(Fault("status", times=1, method="POST", path="/contacts", status=429))
    ids = [shop.send("shop", fact) for fact in facts(3)]
    assert shop.start("worker", "--drain").popen.wait(60) == 0
    assert {shop.event(one).state for one in ids} == {State.DONE}


def test_a_drain_that_is_refused_says_so(shop: Bridge) -> None:
    """The token stops working: it ends with 1 and the reason, the event stays."""
    shop.start_web()
    one = shop.send("shop", facts(1)[0])
    shop.sandbox.faults.add(Fault("status", times=0, path="/contacts", status=401))
    drain = shop.start("worker", "--drain")
    assert drain.popen.wait(60) == 1
    assert "the destination is paused" in drain.log()
    assert shop.event(one).state is State.PENDING


# --- paused ---------------------------------------------------------------------------------------


def test_of_many_workers_one_asks_whether_the_token_works_again(shop: Bridge) -> None:
    """One alarm, receiving goes on, one call in a while asks, and all resume by themselves."""
    shop.start_web()
    shop.start_worker()
    shop.start_worker()
    shop.sandbox.faults.add(Fault("status", times=0, status=401))
    ids = [shop.send("shop", fact) for fact in facts(4)]
    until(lambda: destinations.paused(shop.db), "it is not paused")
    began, before = time.monotonic(), asked(shop)
    until(lambda: asked(shop) >= before + 2, "nobody asks")
    most = 2 + (time.monotonic() - began) / LEASE
    assert asked(shop) - before <= most
    assert {shop.event(one).state for one in ids} == {State.PENDING}
    assert shop.worker.log().count("the destination is paused") == 1
    shop.sandbox.faults.clear()
    shop.settle()
    assert {shop.event(one).state for one in ids} == {State.DONE}


def asked(shop: Bridge) -> int:
    return sum(call["path"] == "/me" for call in shop.calls())


# --- many -----------------------------------------------------------------------------------------


def test_many_workers_on_one_database_keep_order_and_double_nothing(
    shop: Bridge, dice: random.Random, tell: Tell
) -> None:
    """Three workers, one killed, one told to stop amid the load: all applied once, in order."""
    shop.start_web()
    first, second, _ = (shop.start_worker() for _ in range(3))
    told = story(dice, 240, 40)
    with delivering(shop, told) as acknowledged:
        until(lambda: len(acknowledged) > 80, "nothing is acknowledged")
        first.kill()
        until(lambda: len(acknowledged) > 160, "nothing is acknowledged")
        assert second.stop() == 0
    tell("many workers", shop, told, acknowledged)


# --- a pooler -------------------------------------------------------------------------------------


def test_behind_a_pooler_an_idle_worker_looks_for_itself(
    request: pytest.FixtureRequest, make_bridge: MakeBridge, shop_mappings: Path, tmp_path: Path
) -> None:
    """PgBouncer in transaction mode lets no notification through: the worker finds that out."""
    if not shutil.which("pgbouncer"):
        pytest.skip("`pgbouncer` is not installed (Debian: pgbouncer)")
    with database_of("postgres", request, tmp_path) as url, pooled(url, 3) as through:
        make = partial(make_bridge, "postgres", database_url=url, mappings=shop_mappings)
        shop = make(settings={"DATABASE_URL": through})
        shop.start_web()
        worker = shop.start_worker()
        until(lambda: "looks for work by itself" in worker.log(), "it does not find out")
        for fact in facts(3):
            assert shop.applied("shop", fact).state is State.DONE
        assert worker.stop() == 0
        shop.end()
