"""Intercom answers late, wrongly or not at all: nothing is lost, nobody is there twice."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import State
from bridge.store import destinations, events
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge, until
from tests.conftest import KINDS

pytestmark = pytest.mark.slow

SOURCE = """
source: {source}
verify:
  scheme: hmac
  secret: {secret}
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =not_null(body.lane, body.email)
types:
  plan: string
  seats: integer
  first: string
  second: string
  third: string
  fourth: string
routes:
  - on: user
    user:
      match:
        external_id: =body.external_id
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          plan: =body.plan
          seats: =body.seats
      tags:
        add: =body.tags
    company:
      when: body.company
      match:
        company_id: =body.company
      set:
        name: =body.company
    track:
      when: body.did
      name: Did something
  - on: lead
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          first: =body.more
          second: =body.more
          third: =body.more
          fourth: =body.more
"""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Give the kinds of databases one after another."""
    return str(request.param)


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """Give a folder with two sources of the same shape."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    for source in ("shop", "forum"):
        text = SOURCE.format(source=source, secret=f"{source.upper()}_SECRET")
        (folder / f"{source}.yaml").write_text(text)
    return folder


def start(make: MakeBridge, kind: str, mappings: Path, rules: Rules, **settings: str) -> Bridge:
    bridge = make(kind, mappings=mappings, sandbox=Sandbox(rules=rules), settings=settings)
    bridge.start_web()
    bridge.start_worker()
    return bridge


def fact(email: str, kind: str = "user", **fields: Any) -> dict[str, Any]:
    """Give one thing that a source says of a person."""
    return {
        "id": secrets.token_hex(8),
        "type": kind,
        "at": 1_750_000_000,
        "email": f"{email}@trouble.example",
        "name": email,
        **fields,
    }


def settled(bridge: Bridge) -> list[str]:
    """Wait until all is done; give what is not well."""
    bridge.settle(60)
    return [f"{row.state}: {row.reason}" for row in bridge.listed() if row.state is not State.DONE]


# --- answers that never come ----------------------------------------------------------------------


@dataclass(frozen=True)
class Exactly(Fault):
    """A fault for the calls of one path alone, not of what lies below it."""

    def meets(self, method: str, path: str) -> bool:
        return (method, path) == (self.method, self.path)


LOST = {
    "lead": ("POST", "/contacts"),
    "rename": ("PUT", "/contacts/rename"),
    "tag": ("POST", "/tags"),
    "join": ("POST", "/contacts/join/companies"),
    "act": ("POST", "/events"),
}


@pytest.mark.parametrize(
    "fault",
    [Fault("lose"), Fault("status", status=503, after=True)],
    ids=["lost", "failed afterwards"],
)
def test_a_write_whose_answer_is_lost_is_done_once(
    make_bridge: MakeBridge, mappings: Path, fault: Fault
) -> None:
    """Each kind of write, cut off once: repeated without a second person, tag, edge or event."""
    bridge = start(make_bridge, "sqlite", mappings, Rules())
    planted = [{"id": name, "external_id": name} for name in ("rename", "tag", "join", "act")]
    seeds.plant(bridge.sandbox, {"contacts": planted})
    for name in ("rename", "tag", "join", "act"):
        bridge.send("shop", fact(name, external_id=name, plan="Free"))
    assert settled(bridge) == []
    for method, path in LOST.values():
        ordered = Exactly(fault.kind, 1, method, path, status=fault.status, after=fault.after)
        bridge.sandbox.faults.add(ordered)
    bridge.send("shop", fact("lead", "lead"))
    bridge.send("shop", fact("rename", external_id="rename", name="Renamed", at=1_750_000_001))
    bridge.send("shop", fact("tag", external_id="tag", tags=["vip"]))
    bridge.send("shop", fact("join", external_id="join", company="acme"))
    bridge.send("shop", fact("act", external_id="act", did=True))
    assert settled(bridge) == []
    assert bridge.sandbox.faults.listed() == []
    assert len(bridge.people()) == 5
    assert bridge.person(id="rename")["name"] == "Renamed"
    assert bridge.person(id="tag")["tags"] == ["vip"]
    assert bridge.person(id="join")["companies"] == ["acme"]
    assert len(bridge.person(id="act")["events"]) == 1
    for row in bridge.listed()[:5]:
        assert_both_tries_can_be_seen(bridge, row.id)


def assert_both_tries_can_be_seen(bridge: Bridge, event_id: int) -> None:
    first, second = events.attempts(bridge.db, event_id)
    assert (first.outcome, second.outcome) == ("retry", "done")
    assert first.calls[-1]["error"] in first.error
    assert "@trouble.example" not in json.dumps([first.calls, second.calls], default=str)


def test_a_lead_is_looked_for_until_the_search_would_show_it(
    make_bridge: MakeBridge, mappings: Path
) -> None:
    """A worker is killed before it hears that a lead was made: nobody makes it again.

    The search shows the lead 6 s later; the lane is taken up again after 3 s.
    """
    settings = {"BRIDGE_SEARCH_LAG_SECONDS": "7", "BRIDGE_LEASE_SECONDS": "3"}
    bridge = start(make_bridge, "sqlite", mappings, Rules(search_lag=6), **settings)
    bridge.sandbox.faults.add(Exactly("drip", seconds=0.5, method="POST", path="/contacts"))
    bridge.send("shop", fact("shy", "lead"))
    until(lambda: bridge.people(name="shy"), "the lead is not made")
    bridge.worker.kill()
    bridge.start_worker()
    assert settled(bridge) == []
    assert bridge.person(email="shy@trouble.example")["role"] == "lead"


@pytest.mark.parametrize("role", ["user", "lead"])
def test_a_search_that_lags_makes_nobody_twice(
    make_bridge: MakeBridge, mappings: Path, kind: str, role: str
) -> None:
    """Two sources tell of the same new people within the search's lag: one contact each."""
    bridge = start(make_bridge, kind, mappings, Rules(search_lag=60))
    for number in range(5):
        bridge.send("shop", fact(f"new{number}", role))
        bridge.send("forum", fact(f"new{number}", role, name="Later", at=1_750_000_005))
    assert settled(bridge) == []
    assert [one["name"] for one in bridge.people()] == ["Later"] * 5


