"""Custom attributes that the payload names: names, types, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.mapping.mapping import Mapping
from bridge.mapping.naming import cleaned, named
from bridge.model import Mapped, PersonChange, Policy

ROUTE = """\
routes:
  - user:
      match: {email: =body.email}
      payload_attributes: {at_most: 50}
      set:
        name: =body.name
        custom_attributes: =flatten(omit(body.traits, ['email']), '_')
"""

Apply = Callable[..., Mapped]
Load = Callable[..., Mapping]


@pytest.fixture
def person(load: Load, apply: Apply) -> Callable[..., PersonChange]:
    """Give the Change of a person with these traits."""

    def changed(traits: Any, more: str = "", route: str = ROUTE) -> PersonChange:
        mapped = apply(load(more + route), {"email": "a@b.co", "name": "Ada", "traits": traits})
        return mapped.people[0]

    return changed


def test_one_expression_gives_all_attributes(person: Callable[..., PersonChange]) -> None:
    """Each with the type of its value, beside what the mapping names; the cap goes along."""
    change = person({"email": "x", "plan": "pro", "seats": 3, "address": {"city": "Ulm"}})
    assert change.set == {
        "name": "Ada",
        "custom_attributes.plan": "pro",
        "custom_attributes.seats": 3,
        "custom_attributes.address_city": "Ulm",
    }
    assert change.types["custom_attributes.seats"] == "integer"
    assert change.payload_named == set(change.set) - {"name"}
    assert change.policy == Policy(payload_attributes=50)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("a", "x", "string"),
        ("a", True, "boolean"),
        ("a", 3, "integer"),
        ("a", 3.5, "float"),
        ("ended_at", 1_700_000_000, "date"),
        ("ended_at", 1_700_000_000_000, "date"),
        ("failed_at", 3, "integer"),
        ("ended_at", "2026-01-01", "string"),
        ("ended_at", True, "boolean"),
    ],
)
def test_a_value_tells_its_type(name: str, value: Any, kind: str) -> None:
    """Text stays text whatever it looks like, for types never change at Intercom."""
    assert named({name: value}, {}).types == {f"custom_attributes.{name}": kind}


def test_a_declared_type_counts_more_than_the_value(
    person: Callable[..., PersonChange],
) -> None:
    """`types` may tell what a payload's name is; what does not fit it is left out."""
    types = "types: {seats: float, ended_at: date, size: integer}\n"
    change = person({"seats": 3, "ended_at": "2026-01-01", "size": "big"}, types)
    assert change.set.keys() - {"name"} == {
        *("custom_attributes.seats", "custom_attributes.ended_at")
    }
    assert change.set["custom_attributes.ended_at"] == 1_767_225_600
    assert change.types["custom_attributes.seats"] == "float"


def test_what_a_declared_type_takes_from_a_value_is_told() -> None:
    """A whole number loses what is behind the point."""
    found = named({"seats": 3.5}, {"seats": "integer"})
    assert found.fields == {"custom_attributes.seats": 4}
    assert list(found.remarks) == [
        "`seats`: 3.5 was rounded to 4: Intercom keeps a whole number",
    ]


def test_an_amount_is_a_float(person: Callable[..., PersonChange]) -> None:
    """The first may be without cents, the next one not."""
    told = "=flatten(omit(body.traits, ['email']), '_')"
    route = ROUTE.replace(told, "\"={spent: money(`500`, 'eur')}\"")
    assert person({}, route=route).types == {"custom_attributes.spent": "float"}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("plan", "plan"),
        (" plan ", "plan"),
        ("a.b/c", "a_b_c"),
        ("Größe in €", "Größe in €"),
        ("!?", ""),
        ("", ""),
        ("\x00\ud800", ""),
        ("x" * 190, "x" * 190),
        ("x" * 191, ""),
    ],
)
def test_a_name_becomes_one_that_intercom_takes_or_none(name: str, own: str) -> None:
    """Letters, digits, spaces within, `_`, `-` and signs of currencies, 190 at most."""
    assert cleaned(name) == own


