"""Nothing lost, nothing twice: workers and receivers are killed under load, without warning.

TORTURE_ROUNDS says how often a process is killed in each test: once per 250 events.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.model import State
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge, until
from tests.conftest import KINDS

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "2"))
SUBJECTS = 100
EVENTS = 250 * ROUNDS
pytestmark = [pytest.mark.slow, pytest.mark.timeout(60 + 20 * ROUNDS)]
START = 1_750_000_000_000

MAPPING = """
source: shop
verify:
  scheme: hmac
  secret: SHOP_SECRET
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =body.who
types:
  grade: string
  steps: integer
routes:
  - on: account.*
    user:
      match:
        external_id: =body.who
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          grade: =body.grade
      tags:
        add: shopper
    track:
      name: Bought
      when: body.bought
  - on: reader.*
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          grade: =body.grade
    track:
      name: Bought
      when: body.bought
"""


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """Give a folder with the mapping of a shop: accounts are users, readers leads."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "shop.yaml").write_text(MAPPING)
    return folder


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, make_bridge: MakeBridge, mappings: Path) -> Bridge:
    """Give a bridge with short leases, so that a killed worker's lanes come back soon."""
    settings = {"BRIDGE_LEASE_SECONDS": "3", "WEB_CONCURRENCY": "2"}
    return make_bridge(request.param, mappings=mappings, settings=settings)


@pytest.fixture
def dice() -> random.Random:
    """Give randomness whose seed a failure shows (the test's output), and TORTURE_SEED sets."""
    seed = int(os.environ.get("TORTURE_SEED", random.randrange(10**6)))
    print(f"TORTURE_SEED={seed}")
    return random.Random(seed)


def story(dice: random.Random) -> list[dict[str, Any]]:
    """Give facts about 100 people, each person's in no order of time, some delivered twice."""
    facts = []
    for number in range(EVENTS):
        who = number % SUBJECTS
        kind = "account" if who % 3 else "reader"
        facts.append(
            {
                "id": f"e{number}",
                "type": f"{kind}.{'created' if number < SUBJECTS else 'updated'}",
                "at": START + number * 1000 + dice.randrange(1000),
                "who": f"p{who}",
                "email": f"p{who}@shop.example",
                "name": f"Person {who}",
                "grade": f"g{number}",
                "bought": dice.random() < 0.2,
            }
        )
    later = facts[SUBJECTS:]
    dice.shuffle(later)
    doubled = dice.sample(facts, EVENTS // 10)
    told = [*facts[:SUBJECTS], *later]
    for fact in doubled:
        told.insert(dice.randrange(len(told)), fact)
    return told


@contextmanager
def delivering(bridge: Bridge, facts: list[dict[str, Any]]) -> Iterator[dict[str, int]]:
    """Send facts from four threads, each until it is acknowledged, as vendors do.

    Gives the id of each acknowledged event by the fact's id; all are sent when the block ends.
    """
    acknowledged: dict[str, int] = {}
    over = threading.Event()

    def deliver(fact: dict[str, Any]) -> None:
        deadline = time.monotonic() + 30
        while (answer := tried(bridge, fact)) is None and not over.wait(0.05):
            assert time.monotonic() < deadline, "it is never acknowledged"
        if answer is not None:
            assert answer.status_code == 200, answer.text
            [acknowledged[fact["id"]]] = answer.json()["events"]

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(deliver, fact) for fact in facts]
        try:
            yield acknowledged
            for each in sending:
                each.result()
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)


def tried(bridge: Bridge, fact: dict[str, Any]) -> requests.Response | None:
    """Send a fact once; None where nothing answered, or where it could not be stored."""
    try:
        answer = bridge.post(bridge.signed("shop", fact))
    except requests.RequestException:
        return None
    return None if answer.status_code == 503 else answer


# --- the worker is killed ----------------------------------------------------------------------


