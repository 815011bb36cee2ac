"""Nothing lost, nothing twice: workers and receivers are killed under load, without warning.

TORTURE_ROUNDS says how often something is killed in each test.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import pytest

from tests.acceptance.conftest import ROUNDS, Tell
from tests.acceptance.product import Bridge, until
from tests.acceptance.story import delivering, story

PEOPLE = 40
EVENTS = 120 * ROUNDS
pytestmark = [pytest.mark.slow, pytest.mark.timeout(60 + 20 * ROUNDS)]


def wait_for_work(shop: Bridge, dice: random.Random) -> None:
    """Wait until the worker is at work, and then for a random moment."""
    seen = len(shop.calls())
    wanted = seen + dice.randrange(20, 100)
    deadline = time.monotonic() + 20
    while len(shop.calls()) < wanted and time.monotonic() < deadline:
        time.sleep(0.003)
    assert len(shop.calls()) > seen, shop.worker.log()[-2000:]
    time.sleep(dice.random() / 20)


def kill_worker(shop: Bridge) -> None:
    shop.worker.kill()
    shop.worker = shop.start("worker")


# --- the worker is killed ----------------------------------------------------------------------


def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(
    shop: Bridge, dice: random.Random, tell: Tell
) -> None:
    """SIGKILL amid facts of many people: all is applied once, the newest wins."""
    shop.start_web()
    shop.start_worker()
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for _ in range(ROUNDS):
            wait_for_work(shop, dice)
            kill_worker(shop)
    tell("worker killed", shop, facts, acknowledged)


# --- both are killed ---------------------------------------------------------------------------


def test_receiver_and_worker_killed_together_lose_and_double_nothing(
    shop: Bridge, dice: random.Random, tell: Tell
) -> None:
    """SIGKILL of both at once, as when the host goes down: all is applied once, in order."""
    shop.start_web()
    shop.start_worker()
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for _ in range(ROUNDS):
            wait_for_work(shop, dice)
            shop.web.kill()
            kill_worker(shop)
            assert_stored(shop, dict(acknowledged))
            shop.start_web()
    tell("both killed", shop, facts, acknowledged)


# --- the receiver is killed --------------------------------------------------------------------


def test_a_receiver_killed_under_load_keeps_all_it_acknowledged(
    shop: Bridge, dice: random.Random, tell: Tell
) -> None:
    """SIGKILL while four senders send: every event answered with 200 is in the store, once."""
    shop.start_web()
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for number in range(1, ROUNDS + 1):
            kill_at(shop, acknowledged, EVENTS * number // (ROUNDS + 2))
            assert_stored(shop, dict(acknowledged))
            shop.start_web()
    assert_stored(shop, acknowledged)
    assert len(acknowledged) == len(shop.listed()) == EVENTS
    shop.start_worker()
    tell("receiver killed", shop, facts, acknowledged)


def kill_at(shop: Bridge, acknowledged: Mapping[str, int], wanted: int) -> None:
    until(lambda: len(acknowledged) > wanted, "nothing is acknowledged")
    shop.web.kill()


def assert_stored(shop: Bridge, acknowledged: Mapping[str, int]) -> None:
    """Every acknowledged event is in the store under the id that was answered."""
    stored = {row.id: row.subject for row in shop.listed()}
    lost = {fact: event_id for fact, event_id in acknowledged.items() if event_id not in stored}
    assert lost == {}
    wrong = {
        fact for fact, at in acknowledged.items() if stored[at] != f"p{int(fact[1:]) % PEOPLE}"
    }
    assert wrong == set()
