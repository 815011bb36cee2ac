"""Custom attributes in a live workspace: missing, archived, taken, and named by payloads."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import State
from bridge.store import events
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.conftest import KINDS

pytestmark = pytest.mark.slow

SHOP = """
source: shop
verify: {scheme: hmac, secret: SHOP_SECRET, header: X-Signature}
event:
  id: =body.id
  type: =body.type
types: {seats: integer, tier: string, size: string, vat: string}
routes:
  - on: plain
    user:
      match: {external_id: =body.user}
      set:
        name: =body.name
        custom_attributes:
          seats: =body.seats
          tier: =body.tier
  - on: strict
    user:
      match: {external_id: =body.user}
      attributes: park
      set:
        custom_attributes:
          vat: =body.vat
  - on: traits
    user:
      match: {external_id: =body.user}
      payload_attributes: {at_most: 5}
      set:
        name: =body.name
        custom_attributes: =flatten(body.traits, '_')
  - on: company
    company:
      match: {company_id: =body.company}
      set:
        name: =body.name
        custom_attributes:
          size: =body.size
"""


@pytest.fixture(scope="module", params=KINDS)
def shop(
    request: pytest.FixtureRequest,
    make_shared: MakeBridge,
    tmp_path_factory: pytest.TempPathFactory,
) -> Bridge:
    """Give a bridge with two workers, before an Intercom whose search lags two minutes."""
    folder: Path = tmp_path_factory.mktemp("mappings")
    (folder / "shop.yaml").write_text(SHOP)
    sandbox = Sandbox(rules=Rules(search_lag=120))
    bridge = make_shared(request.param, mappings=folder, sandbox=sandbox)
    bridge.start_web()
    bridge.start_worker()
    bridge.start_worker()
    return bridge


def fact(kind: str, **fields: Any) -> dict[str, Any]:
    """Give one event of somebody new, unless it says of whom."""
    return {"id": secrets.token_hex(8), "type": kind, "user": secrets.token_hex(5), **fields}


def created(bridge: Bridge, since: int = 0) -> list[str]:
    """Give the names of attributes that Intercom was asked to create, and did."""
    return [
        call["body"]["name"]
        for call in bridge.calls(since)
        if (call["method"], call["path"], call["status"]) == ("POST", "/data_attributes", 200)
    ]


def held(bridge: Bridge, user: str) -> dict[str, Any]:
    """Give the custom attributes that Intercom holds of a user."""
    attributes: dict[str, Any] = bridge.person(external_id=user)["custom_attributes"]
    return attributes


def test_a_missing_attribute_is_made_once_by_many(shop: Bridge) -> None:
    """Two workers meet it in a burst: it gets the type that the mapping tells."""
    facts = [fact("plain", name="A", seats=number, tier="gold") for number in range(12)]
    for one in facts:
        shop.send("shop", one)
    shop.settle(60)
    assert {held(shop, one["user"])["seats"] for one in facts} == set(range(12))
    names = [(one["name"], one["data_type"]) for one in seeds.held(shop.sandbox)["attributes"]]
    assert sorted(names) == [("seats", "integer"), ("tier", "string")]


def test_an_attribute_archived_meanwhile_costs_one_reading_and_harms_only_itself(
    shop: Bridge,
) -> None:
    """Each of the two workers is refused once at most, reads again, and leaves it out."""
    shop.applied("shop", fact("plain", name="B", seats=1, tier="gold"))
    flip(shop, "tier", archived=True)
    before = len(shop.calls())
    for _ in range(4):
        one = fact("plain", name="C", seats=2, tier="silver")
        event = shop.applied("shop", one)
        assert event.state is State.DONE
        assert [note for note in event.notes if "tier left out" in note]
        assert held(shop, one["user"]) == {"seats": 2}
    since = shop.calls(before)
    assert 1 <= sum(call["status"] == 400 for call in since) <= 2
    assert 1 <= sum(call["path"] == "/data_attributes" for call in since) <= 2
    flip(shop, "tier", archived=False)
    events.replay(shop.db, event.id)
    shop.settle()
    assert held(shop, one["user"]) == {"seats": 2, "tier": "silver"}


def flip(bridge: Bridge, name: str, **changed: Any) -> None:
    """Change an attribute as an admin would."""
    with bridge.sandbox.lock:
        for key, one in list(bridge.sandbox.attributes.items()):
            if one.name == name and one.custom:
                bridge.sandbox.attributes[key] = replace(one, **changed)


def test_a_name_that_people_have_is_left_out_of_a_company(shop: Bridge) -> None:
    """The remark says what to rename; the company is there with all else."""
    seeds.plant(
        shop.sandbox,
        {"attributes": [{"model": "contact", "name": "size", "data_type": "string"}]},
    )
    event = shop.applied("shop", fact("company", company="acme", name="Acme", size="L"))
    assert event.state is State.DONE
    [note] = [note for note in event.notes if "size left out" in note]
    assert "people have an attribute 'size' already" in note
    assert "give it another name in the mapping" in note
    [company] = seeds.held(shop.sandbox)["companies"]
    assert (company["name"], "custom_attributes" in company) == ("Acme", False)


def test_payloads_bring_no_more_names_than_allowed_whoever_meets_them(shop: Bridge) -> None:
    """Forty names in a burst, two workers with many threads: five are made, all events are done."""
    before = len(shop.calls())
    facts = [
        fact("traits", name=f"T{number}", traits={f"t{number}": number}) for number in range(40)
    ]
    ids = [shop.send("shop", one) for one in facts]
    shop.settle(60)
    made = created(shop, before)
    assert len(made) == 5
    rows = [shop.event(one) for one in ids]
    assert {row.state for row in rows} == {State.DONE}
    left_out = [row for row in rows if any("the 5 allowed" in note for note in row.notes)]
    assert len(left_out) == 35
    known = made[0]
    again = fact("traits", name="late", traits={known: 1, "new": {"er": 1}})
    shop.applied("shop", again)
    assert held(shop, again["user"]) == {known: 1}


def test_a_parked_event_is_applied_once_the_attribute_is_made(shop: Bridge) -> None:
    """`bridge attributes --create`, then a replay, at once and not when the registry is old."""
    one = fact("strict", vat="DE1")
    event = shop.applied("shop", one)
    assert event.state is State.PARKED
    assert "no contact attribute 'vat'" in event.reason
    shop.start("attributes", "--create", "--yes").popen.wait(30)
    events.replay(shop.db, event.id)
    shop.settle()
    assert shop.event(event.id).state is State.DONE
    assert held(shop, one["user"]) == {"vat": "DE1"}
