"""What examples say is really compared."""

from __future__ import annotations

import pytest

from bridge.app.comparison import compare_calls, compare_holdings, counts, lacking
from bridge.mapping.example import ExpectedCall, Holdings
from bridge.model import Json

HELD = {
    "contacts": [
        {"id": "a", "name": "Ann", "tags": ["x"], "events": [{"name": "Paid", "metadata": {}}]},
        {"id": "b", "name": "Bob", "email": "bob@example.com"},
    ],
    "companies": [],
    "tags": ["x"],
}


@pytest.mark.parametrize(
    ("whole", "part", "told"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["it a: expected 2, it is 1"]),
        ({"a": 1}, {"b": None}, []),
        ({"a": 1}, {"a": None}, ["it a: expected None, it is 1"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["it a b: expected 2, it is 1"]),
        ([1, 2], [2], []),
        ([1, 2], [3], ["it: expected 3 in 1, 2"]),
    ],
)
def test_what_is_lacking_is_told_with_its_place(whole: Json, part: Json, told: list[str]) -> None:
    """Only what the example names counts."""
    assert list(lacking(whole, part, "it")) == told


def test_holdings_are_compared_with_the_likest() -> None:
    """One reads what is different about the right person, not the whole workspace."""
    wanted = Holdings(contacts=({"email": "bob@example.com", "name": "Rob"},))
    assert list(compare_holdings(wanted, HELD)) == ["contacts name: expected 'Rob', it is 'Bob'"]


def test_what_is_not_there_at_all_is_told() -> None:
    """Companies, tags and data events too."""
    wanted = Holdings(companies=({"name": "X"},), tags=("y",), events=({"event_name": "Left"},))
    assert list(compare_holdings(wanted, HELD)) == [
        "companies: there is none, expected {'name': 'X'}",
        "events event_name: expected 'Left', it is 'Paid'",
        "tags: 'y' is not there (there are: x)",
    ]


def test_calls_are_compared_in_order_without_ids() -> None:
    """A missing, additional or swapped call is a difference."""
    made = [
        {"method": "PUT", "path": f"/contacts/{'a' * 24}", "body": {"name": "Ann"}},
        {"method": "POST", "path": "/events", "body": {}},
    ]
    put, post = ExpectedCall("PUT", "/contacts/{id}"), ExpectedCall("POST", "/events")
    assert list(compare_calls([put, post], made)) == []
    assert len(list(compare_calls([post, put], made))) == 1
    assert len(list(compare_calls([put], made))) == 1
    named = ExpectedCall("PUT", "/contacts/{id}", {"name": "Bob"})
    assert list(compare_calls([named, post], made)) == [
        "PUT /contacts/{id} name: expected 'Bob', it is 'Ann'"
    ]


def test_reading_the_registry_is_no_call_of_an_event() -> None:
    """Start-up reads come once, with whichever event is first."""
    assert not counts({"method": "GET", "path": "/data_attributes"})
    assert counts({"method": "POST", "path": "/contacts"})
