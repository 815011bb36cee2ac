"""Records in the store: rows outlive their events, and every order of arrival ends the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening

from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping
from bridge.model import Moment, Row, State
from bridge.store import events, rows
from bridge.worker.attempt import Destination
from tests.integration.handlers.world import World, person

MAPPING = """\
source: shop
verify: {scheme: token, secret: SHOP_SECRET}
types:
  newest: string
routes:
  - on: test
    records:
      subscriptions:
        key: =body.id
        delete: body.gone
        keep:
          status: =body.status
          spend: =money(body.spend, 'eur')
    user:
      match:
        external_id: =body.user
        shop_customer: =body.customer
      set:
        name: =body.status
        custom_attributes:
          newest: =records.subscriptions[-1].key
          spend: =sum(records.subscriptions[?status == 'active'].spend)
"""
SPEND = "custom_attributes.spend"


@dataclass
class Shop:
    """A source whose customers have subscriptions, in a world."""

    world: World
    to: Destination
    customer: str = "cus_1"

    def tell(self, id_: str, at: float, spend: int = 0, status: str = "active", **more: Any) -> int:
        """Receive what is said of one subscription."""
        body = {"id": id_, "spend": spend, "status": status, "customer": self.customer, **more}
        body.setdefault("user", f"user of {self.customer}")
        return self.world.receive(
            source="shop", at=at, subject=self.customer, body=json.dumps(body).encode()
        )

    def work_off(self, event_id: int) -> list[str]:
        """Work off the lane of the event."""
        return self.world.work_off(event_id, self.to)

    def kept(self) -> dict[str, Any]:
        """Give the rows of the customer by key."""
        found = rows.of_subject(self.world.db, "shop", self.customer)
        return {row.key: row.values for row in found}

    def held(self) -> dict[str, Any]:
        """Give what Intercom holds of the customer."""
        wanted = f"user of {self.customer}"
        (found,) = [one for one in self.world.contacts() if one.get("external_id") == wanted]
        return {"name": found["name"], **found.get("custom_attributes", {})}


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    path = tmp_path / "shop.yaml"
    path.write_text(MAPPING)
    return load_mapping(path, schemes={"token": ()})


@pytest.fixture
def shop(world: World, mapping: Mapping) -> Shop:
    return Shop(world, replace(world.to, mapping_of=lambda source: mapping))


def told(key: str, at: int, values: Any = None) -> Row:
    return Row("subscriptions", key, Moment(at, 0, at), values)


# --- kept -----------------------------------------------------------------------------------------


def test_rows_outlive_their_event_and_are_read_with_later_ones(shop: Shop) -> None:
    """Also by another worker, long after."""
    shop.work_off(shop.tell("a", 10, 1250))
    shop.work_off(shop.tell("b", 20, 800))
    assert shop.held() == {"name": "active", "newest": "b", "spend": 20.5}
    shop.work_off(shop.tell("a", 30, gone=True))
    assert shop.held()["spend"] == 8
    assert shop.kept()["a"] is None


def test_events_that_are_due_together_see_each_others_rows(shop: Shop) -> None:
    """They are one call, and each keeps its own words."""
    shop.work_off(shop.tell("a", 10, 100))
    ids = [shop.tell(id_, at, 100) for id_, at in (("b", 20), ("c", 15), ("d", 40))]
    assert shop.work_off(ids[0]) == ["PUT /contacts/{id}"]
    assert shop.held() == {"name": "active", "newest": "d", "spend": 4}
    assert sorted(shop.kept()) == ["a", "b", "c", "d"]
    contact_id = shop.world.contact()["id"]
    assert shop.world.said(contact_id, SPEND)["shop"] == [1, 3, 4]


def test_a_row_is_kept_whatever_becomes_of_its_event(shop: Shop) -> None:
    """What waits for its person is counted once that is known, by whichever event comes."""
    waiting = shop.tell("a", 10, 500, user=None)
    shop.work_off(waiting)
    assert shop.world.event(waiting).state is State.WAITING
    assert sorted(shop.kept()) == ["a"]
    shop.work_off(shop.tell("b", 20, 500))
    assert shop.held()["spend"] == 10


def test_a_replay_changes_nothing(shop: Shop) -> None:
    """An old event sees the rows of all that came since."""
    first = shop.tell("a", 10, 100)
    shop.work_off(first)
    shop.work_off(shop.tell("b", 20, 100))
    events.replay(shop.world.db, first)
    assert shop.work_off(first) == []
    assert shop.held()["spend"] == 2


def test_a_dry_run_keeps_no_row(shop: Shop) -> None:
    """A replay applies it later."""
    shop.to = replace(shop.to, dry_run=True)
    shop.work_off(shop.tell("a", 10, 100))
    assert shop.kept() == {}


# --- in any order ---------------------------------------------------------------------------------

_numbers = count()
FACTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 3),
        st.sampled_from(["active", "active", "paused"]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=2,
    max_size=6,
)


@given(data=st.data(), facts=FACTS)
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_order_of_arrival_ends_the_same(data: Any, facts: list[Any], shop: Shop) -> None:
    """However late an event is, and whatever is applied together with it."""
    shop.customer = f"cus_{next(_numbers)}"
    order = data.draw(st.permutations(range(len(facts))))
    pauses = data.draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
    for at, pause in zip(order, pauses, strict=True):
        id_, spend, status, gone = facts[at]
        last = shop.tell(id_, at, spend * 100, status, gone=gone)
        if pause:
            shop.work_off(last)
    if not pauses[-1]:
        shop.work_off(last)
    newest = {id_: (at, spend, status, gone) for at, (id_, spend, status, gone) in enumerate(facts)}
    there = {id_: one for id_, one in newest.items() if not one[3]}
    held = shop.held()
    assert held["spend"] == sum(one[1] for one in there.values() if one[2] == "active")
    if there:
        assert held["newest"] == max(there, key=lambda id_: there[id_])
    assert held["name"] == facts[-1][2]


# --- the store ------------------------------------------------------------------------------------


def test_of_the_same_key_the_newest_row_stays(world: World) -> None:
    """Also where an older one is written later, and where both come at once."""
    with world.db.write() as connection:
        rows.write(connection, "shop", "cus_1", [told("a", 20, {"n": 2}), told("b", 5, {})])
        rows.write(connection, "shop", "cus_1", [told("a", 10, {"n": 1}), told("b", 5, {"n": 3})])
        rows.write(connection, "shop", "cus_1", [told("c", 9), told("c", 8, {"n": 1})])
    found = rows.of_subject(world.db, "shop", "cus_1")
    assert {row.key: row.values for row in found} == {"a": {"n": 2}, "b": {"n": 3}, "c": None}
    assert rows.of_subject(world.db, "shop", "cus_2") == []
    assert rows.of_subject(world.db, "crm", "cus_1") == []


def statements(world: World, act: Callable[[], object]) -> list[str]:
    """Give the statements that touch records while something is done."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if " records" in statement:
            seen.append(statement.split()[0])

    happening.listen(world.db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        happening.remove(world.db.engine, "before_cursor_execute", note)
    return seen


def test_events_cost_one_read_and_one_write_of_rows(shop: Shop) -> None:
    """Several that are due together cost no more."""
    shop.work_off(shop.tell("a", 10, 100))
    ids = [shop.tell(id_, 20, 100) for id_ in "bcd"]
    assert statements(shop.world, lambda: shop.work_off(ids[0])) == ["SELECT", "INSERT"]


def test_a_mapping_without_records_pays_nothing_for_them(world: World) -> None:
    """Neither a read nor a write."""
    assert statements(world, lambda: world.apply(person("user", external_id="u1"))) == []


# --- erased people --------------------------------------------------------------------------------


def test_rows_of_an_erased_person_go(shop: Shop) -> None:
    """Those of somebody else stay, and what comes late leaves none."""
    shop.customer = "cus_2"
    shop.work_off(shop.tell("x", 10, 100))
    shop.customer = "cus_1"
    shop.work_off(shop.tell("a", 10, 100))
    gone = person("contact", external_id="user of cus_1", delete="permanently")
    assert shop.world.apply(gone, source="crm", at=30).outcome.state is State.DONE
    assert shop.kept() == {}
    late = shop.tell("a", 20, 100)
    shop.work_off(late)
    assert shop.world.event(late).state is State.SKIPPED
    assert shop.kept() == {}
    shop.customer = "cus_2"
    assert sorted(shop.kept()) == ["x"]


def test_rows_go_where_their_events_are_gone_already(shop: Shop) -> None:
    """The subject is an identifier of the person: a link of theirs."""
    shop.work_off(shop.tell("a", 10, 100))
    with shop.world.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM events")
    gone = person("contact", external_id="user of cus_1", delete="permanently")
    shop.world.apply(gone, source="crm", at=30)
    assert shop.kept() == {}