# --- too many calls -------------------------------------------------------------------------------


def test_a_limit_that_is_reached_costs_nothing_but_time(
    make_bridge: MakeBridge, mappings: Path
) -> None:
    """Another app uses it up: 429 is waited out until the next window; no try is used."""
    bridge = start(make_bridge, "sqlite", mappings, Rules(calls_per_minute=180))
    other = {"Authorization": "Bearer of-another-app"}
    until(lambda: time.time() % 10 < 5, "a window with room for all of this")
    while requests.get(f"{bridge.server.url}/me", headers=other, timeout=5).ok:
        pass
    for number in range(12):
        bridge.send("shop", fact(f"many{number}", external_id=f"many{number}", plan="Free"))
    assert settled(bridge) == []
    assert len(bridge.people()) == 12
    assert 429 in {call["status"] for call in bridge.calls()}
    assert {row.tries for row in bridge.listed()} == {1}


# --- a token that is refused ----------------------------------------------------------------------


@pytest.fixture
def refusing(make_bridge: MakeBridge, kind: str, mappings: Path) -> Bridge:
    """Give a bridge that worked until Intercom began to refuse its token."""
    bridge = start(make_bridge, kind, mappings, Rules(), BRIDGE_LEASE_SECONDS="3")
    bridge.send("shop", fact("early"))
    assert settled(bridge) == []
    bridge.sandbox.faults.add(Fault("status", times=0, status=401))
    return bridge


def test_a_refused_token_pauses_and_resumes(refusing: Bridge) -> None:
    """401: receiving goes on, no try is used, no call hammers on; all is done once it works."""
    ids = [refusing.send("shop", fact(f"late{number}")) for number in range(20)]
    until(lambda: destinations.paused(refusing.db), "the destination is not paused")
    ready = requests.get(f"{refusing.url}/readyz", timeout=30).json()
    assert "paused" in ready["problems"]["intercom"]
    ids.append(refusing.send("shop", fact("later")))
    refused = sum(call["status"] == 401 for call in refusing.calls())
    assert refused <= 16 + 3
    assert {refusing.event(one).tries for one in ids} == {0}
    refusing.sandbox.faults.clear()
    assert settled(refusing) == []
    assert len(refusing.people()) == 22
    assert destinations.paused(refusing.db) is None


# --- fields that Intercom does not have -----------------------------------------------------------


def test_an_attribute_that_is_not_there_is_made(make_bridge: MakeBridge, mappings: Path) -> None:
    """A name written in the mapping is created in Intercom, once, with the type it is given."""
    bridge = start(make_bridge, "sqlite", mappings, Rules())
    for number in range(8):
        bridge.send("shop", fact(f"p{number}", plan="Team", seats=number))
    assert settled(bridge) == []
    made = [call["body"] for call in bridge.calls() if call["path"] == "/data_attributes"]
    names = sorted((body["name"], body["data_type"]) for body in made if body)
    assert names == [("plan", "string"), ("seats", "integer")]
    assert bridge.person(name="p3")["custom_attributes"] == {"plan": "Team", "seats": 3}


def test_an_attribute_that_was_taken_away_harms_only_itself(
    make_bridge: MakeBridge, mappings: Path
) -> None:
    """One that was archived since it was known is left out with a remark; the rest are written."""
    bridge = start(make_bridge, "sqlite", mappings, Rules())
    bridge.applied("shop", fact("known", plan="Team"))
    with bridge.sandbox.lock:
        rows = bridge.sandbox.attributes.values()
        [gone] = [row for row in rows if row.name == "plan" and row.custom]
        bridge.sandbox.attributes[gone.id] = replace(gone, archived=True)
    event = bridge.applied("shop", fact("next", plan="Team", seats=4))
    assert event.state is State.DONE
    assert any("plan left out" in note for note in event.notes)
    assert bridge.person(name="next")["custom_attributes"] == {"seats": 4}


# --- a slow Intercom ------------------------------------------------------------------------------


def test_slow_answers_do_not_let_another_lane_in(make_bridge: MakeBridge, mappings: Path) -> None:
    """Work on a person that takes longer than the lease stays the only work on that person."""
    bridge = start(make_bridge, "postgres", mappings, Rules(), BRIDGE_LEASE_SECONDS="3")
    bridge.sandbox.faults.add(Fault("delay", times=0, seconds=0.8))
    bridge.send("shop", fact("slow", "lead", more="x"))
    bridge.send("forum", fact("slow", "lead", more="x"))
    assert settled(bridge) == []
    bridge.person(email="slow@trouble.example")
