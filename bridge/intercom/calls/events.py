"""Data events: what a contact did, and when."""

from __future__ import annotations

from bridge.intercom.calls.ask import Body, Object, ask
from bridge.intercom.client import Client
from bridge.model import Json


def submit_event(
    client: Client, name: str, created_at: int, contact_id: str, metadata: Body | None = None
) -> Object:
    """Record a data event of a contact; `created_at` in Unix seconds. The answer is empty.

    Intercom ignores a repeat of the same contact, name and second, so this may be sent again.
    """
    body: dict[str, Json] = {"event_name": name, "created_at": created_at, "id": contact_id}
    if metadata:
        body["metadata"] = dict(metadata)
    return ask(client, "submit event", "POST", "/events", body)
