"""What an answer says Intercom holds, and what others changed there."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model import Json, Seen, Shadow, Target
from handlers.answers import (
    company_fields,
    contact_fields,
    declined,
    edits,
    marked,
    observed,
)
from handlers.truth import differing, is_empty

ADA = Target("contact", "1")


def shadow(complete: bool = True, **fields: Json) -> Shadow:
    return Shadow(ADA, {name: Seen(value, 1) for name, value in fields.items()}, 5, complete)


def contact(**fields: Any) -> dict[str, Json]:
    return contact_fields({"id": "1", "role": "user", **fields})


def test_the_fields_of_a_contact_are_flat_and_empty_ones_are_none() -> None:
    """A field that the answer lacks is empty; so is blank text; an avatar is its address."""
    fields = contact(
        email="a@example.com",
        phone="",
        avatar={"type": "avatar", "image_url": "https://example.com/a.png"},
        custom_attributes={"plan": "gold", "note": ""},
        unsubscribed_from_emails=False,
    )
    assert fields == {
        "role": "user",
        "external_id": None,
        "email": "a@example.com",
        "phone": None,
        "name": None,
        "signed_up_at": None,
        "last_seen_at": None,
        "owner_id": None,
        "unsubscribed_from_emails": False,
        "avatar": "https://example.com/a.png",
        "custom_attributes.plan": "gold",
        "custom_attributes.note": "",
    }


def test_the_external_id_that_intercom_makes_for_a_lead_is_none_of_ours() -> None:
    """It is gone when the lead becomes a user."""
    assert contact_fields({"role": "lead", "external_id": "made-up"})["external_id"] is None
    assert contact(external_id="u1")["external_id"] == "u1"


@pytest.mark.parametrize("plan", ["gold", {"type": "plan", "id": "7", "name": "gold"}])
def test_the_plan_of_a_company_is_its_name(plan: Json) -> None:
    """Sent as text, answered as an object."""
    assert company_fields({"company_id": "a", "plan": plan})["plan"] == "gold"
    assert company_fields({"company_id": "a", "plan": {}})["plan"] is None


# --- what others changed --------------------------------------------------------------------------


def test_what_differs_from_what_was_last_seen_was_changed_by_somebody_else() -> None:
    """But for the fields that the answer is to the writing of."""
    before = shadow(name="Ada", phone="1", email="a@example.com")
    fields = {"name": "Bea", "phone": "2", "email": "a@example.com"}
    assert edits(before, fields, {"phone": "2"}) == {"name": "Bea"}


def test_an_attribute_that_is_not_answered_any_more_was_cleared() -> None:
    """Tags and companies are no fields."""
    before = shadow(**{"custom_attributes.plan": "gold", "tag:vip": True, "company:1": True})
    assert edits(before, {}, {}) == {"custom_attributes.plan": None}


def test_a_field_that_was_empty_and_is_full_was_filled_by_somebody_else() -> None:
    """A complete shadow knows what is empty."""
    assert edits(shadow(), {"name": "Ada", "phone": None}, {}) == {"name": "Ada"}


def test_a_contact_never_seen_in_full_has_no_edits() -> None:
    """Nobody can say what was there before."""
    assert edits(shadow(complete=False, name="Ada"), {"name": "Bea"}, {}) == {}


def test_a_switch_turned_into_a_number_is_an_edit() -> None:
    """0 is not false."""
    assert edits(shadow(a=False), {"a": 0}, {}) == {"a": 0}


# --- what is seen ---------------------------------------------------------------------------------


def test_an_answer_replaces_what_was_known_but_for_tags_and_companies() -> None:
    """Of these an answer shows ids only."""
    before = shadow(**{"name": "Ada", "custom_attributes.old": 1, "tag:vip": True})
    after = observed(before, {"name": "Bea"}, {}, updated_at=9, at=2)
    assert {name: seen.value for name, seen in after.fields.items()} == {
        "name": "Bea",
        "tag:vip": True,
    }
    assert (after.updated_at, after.complete) == (9, True)


def test_what_was_sent_is_kept_as_long_as_the_answer_to_it_stays() -> None:
    """12.7 became 12: sending it again changes nothing, until somebody makes it 13."""
    once = observed(shadow(), {"spend": 12}, {"spend": 12.7}, 1, 1)
    assert differing(once, {"spend": 12.7}) == {}
    again = observed(once, {"spend": 12}, {}, 2, 2)
    assert differing(again, {"spend": 12.7}) == {}
    edited = observed(again, {"spend": 13}, {}, 3, 3)
    assert differing(edited, {"spend": 12.7}) == {"spend": 12.7}


def test_updated_at_never_goes_back() -> None:
    """An answer to a write may carry the time from before it."""
    assert observed(shadow(), {}, {"name": "x"}, updated_at=1, at=2).updated_at == 5


def test_what_intercom_declined_is_not_sent_again() -> None:
    """But another value is, and the field is still known to be what it was."""
    after = declined(shadow(name="Ada"), {"external_id": "u1"}, at=2)
    assert differing(after, {"external_id": "u1", "name": "Ada"}) == {}
    assert differing(after, {"external_id": "u2"}) == {"external_id": "u2"}
    assert after.get("external_id") is None


def test_a_mark_says_whether_a_tag_is_there() -> None:
    """Unknown is neither."""
    assert differing(shadow(), {"tag:vip": False}) == {"tag:vip": False}
    assert differing(marked(shadow(), "tag:vip", False, 2), {"tag:vip": False}) == {}
    assert differing(marked(shadow(), "tag:vip", False, 2), {"tag:vip": True}) == {"tag:vip": True}


# --- what differs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "wanted", "differs"),
    [
        (0, False, True),
        (False, 0, True),
        (1, 1.0, False),
        (1, True, True),
        ("1", 1, True),
        ("a", None, True),
        (None, None, False),
        (None, "", True),
        ("Ada ", "Ada", True),
    ],
)
def test_only_what_is_another_value_differs(held: Json, wanted: Json, differs: bool) -> None:
    """As JSON has values: a switch is no number."""
    assert bool(differing(shadow(field=held), {"field": wanted})) is differs


def test_an_absent_field_is_empty_only_where_all_of_the_contact_was_seen() -> None:
    """Otherwise nobody knows, and clearing it must be sent."""
    assert differing(shadow(), {"name": None}) == {}
    assert differing(shadow(complete=False), {"name": None}) == {"name": None}


@pytest.mark.parametrize(
    ("name", "value", "empty"),
    [
        ("monthly_spend", 0, True),
        ("monthly_spend", 7, False),
        ("unsubscribed_from_emails", False, True),
        ("size", 0, False),
        ("custom_attributes.monthly_spend", 0, False),
        ("name", None, True),
    ],
)
def test_what_intercom_puts_into_a_cleared_field_counts_as_empty(
    name: str, value: Json, empty: bool
) -> None:
    """Two fields cannot be empty there."""
    assert is_empty(shadow(**{name: value}), name) is empty
    assert bool(differing(shadow(**{name: value}), {name: None})) is not empty
