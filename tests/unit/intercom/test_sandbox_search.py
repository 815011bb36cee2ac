"""The sandbox's searches, limits, faults and contents."""

import pytest

from bridge.intercom.sandbox import (
    Fault,
    Rules,
    Sandbox,
    attributes,
    contacts,
    events,
    held,
    keep,
    notes,
    plant,
    search,
)
from bridge.intercom.sandbox.faults import Faults, read_fault
from bridge.intercom.sandbox.limits import Window
from bridge.intercom.sandbox.model import Refusal

NOW = (2, 16)


@pytest.fixture
def state():
    return Sandbox(clock=lambda: 1_700_000_000_000_000)


def refused(act, *args):
    with pytest.raises(Refusal) as caught:
        act(*args)
    return caught.value


def user(state, external_id="u1", **fields):
    return contacts.create(state, {"role": "user", "external_id": external_id, **fields})


# --- searches -------------------------------------------------------------------------------------


def found(state, field, operator, value):
    query = {"field": field, "operator": operator, "value": value}
    matches = search.matching(state.searchable(), query)
    return sorted(contact.external_id for contact in matches)


@pytest.mark.parametrize(
    ("field", "operator", "value", "ids"),
    [
        ("email", "=", "A@example.com", ["u1"]),
        ("email", "!=", "a@example.com", ["u2"]),
        ("email", "~", "example", ["u1", "u2"]),
        ("email", "!~", "b@", ["u1"]),
        ("email", "^", "b@", ["u2"]),
        ("email", "$", "com", ["u1", "u2"]),
        ("external_id", "IN", ["u1", "u9"], ["u1"]),
        ("external_id", "NIN", ["u1", "u9"], ["u2"]),
        ("custom_attributes.seats", ">", 5, ["u2"]),
        ("custom_attributes.seats", "<", 5, ["u1"]),
        ("created_at", ">", 1_699_999_000, []),
        ("created_at", ">", 1_699_900_000, ["u1", "u2"]),
        ("created_at", "=", 1_700_000_500, ["u1", "u2"]),
    ],
)
def test_a_search_compares_as_described(state, field, operator, value, ids):
    """Texts without regard to case, times by the day."""
    rows = [
        {"external_id": "u1", "email": "a@example.com", "custom_attributes": {"seats": 1}},
        {"external_id": "u2", "email": "b@example.com", "custom_attributes": {"seats": 9}},
    ]
    plant(state, {"contacts": rows})
    assert found(state, field, operator, value) == ids


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        {"field": "email", "operator": "LIKE", "value": "a"},
        {"field": "shoe_size", "operator": "=", "value": 1},
        {"field": "created_at", "operator": ">=", "value": 1},
        {"operator": "AND", "value": []},
        {"operator": "AND", "value": [{"field": "id", "operator": "=", "value": "x"}] * 16},
    ],
)
def test_a_query_that_cannot_be_read_is_refused(state, query):
    """With 400, as are more filters than fifteen."""
    with pytest.raises(Refusal):
        search.matching(state.searchable(), query)


def test_groups_go_two_deep(state):
    """AND and OR, one in the other, no further."""
    user(state, "u1")
    leaf = {"field": "external_id", "operator": "=", "value": "u1"}
    two = {"operator": "AND", "value": [{"operator": "OR", "value": [leaf]}]}
    assert len(search.matching(state.searchable(), two)) == 1
    with pytest.raises(Refusal):
        search.matching(state.searchable(), {"operator": "AND", "value": [two]})


def test_a_search_can_lag_behind_the_writes():
    """It sees people as they were so many seconds ago."""
    now = [1_700_000_000_000_000]
    state = Sandbox(rules=Rules(search_lag=60), clock=lambda: now[0])
    someone = user(state, "u1", email="a@example.com")
    assert found(state, "email", "=", "a@example.com") == []
    now[0] += 61_000_000
    contacts.update(state, someone.id, {"email": "b@example.com"}, NOW)
    assert found(state, "email", "=", "a@example.com") == ["u1"]
    now[0] += 61_000_000
    assert found(state, "email", "=", "b@example.com") == ["u1"]


# --- limits and faults ----------------------------------------------------------------------------


def test_the_limit_counts_in_windows_of_ten_seconds():
    """The headers tell it, the next window begins at zero."""
    window, rules = Window(), Rules(calls_per_minute=12)
    assert window.count(rules, 1003)["X-RateLimit-Remaining"] == "1"
    assert window.count(rules, 1009) == {
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1010",
    }
    refusal = refused(window.count, rules, 1009)
    assert (refusal.status, refusal.code) == (429, "rate_limit_exceeded")
    assert refusal.message == "Exceeded rate limit of 2 in 10_seconds"
    assert window.count(rules, 1010)["X-RateLimit-Remaining"] == "1"


def test_a_fault_is_met_by_its_calls_as_often_as_ordered():
    """Method and path prefix choose the calls; zero times is always."""
    faults = Faults()
    faults.add(Fault("status", times=2, method="POST", path="/contacts"))
    faults.add(Fault("delay", times=0))
    assert [f.kind for f in faults.take("GET", "/contacts")] == ["delay"]
    for _ in range(2):
        assert [f.kind for f in faults.take("POST", "/contacts")] == ["status", "delay"]
    assert [f.kind for f in faults.take("POST", "/contacts")] == ["delay"]


@pytest.mark.parametrize("order", [{}, {"kind": "earthquake"}, {"kind": "lose", "often": 3}])
def test_an_order_for_no_known_fault_is_refused(order):
    """A typing mistake does not pass for a fault that never comes."""
    with pytest.raises(ValueError, match="fault"):
        read_fault(order)


# --- contents -------------------------------------------------------------------------------------


def test_what_is_planted_is_held(state):
    """In the same words: names of tags, own ids of companies."""
    rows = {
        "companies": [{"company_id": "c1", "name": "Acme", "tags": ["big"]}],
        "contacts": [
            {
                "external_id": "u1",
                "email": "a@example.com",
                "custom_attributes": {"seats": 0, "vip": False},
                "tags": ["beta"],
                "companies": ["c1"],
            }
        ],
    }
    plant(state, rows)
    told = held(state)
    person = rows["contacts"][0] | {"role": "user"}
    assert person.items() <= told["contacts"][0].items()
    assert rows["companies"][0].items() <= told["companies"][0].items()


def test_a_field_that_is_not_there_cannot_be_planted(state):
    """A typing mistake in an example is told."""
    with pytest.raises(ValueError, match="emial"):
        plant(state, {"contacts": [{"emial": "a@example.com"}]})


def test_a_dump_is_loaded_whole(state):
    """Everything a restart must keep, and what is found by it."""
    plant(state, {"contacts": [{"external_id": "u1", "tags": ["a"], "companies": ["c1"]}]})
    someone = contacts.by_external_id(state, "u1", NOW)
    bought = {"event_name": "bought", "created_at": 1_700_000_000, "id": someone.id}
    events.submit(state, bought, NOW)
    attributes.create(state, {"name": "x", "model": "contact", "data_type": "date"})
    notes.add(state, someone.id, {"body": "Hello"})
    someone = contacts.block(state, someone.id, NOW)
    copy = Sandbox()
    keep.load(copy, keep.dump(state))
    assert keep.dump(copy) == keep.dump(state)
    assert held(copy) == held(state)
    assert contacts.by_external_id(copy, "u1", NOW) == someone
