"""The customers of the backlog: what Stripe tells of them, what Intercom holds of them before."""

from __future__ import annotations

from typing import Any

from bench.calls.payloads import payload
from bench.calls.sent import Payload
from bridge.intercom.sandbox.model import Contact, DataAttribute
from bridge.intercom.sandbox.shapes import attribute, contact
from bridge.intercom.sandbox.state import Sandbox

EVENTS_EACH = 5
_SINCE = 1_756_715_400
_TYPES = {
    "stripe_id": "string",
    "stripe_currency": "string",
    "stripe_account_balance": "float",
    "stripe_delinquent": "boolean",
    "customer_since": "date",
}
_NOBODY_ELSE = Sandbox()
_VERSION = (2, 16)


def contact_id(number: int) -> str:
    """Give the id that Intercom has for a customer."""
    return f"{number:024x}"


def phone(number: int) -> str:
    """Give a customer's own phone number: what many share would be asked for again and again."""
    return f"+3120{5_000_000 + number}"


def told(number: int, event: int, *, changed: bool) -> Payload:
    """Give what Stripe tells of a customer: something new with every event, or nothing ever.

    Every second event is of the other type: a mapping may treat the two differently.
    """
    made = payload("stripe", "customer-updated")
    made |= {"id": f"evt_{number}_{event}", "created": _SINCE + 60 * event}
    made["type"] = ("customer.created", "customer.updated")[event % 2]
    made["data"]["object"] |= {
        "id": f"cus_{number}",
        "email": f"buyer{number}@example.com",
        "name": f"Buyer {number}",
        "phone": phone(number),
        "created": _SINCE,
        "balance": -100 * (event + 1) if changed else 0,
    }
    return made


def held(number: int) -> dict[str, Any]:
    """Give what Intercom answers of a customer before the backlog."""
    about = {
        "stripe_id": f"cus_{number}",
        "stripe_currency": "EUR",
        "stripe_account_balance": 0,
        "stripe_delinquent": False,
        "customer_since": _SINCE,
    }
    known = Contact(
        contact_id(number),
        "user",
        _SINCE,
        _SINCE,
        email=f"buyer{number}@example.com",
        name=f"Buyer {number}",
        phone=phone(number),
        signed_up_at=_SINCE,
        custom_attributes=about,
    )
    return contact(_NOBODY_ELSE, known, _VERSION)


def attributes() -> list[dict[str, Any]]:
    """Give the workspace's attributes, as Intercom lists them."""
    return [
        attribute(DataAttribute(number, "contact", name, data_type))
        for number, (name, data_type) in enumerate(_TYPES.items(), 1)
    ]