def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(
    shop: Bridge, dice: random.Random
) -> None:
    """SIGKILL amid hundreds of facts of 100 people: all is applied once, the newest wins."""
    shop.start_web()
    shop.start_worker()
    facts = story(dice)
    with delivering(shop, facts):
        for _ in range(ROUNDS):
            kill_in_the_middle(shop, dice)
    shop.settle(60 + EVENTS / 20)
    assert_all_applied(shop)
    assert_people_are_right(shop, facts)
    assert_no_one_was_made_twice(shop)


def kill_in_the_middle(shop: Bridge, dice: random.Random) -> None:
    """Wait until the worker is at work, kill it at a random moment, start another."""
    seen = len(shop.calls())
    deadline = time.monotonic() + 20
    while len(shop.calls()) < seen + dice.randrange(50, 250) and time.monotonic() < deadline:
        time.sleep(0.003)
    assert len(shop.calls()) > seen, shop.worker.log()[-2000:]
    time.sleep(dice.random() / 20)
    shop.worker.kill()
    shop.worker = shop.start("worker")


def assert_all_applied(shop: Bridge) -> None:
    rows = shop.listed()
    assert len(rows) == EVENTS
    unwell = [(row.id, row.state, row.reason) for row in rows if row.state is not State.DONE]
    assert unwell == []


def assert_people_are_right(shop: Bridge, facts: list[dict[str, Any]]) -> None:
    """Every person is there once, with the newest fact's value and one data event per purchase."""
    newest = {fact["who"]: fact for fact in sorted(facts, key=lambda fact: fact["at"])}
    held = {one["email"]: one for one in shop.people()}
    assert len(shop.people()) == len(held) == SUBJECTS
    bought: dict[str, set[int]] = {fact["who"]: set() for fact in facts}
    for fact in facts:
        if fact["bought"]:
            bought[fact["who"]].add(fact["at"] // 1000)
    for who, fact in newest.items():
        person = held[fact["email"]]
        assert person["custom_attributes"]["grade"] == fact["grade"], who
        assert person["role"] == ("user" if fact["type"].startswith("account") else "lead")
        told = [event["created_at"] for event in person.get("events", [])]
        assert sorted(told) == sorted(bought[who]), who


def assert_no_one_was_made_twice(shop: Bridge) -> None:
    made = [
        call for call in shop.calls() if (call["method"], call["path"]) == ("POST", "/contacts")
    ]
    succeeded = Counter(call["body"]["email"] for call in made if call["status"] == 200)
    assert len(succeeded) == SUBJECTS
    assert set(succeeded.values()) == {1}


# --- the receiver is killed --------------------------------------------------------------------


def test_a_receiver_killed_under_load_keeps_all_it_acknowledged(
    shop: Bridge, dice: random.Random
) -> None:
    """SIGKILL while four senders send: every event answered with 200 is in the store, once."""
    shop.start_web()
    facts = story(dice)
    with delivering(shop, facts) as acknowledged:
        for number in range(1, ROUNDS + 1):
            kill_at(shop, acknowledged, len(facts) * number // (ROUNDS + 2))
            assert_stored(shop, dict(acknowledged))
            shop.start_web()
    assert_stored(shop, acknowledged)
    assert len(acknowledged) == len(shop.listed()) == EVENTS


def kill_at(shop: Bridge, acknowledged: Mapping[str, int], wanted: int) -> None:
    until(lambda: len(acknowledged) > wanted, "nothing is acknowledged")
    shop.web.kill()


def assert_stored(shop: Bridge, acknowledged: Mapping[str, int]) -> None:
    """Every acknowledged event is in the store under the id that was answered."""
    stored = {row.id: row.subject for row in shop.listed()}
    lost = {fact: event_id for fact, event_id in acknowledged.items() if event_id not in stored}
    assert lost == {}
    wrong = {
        fact for fact, at in acknowledged.items() if stored[at] != f"p{int(fact[1:]) % SUBJECTS}"
    }
    assert wrong == set()
