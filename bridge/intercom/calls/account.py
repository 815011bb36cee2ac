"""Whose token it is."""

from __future__ import annotations

from bridge.intercom.calls.ask import Object, ask
from bridge.intercom.client import Client


def me(client: Client) -> Object:
    """Give the admin of the token; `app.id_code` is the workspace's id, `app.region` its region."""
    return ask(client, "me", "GET", "/me")
