"""Signups of one's own website: a reader, a registration, a changed account."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from bridge.model import State
from tests.acceptance.product import Bridge


@pytest.fixture
def who() -> str:
    """Give a word that makes the ids and addresses of a test its own."""
    return secrets.token_hex(5)


def newsletter(who: str) -> dict[str, Any]:
    """Give a reader's subscription, before there is an account."""
    return {
        "id": f"n_{secrets.token_hex(6)}",
        "type": "newsletter.subscribed",
        "occurred_at": "2025-09-01T08:00:00.100Z",
        "user": {"email": f"{who}@read.example"},
        "form": {"name": "Footer", "utm_source": "podcast"},
    }


def registered(who: str, **user: Any) -> dict[str, Any]:
    """Give a registration with a company."""
    return {
        "id": f"r_{secrets.token_hex(6)}",
        "type": "user.registered",
        "occurred_at": "2025-09-01T08:30:00.250Z",
        "user": {
            "id": f"usr_{who}",
            "email": f"{who}@read.example",
            "first_name": "Grace",
            "last_name": "Hopper",
            "job_title": "Admiral",
            **user,
        },
        "company": {"id": f"navy-{who}", "name": "Navy", "plan": "Team", "size": 12},
        "form": {"name": "Pricing page"},
    }


def updated(who: str, at: str, **user: Any) -> dict[str, Any]:
    """Give a change of the account."""
    return {
        "id": f"u_{secrets.token_hex(6)}",
        "type": "user.updated",
        "occurred_at": at,
        "user": {"id": f"usr_{who}", "email": f"{who}@read.example", **user},
    }


def test_a_reader_becomes_a_lead(running: Bridge, who: str) -> None:
    """An address left in a form is a lead with where it came from, and no user."""
    event = running.applied("signup", newsletter(who))
    person = running.person(email=f"{who}@read.example")
    assert (event.state, person["role"], person["tags"]) == (State.DONE, "lead", ["newsletter"])
    assert person["custom_attributes"]["form_name"] == "Footer"
    assert person["custom_attributes"]["first_utm_source"] == "podcast"


def test_a_registration_becomes_a_user_in_its_company(running: Bridge, who: str) -> None:
    """A registration is one user with the site's own id, in the company."""
    event = running.applied("signup", registered(who))
    person = running.person(external_id=f"usr_{who}")
    assert (event.state, person["role"]) == (State.DONE, "user")
    assert (person["name"], person["email"]) == ("Grace Hopper", f"{who}@read.example")
    assert person["signed_up_at"] == 1_756_715_400
    assert person["companies"] == [f"navy-{who}"]


def test_a_reader_who_registers_stays_one_person(running: Bridge, who: str) -> None:
    """The lead is promoted: same contact, what the form told is kept, nobody is there twice."""
    running.applied("signup", newsletter(who))
    lead = running.person(email=f"{who}@read.example")
    running.applied("signup", registered(who))
    user = running.person(email=f"{who}@read.example")
    assert (user["id"], user["role"]) == (lead["id"], "user")
    assert user["external_id"] == f"usr_{who}"
    assert user["tags"] == ["newsletter"]
    assert user["custom_attributes"]["first_utm_source"] == "podcast"


def test_a_reader_who_proves_to_be_a_user_is_merged_into_it(running: Bridge, who: str) -> None:
    """The address of the form turns up in the account: one contact is left, with all of both."""
    running.applied("signup", newsletter(who))
    running.applied("signup", registered(who, email=f"{who}@work.example"))
    lead = running.person(email=f"{who}@read.example", role="lead")
    event = running.applied("signup", updated(who, "2025-09-02T08:00:00Z"))
    person = running.person(external_id=f"usr_{who}")
    assert (event.state, person["role"], person["tags"]) == (State.DONE, "user", ["newsletter"])
    assert person["custom_attributes"]["first_utm_source"] == "podcast"
    assert running.person(id=lead["id"])["standing"] == "merged"


def test_a_user_who_reads_the_newsletter_stays_a_user(running: Bridge, who: str) -> None:
    """A lead's form filled in by a known user changes the user and makes nobody new."""
    running.applied("signup", registered(who))
    running.applied("signup", newsletter(who))
    person = running.person(email=f"{who}@read.example")
    assert (person["role"], person["tags"]) == ("user", ["newsletter"])


def test_a_changed_account_changes_only_what_differs(running: Bridge, who: str) -> None:
    """A new title is one call with nothing but the title; a blank one clears it."""
    running.applied("signup", registered(who))
    before = len(running.calls())
    running.applied("signup", updated(who, "2025-09-02T08:00:00Z", job_title="Rear Admiral"))
    [call] = running.calls(before)
    assert call["body"] == {"custom_attributes": {"job_title": "Rear Admiral"}}
    running.applied("signup", updated(who, "2025-09-03T08:00:00Z", job_title=""))
    assert "job_title" not in running.person(external_id=f"usr_{who}")["custom_attributes"]
