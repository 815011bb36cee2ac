"""What is taken out of CompanyData, Companies and UpdateData."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.intercom.operations import BadParameter
from bridge.intercom.operations.fields import company_changes, contact_changes, new_company


def test_a_company_that_was_read_can_be_sent_back() -> None:
    """What Intercom never changes is left out and told; the plan is its name again."""
    answered = {
        "type": "company",
        "id": "5f0000000000000000000001",
        "company_id": "acme",
        "name": "Acme",
        "plan": {"type": "plan", "id": "1", "name": "Pro"},
        "monthly_spend": 0,
        "remote_created_at": 1,
        "user_count": 3,
        "tags": {"type": "tag.list", "tags": []},
    }
    changes, left_out = company_changes("CompanyData", answered)
    assert changes == {"name": "Acme", "plan": "Pro", "monthly_spend": 0}
    assert {"company_id", "remote_created_at", "user_count"} <= set(left_out)


def test_a_contact_that_was_read_can_be_sent_back() -> None:
    """Its times, lists and empty identifiers are no changes."""
    answered = {
        "type": "contact",
        "id": "5f0000000000000000000001",
        "role": "user",
        "email": "",
        "external_id": None,
        "name": "Ada",
        "phone": None,
        "avatar": {"type": "avatar", "image_url": "https://example.com/a.png"},
        "created_at": 1,
        "unsubscribed_from_emails": False,
        "tags": {"type": "list", "data": []},
        "companies": {"type": "list", "data": []},
    }
    changes, left_out = contact_changes("UpdateData", answered)
    assert changes == {
        "name": "Ada",
        "phone": None,
        "avatar": "https://example.com/a.png",
        "unsubscribed_from_emails": False,
    }
    assert left_out == []


def test_old_names_of_a_contacts_fields_are_understood() -> None:
    """As they were before API 2.0."""
    changes, _ = contact_changes("UpdateData", {"user_id": "u1", "created_at": 1_700_000_000})
    assert changes == {"external_id": "u1", "signed_up_at": 1_700_000_000}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"nmae": "x"}, r"UpdateData\.nmae is no field.*; name is"),
        ({"name": 5}, r"UpdateData\.name must be text"),
        ({"email": None}, r"UpdateData\.email cannot be cleared"),
        ({"role": "lead"}, r"UpdateData\.role can only be made user"),
        ({"unsubscribed_from_emails": 0}, "true or false, not a number"),
        ({"signed_up_at": "soon"}, "whole number"),
        ({"user_id": "a", "external_id": "b"}, "same as external_id"),
        ({"companies": ["acme"]}, "array of objects"),
        ({"custom_attributes": "{"}, "is not JSON"),
    ],
)
def test_a_wrong_field_of_a_contact_is_named(data: dict[str, Any], told: str) -> None:
    """With the right name where one is near."""
    with pytest.raises(BadParameter, match=told):
        contact_changes("UpdateData", data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"company_id": "a", "nmae": "x"}, "nmae is no field.*; name is"),
        ({"name": "x"}, "company_id"),
        ({"id": "5f", "name": "x"}, "must give a company_id"),
        ({"company_id": "undefined"}, "real id"),
        ({"company_id": "a", "size": "big"}, "whole number"),
    ],
)
def test_a_wrong_company_of_a_user_is_named(data: dict[str, Any], told: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BadParameter, match=told):
        new_company("Companies", data)


def test_an_unknown_key_of_a_company_is_refused() -> None:
    """Intercom would refuse the whole company for it."""
    with pytest.raises(BadParameter, match=r"CompanyData\.webiste.*; website is"):
        company_changes("CompanyData", {"webiste": "x"})
