"""Parallel sources, repeats and kills over some people: Intercom ends with what the rule says."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.model import State
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.conftest import KINDS
from tests.rule import Fact, rule, unsure

START = 1_750_000_000
SOURCES = ("crm", "billing", "support")
PEOPLE = [f"p{number}" for number in range(11)]
MAPPING = """
source: {source}
verify:
  scheme: hmac
  secret: {secret}
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  version: =body.version
  subject: =body.who
types:
  plan: string
  seats: integer
routes:
  - on: joins
    user:
      match:
        external_id: =body.who
        {source}_id: =body.who
      set:
        name: =or_clear(body.name)
        custom_attributes:
          plan: =or_clear(body.plan)
          seats: =body.seats
      tags:
        add: =body.tag
    company:
      match:
        company_id: acme
  - on: leaves
    user:
      match:
        external_id: =body.who
        {source}_id: =body.who
      tags:
        remove: =body.tag
    company:
      match:
        company_id: acme
      detach: this
"""


@pytest.fixture(params=KINDS)
def bridge(request: pytest.FixtureRequest, make_bridge: MakeBridge, tmp_path: Path) -> Bridge:
    """Give a bridge with three sources and short leases, so that killed lanes come back soon."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    for source in SOURCES:
        text = MAPPING.format(source=source, secret=f"{source.upper()}_SECRET")
        (folder / f"{source}.yaml").write_text(text)
    made = make_bridge(request.param, mappings=folder, settings={"BRIDGE_LEASE_SECONDS": "3"})
    made.start_web()
    made.start_worker()
    return made


def story(dice: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give facts with ties and old values repeated, in no order, some of them twice."""
    for _ in range(80):
        told = {
            "id": secrets.token_hex(8),
            "type": dice.choice(["joins", "joins", "leaves"]),
            "who": dice.choice(PEOPLE),
            "at": START + dice.randrange(60),
            "version": dice.randrange(2),
            "name": dice.choice(["A", "B", "C", ""]),
            "plan": dice.choice(["free", "pro", ""]),
            "seats": dice.choice([1, 2, 3]),
            "tag": dice.choice(["vip", "trial"]),
        }
        source = dice.choice(SOURCES)
        for _ in range(dice.choice([1, 1, 2])):
            yield source, told


def facts(source: str, told: dict[str, Any], arrival: int) -> Iterator[Fact]:
    """Give what an event says, in the words of the rule."""
    when = (told["at"] * SECOND, told["version"], arrival)
    joins = told["type"] == "joins"
    said = {f"tag {told['tag']}": joins, "in acme": joins}
    if joins:
        said |= {"name": told["name"] or None, "plan": told["plan"] or None}
        said["seats"] = told["seats"]
    for field, value in said.items():
        yield Fact(source, told["who"], field, value, when)


def held(bridge: Bridge, who: str) -> dict[str, Any]:
    one = bridge.person(external_id=who)
    tags = {f"tag {name}": True for name in one.get("tags", ())}
    firms = {f"in {name}": True for name in one.get("companies", ())}
    name = {"name": one["name"]} if "name" in one else {}
    return {**name, **one.get("custom_attributes", {}), **tags, **firms}


@pytest.mark.slow
def test_parallel_sources_killed_in_the_middle_end_with_the_rule(bridge: Bridge) -> None:
    """SIGKILL twice amid the facts of three sources about eleven people: the newest word wins."""
    dice = random.Random(7)
    told = list(story(dice))
    with ThreadPoolExecutor(6) as pool:
        sent = pool.map(lambda one: bridge.send(*one), told)
        for _ in range(2):
            seen = len(bridge.calls())
            deadline = time.monotonic() + 10
            while len(bridge.calls()) < seen + 15 and time.monotonic() < deadline:
                time.sleep(0.003)
            bridge.worker.kill()
            bridge.worker = bridge.start("worker")
        ids = list(sent)
    bridge.settle(60)
    assert {row.reason for row in bridge.listed() if row.state is not State.DONE} == set()
    events = dict(zip(ids, told, strict=True))
    all_facts = [one for event_id, (source, what) in events.items() for one in
                 facts(source, what, event_id)]  # fmt: skip
    best, excepted = rule(all_facts), unsure(all_facts)
    assert len(excepted) < len(best) / 4
    assert len(bridge.people()) == len(PEOPLE)
    for who in PEOPLE:
        found = held(bridge, who)
        wanted = {name: value for (one, name), value in best.items() if one == who and value}
        names = {name for name in {*found, *wanted} if (who, name) not in excepted}
        assert {name: found.get(name) for name in names} == {
            name: wanted.get(name) for name in names
        }, who