def test_blank_values_are_left_alone_and_odd_ones_told(load: Load, apply: Apply) -> None:
    """One remark for each reason, with all its names."""
    route = ROUTE.replace("flatten(omit(body.traits, ['email']), '_')", "body.traits")
    traits = {"a": None, "b": " ", "c": [1], "d": {"e": 1}, "!": 1, "x.y": 1, "x_y": 2, "z": 10**30}
    mapped = apply(load(route), {"email": "a@b.co", "traits": traits})
    assert mapped.people[0].set == {"custom_attributes.x_y": 2}
    assert sorted(one.split(": ", 1)[1] for one in mapped.warnings) == [
        "`!` left out: Intercom takes letters, digits, spaces, `_` and `-` in a name",
        "`c`, `d` left out: a list or an object is no value of an attribute",
        "`x.y` left out: another name comes to `x_y` too",
        "`z` left out: it is too large a number",
    ]


def test_a_field_of_intercoms_own_gets_no_namesake(load: Load, apply: Apply) -> None:
    """A second `email` or `name` beside Intercom's would only confuse."""
    route = ROUTE.replace("flatten(omit(body.traits, ['email']), '_')", "body.traits")
    traits = {"email": "a@b.co", "name": "Ada", "size": 3}
    mapped = apply(load(route), {"email": "a@b.co", "traits": traits})
    assert mapped.people[0].set == {"custom_attributes.size": 3}
    [told] = mapped.warnings
    assert "`email`, `name` left out: it is a field of Intercom's own" in told


def test_the_order_of_keys_changes_nothing() -> None:
    """Neither which of two alike names wins nor which are one too many."""
    told = {f"n{number}": number for number in range(300)} | {"n 0": 1, "n_0": 2, "n/0": 3}
    turned = dict(reversed(told.items()))
    assert named(told, {}) == named(turned, {})
    assert len(named(told, {}).fields) == 250
    [too_many] = [one for one in named(told, {}).remarks if "keeps 250" in one]
    assert "and 4" in too_many


@pytest.mark.parametrize(("traits", "warns"), [("text", 1), ([1], 1), (None, 0), ({}, 0)])
def test_what_is_no_object_writes_nothing(
    load: Load, apply: Apply, traits: Any, warns: int
) -> None:
    """And says so, unless it is missing."""
    route = ROUTE.replace("flatten(omit(body.traits, ['email']), '_')", "body.traits")
    mapped = apply(load(route), {"email": "a@b.co", "traits": traits})
    assert (mapped.people[0].set, len(mapped.warnings)) == ({}, warns)


def test_a_name_the_mapping_writes_too_is_the_mappings(
    person: Callable[..., PersonChange],
) -> None:
    """`attributes` and not `payload_attributes` says what becomes of it."""
    once = "      set_once:\n        custom_attributes:\n          plan: =text(body.name)\n"
    change = person({"plan": "pro", "size": 1}, route=ROUTE + once)
    assert change.set_once == {"custom_attributes.plan": "Ada"}
    assert change.payload_named == {"custom_attributes.size"}
    assert change.types["custom_attributes.plan"] == "string"


def test_companies_take_attributes_from_payloads_too(load: Load, apply: Apply) -> None:
    """In `set_once` as well as in `set`."""
    mapping = load(
        "defaults: {payload_attributes: {at_most: 7}}\n"
        "routes:\n  - company:\n      match: {company_id: =body.id}\n"
        "      set_once:\n        custom_attributes: =body.traits\n"
    )
    (company,) = apply(mapping, {"id": "acme", "traits": {"tier": "gold"}}).companies
    assert company.set_once == {"custom_attributes.tier": "gold"}
    assert company.payload_named == {"custom_attributes.tier"}
    assert company.policy.payload_attributes == 7
