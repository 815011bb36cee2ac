"""Subscriptions: which kinds of messages a contact wants, or does not want.

A type is opt_in (nobody gets it who did not ask) or opt_out (everybody does who did not refuse).
Attached to a contact it tells the contact's own choice, which is the opposite of the default.
"""

from __future__ import annotations

from bridge.errors import IntercomNotFound
from bridge.intercom.calls.ask import Object, ask, listed, segment
from bridge.intercom.client import Client


def list_subscription_types(client: Client) -> list[Object]:
    """Give all subscription types of the workspace (Intercom has no pages here)."""
    return listed(ask(client, "list subscription types", "GET", "/subscription_types"))


def list_subscriptions(client: Client, contact_id: str) -> list[Object]:
    """Give the types for which the contact made a choice of its own."""
    path = f"/contacts/{segment(contact_id)}/subscriptions"
    return listed(ask(client, "list subscriptions", "GET", path))


def opt_in(client: Client, contact_id: str, kind: Object) -> None:
    """Let a contact have messages of a type, as `list_subscription_types` gives it.

    An opt-in type is attached, an opt-out type taken off; both may be repeated.
    """
    _choose(client, contact_id, kind, attach=kind.get("consent_type") == "opt_in")


def opt_out(client: Client, contact_id: str, kind: Object) -> None:
    """Spare a contact the messages of a type: the opposite of `opt_in`."""
    _choose(client, contact_id, kind, attach=kind.get("consent_type") == "opt_out")


def _choose(client: Client, contact_id: str, kind: Object, *, attach: bool) -> None:
    path = f"/contacts/{segment(contact_id)}/subscriptions"
    if attach:
        body = {"id": str(kind["id"]), "consent_type": kind["consent_type"]}
        ask(client, "attach subscription", "POST", path, body)
        return
    try:
        ask(client, "detach subscription", "DELETE", f"{path}/{segment(str(kind['id']))}")
    except IntercomNotFound as error:
        # The same code is for both: the contact is not there, or made no choice of its own.
        if "User Not Found" in str(error):
            raise
