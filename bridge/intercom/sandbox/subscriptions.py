"""The rules of subscriptions: what a contact chose against the default of a type.

As in Intercom's OpenAPI description 2.16: only choices of the contact's own are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.intercom.sandbox.contacts import live
from bridge.intercom.sandbox.model import Refusal, SubscriptionType, Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json


def attach(
    state: Sandbox, contact_id: str, body: Mapping[str, Json], version: Version
) -> SubscriptionType:
    """Take note of a contact's choice; again is the same as once."""
    contact = live(state, contact_id, version)
    kind = _get(state, str(body.get("id") or ""))
    consent = body.get("consent_type")
    if consent not in ("opt_in", "opt_out"):
        raise invalid("consent_type must be one of: opt_in, opt_out")
    chosen = {**contact.subscriptions, kind.id: str(consent)}
    state.put(replace(contact, subscriptions=chosen))
    return kind


def detach(state: Sandbox, contact_id: str, kind_id: str, version: Version) -> SubscriptionType:
    """Forget a contact's choice: the default of the type holds again."""
    contact = live(state, contact_id, version)
    kind = _get(state, kind_id)
    if kind.id not in contact.subscriptions:
        raise Refusal(404, "not_found", "Resource Not Found")
    left = {each: consent for each, consent in contact.subscriptions.items() if each != kind.id}
    state.put(replace(contact, subscriptions=left))
    return kind


def of_contact(state: Sandbox, contact_id: str, version: Version) -> list[SubscriptionType]:
    """Give the types for which a contact made a choice."""
    chosen = live(state, contact_id, version).subscriptions
    return [state.subscriptions[each] for each in chosen]


def _get(state: Sandbox, kind_id: str) -> SubscriptionType:
    kind = state.subscriptions.get(kind_id)
    if kind is None:
        raise Refusal(404, "not_found", "Resource Not Found")
    return kind
