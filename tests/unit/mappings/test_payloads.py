"""What Stripe really sends, read and mapped: captured and documented bodies that we did not make.

The bodies are not part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Identifier, Json, Mapped

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads" / "stripe"
CUSTOMER = Identifier("stripe_customer", "cus_NSPHp4fOlXGw8P")
EMAIL = Identifier("email", "hook@me.com")

Make = Callable[[str, Json], tuple[Any, Mapped]]


def body_of(name: str) -> Json:
    path = PAYLOADS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the captured payloads are not here: {path}")
    return json.loads(path.read_bytes())


def attributes(values: dict[str, Json]) -> dict[str, Json]:
    return {f"custom_attributes.{name}": value for name, value in values.items()}


@pytest.fixture
def mapped(make: Make) -> Callable[[str], Mapped]:
    """Give a function that maps a captured payload and refuses any warning."""

    def mapped(name: str) -> Mapped:
        event, mapped = make("stripe", body_of(name))
        assert event.problem is None
        assert event.notes == ()
        assert mapped.warnings == ()
        return mapped

    return mapped


def test_every_captured_payload_is_read_as_what_it_is(make: Make) -> None:
    """Id, type, time and subject come from Stripe, and all of these are test events."""
    names = [path.stem for path in sorted(PAYLOADS.glob("*.json")) if ".headers" not in path.name]
    for name in names or ["customer.created"]:
        body = body_of(name)
        event, _ = make("stripe", body)
        customer = body["data"]["object"]
        assert event.key == body["id"]
        assert event.type == body["type"]
        assert event.time == body["created"] * 1_000_000
        assert event.subject == customer.get("customer", customer["id"])
        assert not body["livemode"]


def test_a_created_customer_is_a_user_known_by_link_and_address(
    mapped: Callable[[str], Mapped],
) -> None:
    """Of a customer without currency no balance is told."""
    [user] = mapped("customer.created").people
    assert user.kind == "user"
    assert user.match == (CUSTOMER, EMAIL)
    assert user.set == {
        "name": "Martin",
        **attributes({"stripe_id": "cus_NSPHp4fOlXGw8P", "stripe_delinquent": False}),
    }
    assert user.set_once == {
        "signed_up_at": 1677833998,
        **attributes({"customer_since": 1677833998}),
    }
    assert user.policy.missing.action == "create"


def test_an_updated_customer_tells_currency_and_balance(
    mapped: Callable[[str], Mapped],
) -> None:
    """A balance of 0 is a value, not a gap."""
    [user] = mapped("customer.updated").people
    assert user.match == (CUSTOMER, EMAIL)
    assert user.set["custom_attributes.stripe_currency"] == "USD"
    assert user.set["custom_attributes.stripe_account_balance"] == 0


def test_a_checkout_is_told_of_the_person_who_paid(mapped: Callable[[str], Mapped]) -> None:
    """Link and address of the customer, and the amount with its currency."""
    told = mapped("checkout.session.completed")
    [user], [track] = told.people, told.tracks
    assert user.match == (CUSTOMER, EMAIL)
    assert user.set == attributes({"stripe_id": "cus_NSPHp4fOlXGw8P"})
    assert user.set_once == {"name": "Martin"}
    assert track.name == "Checkout completed"
    assert track.metadata == {
        "amount": {"amount": 0, "currency": "usd"},
        "mode": "subscription",
        "payment_status": "paid",
    }


def test_a_trial_of_an_older_api_version_has_its_period_on_the_subscription(
    mapped: Callable[[str], Mapped],
) -> None:
    """Ten seats at 7.00 a month, on trial; it waits for its customer."""
    told = mapped("customer.subscription.created")
    [user], [track] = told.people, told.tracks
    assert user.match == (
        Identifier("stripe_subscription", "sub_1MhUZrE0b6fckueSZfQ2Ytz6"),
        Identifier("stripe_customer", "cus_NSPOMxl5eL01qM"),
    )
    assert (user.policy.missing.action, user.policy.missing.wait) == ("wait", 72 * 3600)
    assert user.set == attributes(
        {
            "stripe_subscription_id": "sub_1MhUZrE0b6fckueSZfQ2Ytz6",
            "stripe_subscription_status": "Trialing",
            "stripe_subscriptions": 1,
            "stripe_mrr": 0,
            "stripe_activated_at": 1677834419,
            "stripe_plan": "price_1M3wjkE0b6fckueSKPgfRMSG",
            "stripe_plan_id": "price_1M3wjkE0b6fckueSKPgfRMSG",
            "stripe_plan_price": 7,
            "stripe_plan_interval": "monthly",
            "stripe_quantity": 10,
            "stripe_subscription_period_start": 1677834419,
            "stripe_next_renewal_date": 1680426419,
            "stripe_trial_end": 1680426419,
            "stripe_cancel_at_period_end": False,
            "stripe_cancel_at": None,
            "stripe_canceled_at": None,
            "stripe_ended_at": None,
            "stripe_cancel_reason": None,
        }
    )
    assert track.name == "Subscription started"
    assert track.time == 1677834419 * 1_000_000
    assert track.metadata["price"] == {"amount": 700, "currency": "usd"}


def test_a_trial_of_a_newer_api_version_has_its_period_on_the_item(
    mapped: Callable[[str], Mapped],
) -> None:
    """That subscription also ends, so no renewal is told."""
    told = mapped("customer.subscription.trial_will_end.composed")
    [user], [track] = told.people, told.tracks
    assert user.set["custom_attributes.stripe_subscription_period_start"] == 1896570518
    assert user.set["custom_attributes.stripe_next_renewal_date"] is None
    assert user.set["custom_attributes.stripe_plan_price"] == 20
    assert user.set["custom_attributes.stripe_cancel_at_period_end"] is True
    assert track.name == "Trial ending"


def test_the_invoice_of_nothing_that_begins_a_trial_is_no_payment(
    mapped: Callable[[str], Mapped],
) -> None:
    """Stripe calls it paid; nobody paid anything, but it tells who the customer is."""
    told = mapped("invoice.paid")
    [user] = told.people
    assert user.match == (CUSTOMER, EMAIL)
    assert user.set == attributes({"stripe_id": "cus_NSPHp4fOlXGw8P"})
    assert user.add_tags == ()
    assert told.tracks == ()
