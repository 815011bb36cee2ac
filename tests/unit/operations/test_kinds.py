"""How each kind of parameter is read, and refused."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.intercom.operations import OPERATIONS, BadParameter, kinds
from bridge.intercom.operations.kinds import Kind
from bridge.intercom.operations.pages import following, gather


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (kinds.ID, " acme ", "acme"),
        (kinds.ID, 4711, "4711"),
        (kinds.TEXT, " Ada ", "Ada"),
        (kinds.EMAIL_ADDRESS, " Ada@Example.COM ", "ada@example.com"),
        (kinds.MOMENT, "1700000000", 1_700_000_000),
        (kinds.MOMENT, 0, 0),
        (kinds.PAGE_SIZE, "150", 150),
        (kinds.OBJECT, '{"vip": false, "seats": 0}', {"vip": False, "seats": 0}),
        (kinds.OBJECT, {"vip": False}, {"vip": False}),
        (kinds.OBJECTS, '[{"a": 1}]', [{"a": 1}]),
        (kinds.OBJECTS, {"a": 1}, [{"a": 1}]),
        (kinds.NAMES, '["VIP", "beta", "vip"]', ["VIP", "beta"]),
        (kinds.IDS, "one", ["one"]),
        (kinds.IDS, '["one", 2, "one"]', ["one", "2"]),
        (kinds.IDS, '{"id": "one", "user_id": "two"}', ["one"]),
        (kinds.IDS, [{"user_id": "one"}, {"UserId": "two"}], ["one", "two"]),
        (kinds.IDS, {"users": [{"id": "one"}, "two"]}, ["one", "two"]),
    ],
)
def test_what_is_allowed_is_read(kind: Kind, given: Any, read: Any) -> None:
    """JSON as text or as itself; false and 0 stay what they are."""
    assert kind.read(given) == read


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        *((kinds.ID, word, "real id") for word in ("undefined", "NULL", "0", 0, "None", "NaN")),
        (kinds.ID, True, "must be text, not true or false"),
        (kinds.ID, ["a"], "must be text, not a list"),
        (kinds.ID, "..", "id"),
        (kinds.ID, "x" * 256, "at most 255"),
        (kinds.ID, "a\x00b", "NUL"),
        (kinds.TEXT, "\ud800", "surrogate"),
        (kinds.TEXT, 5, "not a number"),
        (kinds.EMAIL_ADDRESS, "ada", "e-mail address"),
        (kinds.MOMENT, 1_700_000_000_000, "milliseconds"),
        (kinds.MOMENT, -1, "Unix seconds"),
        (kinds.MOMENT, True, "whole number, not true or false"),
        (kinds.MOMENT, 1.5, "whole number"),
        (kinds.PAGE_SIZE, 151, "1 to 150"),
        (kinds.PAGE_SIZE, 0, "1 to 150"),
        (kinds.OBJECT, "{plan: x}", "is not JSON"),
        (kinds.OBJECT, "[1]", "not a list"),
        (kinds.OBJECT, "null", "not null"),
        (kinds.OBJECT, '{"a": NaN}', "NaN"),
        (kinds.OBJECT, '{"a": 1e999}', "too large"),
        (kinds.OBJECT, '{"a": 1, "a": 2}', "twice"),
        (kinds.OBJECT, '{"a": "\\ud800"}', "surrogate"),
        (kinds.OBJECT, "[" * 100_000, "nested too deep"),
        (kinds.OBJECTS, '["acme"]', "array of objects"),
        (kinds.NAMES, "vip", "is not JSON"),
        (kinds.NAMES, [" "], "blank"),
        (kinds.NAMES, [1], "must be text"),
        (kinds.IDS, [], "at least one"),
        (kinds.IDS, ["a", "undefined"], "real id"),
        (kinds.IDS, {"name": "x"}, "user_id"),
        (kinds.IDS, ["a", " "], "blank"),
    ],
)
def test_what_is_not_allowed_is_refused_in_words(kind: Kind, given: Any, told: str) -> None:
    """The words say what is allowed."""
    with pytest.raises(ValueError, match=told):
        kind.read(given)


def test_blank_and_null_are_the_same_as_none() -> None:
    """Workflow tools send "" for an empty field; only a cursor means something by it."""
    by_name = {one.seed: one for one in OPERATIONS["lead", "get-many"].parameters}
    assert by_name["PerPage"].read("") is None
    assert by_name["PerPage"].read(None) is None
    assert by_name["StartingAfter"].read(None) is None
    assert by_name["StartingAfter"].read("") == ""


@pytest.mark.parametrize("given", [None, "", "  "])
def test_a_missing_parameter_is_named(given: Any) -> None:
    """With what it is for."""
    [parameter] = OPERATIONS["company", "get"].parameters
    with pytest.raises(BadParameter, match=r"CompanyId is missing.*company"):
        parameter.read(given)


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "cursor"),
    [
        (None, ""),
        ({"starting_after": "abc", "per_page": 50}, "abc"),
        ({"page": 2}, "2"),
        ("https://api.intercom.io/companies/list?page=3&per_page=50", "3"),
        ("https://api.intercom.io/x?starting_after=abc%3D", "abc="),
    ],
)
def test_the_next_page_is_found_however_it_is_told(told: Any, cursor: str) -> None:
    """Intercom gives an object, an address, or null."""
    assert following({"pages": {"next": told}}) == cursor


def test_pages_that_go_in_a_circle_end() -> None:
    """Else one would ask for ever."""
    asked: list[str] = []

    def page(cursor: str) -> dict[str, Any]:
        asked.append(cursor)
        return {"data": [{}], "pages": {"next": {"starting_after": "same"}}}

    with pytest.raises(Exception, match="lead back"):
        gather(page, None)
    assert asked == ["", "same"]
