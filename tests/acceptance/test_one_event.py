"""One event, from the sender's request to what Intercom holds."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from bridge.model import State
from tests.acceptance.product import ROOT, Bridge

PAYLOADS = ROOT.parent / "shared" / "payloads" / "stripe"
DAY = 86_400


@pytest.fixture
def who() -> str:
    """Give a word that makes the ids and addresses of a test its own."""
    return secrets.token_hex(5)


def captured(name: str, who: str) -> dict[str, Any]:
    """Give a payload as Stripe sent it, with ids and addresses of this test."""
    path = PAYLOADS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the captured payload {name} is not beside this checkout")
    text = path.read_text()
    for old in ("cus_", "evt_", "sub_"):
        text = text.replace(f'"{old}', f'"{old}{who}')
    payload: dict[str, Any] = json.loads(text.replace("hook@me.com", f"{who}@me.example"))
    return payload


def customer(who: str, **fields: Any) -> dict[str, Any]:
    """Give a customer.created in Stripe's shape."""
    return {
        "id": f"evt_{secrets.token_hex(8)}",
        "object": "event",
        "type": "customer.created",
        "created": 1_700_000_000,
        "livemode": False,
        "data": {
            "object": {
                "id": f"cus_{who}",
                "object": "customer",
                "created": 1_700_000_000,
                "email": f"{who}@me.example",
                "name": "Ada Lovelace",
                "phone": None,
                "currency": "eur",
                "balance": -1250,
                "delinquent": False,
                "metadata": {},
                **fields,
            }
        },
    }


def subscription(who: str) -> dict[str, Any]:
    """Give a customer.subscription.created in Stripe's shape."""
    price = {
        "id": "price_7",
        "nickname": "Team",
        "currency": "eur",
        "unit_amount": 4900,
        "recurring": {"interval": "month", "interval_count": 1},
    }
    bought = {"id": "si_1", "quantity": 3, "price": price, "current_period_end": 1_702_600_000}
    return {
        "id": f"evt_{secrets.token_hex(8)}",
        "object": "event",
        "type": "customer.subscription.created",
        "created": 1_700_000_002,
        "livemode": False,
        "data": {
            "object": {
                "id": f"sub_{who}",
                "object": "subscription",
                "customer": f"cus_{who}",
                "status": "active",
                "created": 1_700_000_002,
                "start_date": 1_700_000_002,
                "cancel_at_period_end": False,
                "items": {"data": [bought]},
                "metadata": {},
            }
        },
    }


# --- payloads as they were captured --------------------------------------------------------------


@pytest.mark.parametrize("name", ["customer.created", "customer.updated"])
def test_a_captured_customer_becomes_a_user(running: Bridge, who: str, name: str) -> None:
    """Stripe's own customer events make a user with name, address and Stripe's id."""
    event = running.applied("stripe", captured(name, who))
    person = running.person(email=f"{who}@me.example")
    assert (event.state, event.reason) == (State.DONE, "")
    assert (person["role"], person["name"]) == ("user", "Martin")
    assert person["signed_up_at"] == 1_677_833_998
    assert person["custom_attributes"]["stripe_id"] == f"cus_{who}NSPHp4fOlXGw8P"
    assert person["custom_attributes"]["stripe_delinquent"] is False


def test_a_captured_checkout_becomes_a_user_with_a_data_event(running: Bridge, who: str) -> None:
    """A finished checkout names its buyer, and stands in the person's timeline at its own time."""
    event = running.applied("stripe", captured("checkout.session.completed", who))
    person = running.person(email=f"{who}@me.example")
    assert event.state is State.DONE
    assert (person["role"], person["name"]) == ("user", "Martin")
    [told] = person["events"]
    assert (told["name"], told["created_at"]) == ("Checkout completed", 1_677_834_000)
    assert told["metadata"]["amount"] == {"amount": 0, "currency": "usd"}


def test_a_captured_invoice_of_nothing_tells_who_but_no_payment(running: Bridge, who: str) -> None:
    """A trial begins with an invoice of nothing: it names the customer, and nothing was paid."""
    event = running.applied("stripe", captured("invoice.paid", who))
    person = running.person(email=f"{who}@me.example")
    assert (event.state, person["name"]) == (State.DONE, "Martin")
    assert "stripe_last_payment_at" not in person["custom_attributes"]
    assert "events" not in person
    assert "tags" not in person


def test_an_event_that_no_route_wants_is_skipped_with_its_reason(running: Bridge, who: str) -> None:
    """What the mapping has no route for costs no call, and the event says so by its type."""
    before = len(running.calls())
    event = running.applied("stripe", customer(who) | {"type": "mandate.updated"})
    assert event.state is State.SKIPPED
    assert "mandate.updated" in event.reason
    assert running.calls(before) == []


def test_a_captured_invoice_with_money_tells_the_payment(running: Bridge, who: str) -> None:
    """What was paid arrives in major units in the field, in minor units in the data event."""
    invoice = captured("invoice.paid", who)
    invoice["data"]["object"]["amount_paid"] = 770
    event = running.applied("stripe", invoice)
    person = running.person(email=f"{who}@me.example")
    assert event.state is State.DONE
    assert person["custom_attributes"]["stripe_last_payment_amount"] == 7.7
    assert person["custom_attributes"]["stripe_last_payment_at"] == 1_677_833_999
    assert person["tags"] == ["customer"]
    assert person["events"][0]["metadata"]["amount"] == {"amount": 770, "currency": "usd"}


