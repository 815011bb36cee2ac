"""The rules of data events: whose, when, ten metadata keys, a repeat ignored, names limited."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from bridge.intercom.sandbox.contacts import by_external_id, live
from bridge.intercom.sandbox.model import Contact, DataEvent, Refusal, Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

KEYS = 10
NESTED = ({"amount", "currency"}, {"url", "value"})


def submit(state: Sandbox, body: Mapping[str, Json], version: Version) -> DataEvent:
    """Record a data event; the same contact, name and second again changes nothing."""
    name, created_at = body.get("event_name"), body.get("created_at")
    if not isinstance(name, str) or not name.strip():
        raise Refusal(400, "parameter_not_found", "event_name is required")
    if isinstance(created_at, bool) or not isinstance(created_at, int):
        raise invalid("created_at must be a UNIX timestamp in seconds")
    contact = _whose(state, body, version)
    # Points and dollar signs become hyphens, and a name in another case is the same name.
    name = name.strip().replace(".", "-").replace("$", "-")
    _need_room(state, name.casefold())
    return state.record(DataEvent(name, contact.id, created_at, _metadata(body.get("metadata"))))


def _whose(state: Sandbox, body: Mapping[str, Json], version: Version) -> Contact:
    if body.get("id"):
        return live(state, str(body["id"]), version)
    if body.get("user_id"):
        return by_external_id(state, str(body["user_id"]), version)
    if body.get("email"):
        found = state.with_email(str(body["email"]))
        users = [each for each in found if each.role == "user" and each.standing == "live"]
        if users:
            return users[0]
        raise Refusal(404, "not_found", "User Not Found")
    raise Refusal(400, "parameter_not_found", "id, user_id or email is required")


def _metadata(metadata: Json) -> dict[str, Json]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise invalid("metadata must be an object")
    for name, value in metadata.items():
        if isinstance(value, list) or (isinstance(value, dict) and set(value) not in NESTED):
            raise invalid(f"metadata '{name}' must not be nested")
    return dict(islice(metadata.items(), KEYS))


def _need_room(state: Sandbox, name: str) -> None:
    if name not in state.event_names and len(state.event_names) >= state.rules.event_names:
        told = f"The workspace has reached its limit of {state.rules.event_names} event names"
        raise invalid(told)
