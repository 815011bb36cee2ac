"""Bursts: what several events say of one person within a moment costs Intercom one call."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.intercom.sandbox import Fault, Rules, Sandbox
from bridge.model import State
from bridge.store import events
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.acceptance.test_one_event import customer, subscription
from tests.conftest import KINDS

FOLD = 1.0
ONCE = ("/data_attributes", "/me")


@pytest.fixture(scope="module", params=KINDS)
def folding(request: pytest.FixtureRequest, make_shared: MakeBridge) -> Bridge:
    """Give a running bridge that folds, over a workspace whose search lags two minutes behind."""
    bridge = make_shared(
        request.param,
        sandbox=Sandbox(rules=Rules(search_lag=120)),
        settings={"BRIDGE_FOLD_SECONDS": str(FOLD)},
    )
    bridge.start_web()
    bridge.start_worker()
    return bridge


@pytest.fixture
def who(folding: Bridge) -> str:
    """Give the name of a customer who is known."""
    name = secrets.token_hex(5)
    assert folding.applied("stripe", customer(name)).state is State.DONE
    return name


def burst(who: str) -> list[dict[str, Any]]:
    """Give what Stripe sends when a customer subscribes and changes the name, twice."""
    changes = [customer(who, name=f"Ada {number}") for number in range(3)]
    for number, one in enumerate(changes):
        one |= {"type": "customer.updated", "created": 1_700_000_003 + number}
    bought = subscription(who)
    renewed = subscription(who) | {"type": "customer.subscription.updated"}
    return [changes[2], bought, changes[0], renewed | {"created": 1_700_000_009}, changes[1]]


def made(bridge: Bridge, since: int) -> list[str]:
    """Give the calls after the first `since`, those made once per process excluded."""
    calls = (one for one in bridge.calls(since) if one["path"] not in ONCE)
    return [one["method"] for one in calls if one["path"] != "/events"]


def send(bridge: Bridge, payloads: list[dict[str, Any]]) -> list[int]:
    """Send payloads at once; give their events, once they are worked off."""
    ids = [bridge.send("stripe", one) for one in payloads]
    bridge.settle()
    return ids


def test_a_burst_of_a_known_customer_costs_one_call(folding: Bridge, who: str) -> None:
    """Whatever the order of arrival, Intercom gets the newest of everything, once."""
    send(folding, [subscription(who)])  # the attributes are made
    before = len(folding.calls())
    ids = send(folding, burst(who))
    assert made(folding, before) == ["PUT"]
    person = folding.person(email=f"{who}@me.example")
    assert person["name"] == "Ada 2"
    assert person["custom_attributes"]["stripe_plan"] == "Team"
    assert len(person["events"]) == 1
    assert {folding.event(one).state for one in ids} == {State.DONE}


def test_each_event_shows_with_which_it_was_applied(folding: Bridge, who: str) -> None:
    """`bridge events show` names the event that has the calls."""
    first, *rest = send(folding, burst(who))
    shown = [_show(folding, one) for one in (first, rest[-1])]
    assert shown[0]["attempts"][0]["calls"]
    told = shown[1]["attempts"][0]
    assert (told["calls"], told["folded_into"], told["outcome"]) == ([], first, "done")


def _show(bridge: Bridge, event_id: int) -> Any:
    command = [sys.executable, "-m", "bridge", "events", "show", str(event_id), "--json"]
    done = subprocess.run(
        command, env=bridge.environment, cwd=bridge.folder, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_a_burst_that_meets_a_fault_is_applied_whole(folding: Bridge, who: str) -> None:
    """The answer is lost: all of it comes again, nothing is lost, nobody is there twice."""
    folding.sandbox.faults.add(Fault("lose", method="PUT", path="/contacts"))
    ids = send(folding, burst(who))
    person = folding.person(email=f"{who}@me.example")
    assert (person["name"], len(person["events"])) == ("Ada 2", 1)
    assert {folding.event(one).state for one in ids} == {State.DONE}


def test_a_burst_of_somebody_new_makes_one_person(folding: Bridge) -> None:
    """The first event makes the person, whom no search shows yet; the rest is one call."""
    name = secrets.token_hex(5)
    before = len(folding.calls())
    ids = send(folding, [customer(name), *burst(name)])
    assert made(folding, before).count("PUT") == 1
    assert folding.person(email=f"{name}@me.example")["name"] == "Ada 2"
    assert {folding.event(one).state for one in ids} == {State.DONE}


def test_one_event_waits_as_long_as_told_and_no_longer(folding: Bridge, who: str) -> None:
    """Without others to come, folding costs its own seconds and the worker's look at the clock."""
    event_id = send(folding, [customer(who, name="Eve")])[0]
    (attempt,) = events.attempts(folding.db, event_id)
    waited = (attempt.started_at - folding.event(event_id).received_at) / SECOND
    assert FOLD <= waited < FOLD + 1.5