@pytest.mark.parametrize(
    "name", ["customer.subscription.created", "customer.subscription.trial_will_end.composed"]
)
def test_a_captured_subscription_waits_for_its_customer(
    running: Bridge, who: str, name: str
) -> None:
    """No address comes with a subscription: it waits, and is applied when its customer comes."""
    payload = captured(name, who)
    bought = payload["data"]["object"]
    event = running.applied("stripe", payload)
    assert event.state is State.WAITING
    assert event.due_by is not None
    assert event.due_by > event.received_at + 2 * DAY * 1_000_000
    running.applied("stripe", customer(who, id=bought["customer"]))
    assert running.event(event.id).state is State.DONE
    person = running.person(email=f"{who}@me.example")
    assert person["custom_attributes"]["stripe_subscription_id"] == bought["id"]
    assert person["custom_attributes"]["stripe_plan_price"] in (7, 20)
    assert person["name"] == "Ada Lovelace"


def test_a_captured_story_in_any_order_makes_one_person(running: Bridge, who: str) -> None:
    """All that Stripe sent of one customer, the last first, ends in one person."""
    names = ("invoice.paid", "checkout.session.completed", "customer.updated", "customer.created")
    for name in names:
        running.send("stripe", captured(name, who))
    running.settle()
    person = running.person(email=f"{who}@me.example")
    assert person["custom_attributes"]["stripe_currency"] == "USD"
    assert person["signed_up_at"] == 1_677_833_998
    assert len(person["events"]) == 1


# --- promises ------------------------------------------------------------------------------------


def test_a_waiting_event_does_not_hold_its_lane(running: Bridge, who: str) -> None:
    """Customer and subscription share a lane: the customer's event is not stuck behind it."""
    waiting = running.applied("stripe", subscription(who))
    assert waiting.state is State.WAITING
    came = running.applied("stripe", customer(who))
    done = running.event(waiting.id)
    assert (came.state, done.state) == (State.DONE, State.DONE)
    assert came.lane_id == done.lane_id
    person = running.person(email=f"{who}@me.example")
    assert person["custom_attributes"]["stripe_plan"] == "Team"
    assert person["custom_attributes"]["stripe_account_balance"] == -12.5


def test_the_same_delivery_twice_changes_nothing(running: Bridge, who: str) -> None:
    """A repeated delivery is answered as a duplicate of the first event; no call follows."""
    request = running.signed("stripe", customer(who))
    first = running.post(request)
    running.settle()
    held, before = running.person(email=f"{who}@me.example"), len(running.calls())
    again = running.post(request)
    running.settle()
    assert again.status_code == 200
    assert again.json() == {**first.json(), "duplicate": True}
    assert running.calls(before) == []
    assert running.person(email=f"{who}@me.example") == held


def test_the_same_facts_under_a_new_id_make_no_call(running: Bridge, who: str) -> None:
    """A snapshot that says nothing new is done without asking or telling Intercom anything."""
    running.applied("stripe", customer(who))
    before = len(running.calls())
    event = running.applied("stripe", customer(who))
    assert event.state is State.DONE
    assert running.calls(before) == []


def test_a_new_fact_is_one_call_with_nothing_but_it(running: Bridge, who: str) -> None:
    """Of a whole snapshot only the field that differs is sent."""
    running.applied("stripe", customer(who))
    before = len(running.calls())
    changed = customer(who, name="Augusta Ada King") | {"created": 1_700_000_060}
    running.applied("stripe", changed | {"type": "customer.updated"})
    [call] = running.calls(before)
    assert (call["method"], call["body"]) == ("PUT", {"name": "Augusta Ada King"})


def test_a_forged_event_is_refused_and_leaves_only_a_line_in_the_log(
    running: Bridge, who: str
) -> None:
    """A wrong signature is 401: nothing is stored or called; the log says why, without secrets."""
    request = running.signed("stripe", customer(who))
    forged = request.headers["Stripe-Signature"][:-4] + "0000"
    before, listed = len(running.calls()), len(running.listed())
    answer = running.post(request, **{"Stripe-Signature": forged, "X-Request-Id": f"forged-{who}"})
    assert answer.status_code == 401
    assert len(running.listed()) == listed
    assert running.calls(before) == []
    [line] = [line for line in running.web.log().splitlines() if f"forged-{who}" in line]
    assert "Stripe-Signature matches no secret" in line
    for secret in (running.environment["STRIPE_WEBHOOK_SECRET"], forged, f"{who}@me.example"):
        assert secret not in running.web.log()


def test_text_that_is_no_form_is_refused_in_words(running: Bridge, who: str) -> None:
    """A body whose type cannot be read is 415, kept as a failed event, and nothing is called."""
    before = len(running.calls())
    request = running.signed("stripe", f"name: {who}".encode(), {"Content-Type": "text/plain"})
    answer = running.post(request)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]
    [event_id] = answer.json()["events"]
    assert running.event(event_id).state is State.FAILED
    assert running.calls(before) == []
