"""The sandbox's data attributes."""

import pytest

from bridge.intercom.sandbox import (
    Sandbox,
    attributes,
    contacts,
)
from bridge.intercom.sandbox.model import Refusal


@pytest.fixture
def state():
    return Sandbox(clock=lambda: 1_700_000_000_000_000)


def refused(act, *args):
    with pytest.raises(Refusal) as caught:
        act(*args)
    return caught.value


def user(state, external_id="u1", **fields):
    return contacts.create(state, {"role": "user", "external_id": external_id, **fields})


def test_an_attribute_name_belongs_to_one_model(state):
    """With the words of the description."""
    attributes.create(state, {"name": "Ring", "model": "company", "data_type": "string"})
    again = {"name": "Ring", "model": "contact", "data_type": "string"}
    assert refused(attributes.create, state, again).message == (
        "You already have 'Ring' in your company data. "
        "To save this as new people data, use a different name."
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b"},
        {"name": ""},
        {"model": "conversation"},
        {"data_type": "money"},
        {"data_type": "options"},
        {"data_type": "options", "options": [{"value": "one"}]},
    ],
)
def test_what_makes_no_attribute_is_refused(state, wrong):
    """Name, model, type and options each have their rule."""
    good = {"name": "plan", "model": "contact", "data_type": "string"}
    refusal = refused(attributes.create, state, good | wrong)
    assert (refusal.status, refusal.code) == (400, "parameter_invalid")


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("string", "a", 1),
        ("integer", 1, 1.5),
        ("float", 1, "1"),
        ("boolean", True, 1),
        ("date", 1_700_000_000, "2026-01-01"),
    ],
)
def test_an_attribute_takes_its_own_type_only(state, data_type, good, bad):
    """A wrong type refuses the whole contact."""
    attributes.create(state, {"name": "x", "model": "contact", "data_type": data_type})
    user(state, "u1", custom_attributes={"x": good})
    assert refused(lambda: user(state, "u2", custom_attributes={"x": bad})).status == 400


def test_an_option_must_be_one_of_the_list(state):
    """And an archived attribute takes nothing."""
    options = [{"value": "Free"}, {"value": "Paid"}]
    row = {"name": "x", "model": "contact", "data_type": "options", "options": options}
    made = attributes.create(state, row)
    user(state, "u1", custom_attributes={"x": "Free"})
    assert refused(lambda: user(state, "u2", custom_attributes={"x": "Gold"})).status == 400
    attributes.update(state, made.id, {"archived": True})
    assert refused(lambda: user(state, "u3", custom_attributes={"x": "Free"})).status == 400
