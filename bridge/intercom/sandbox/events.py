"""The rules of data events: whose, when, ten metadata keys, a repeat ignored, names limited."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from bridge.intercom.sandbox.contacts import by_external_id, live
from bridge.intercom.sandbox.model import Contact, DataEvent, Refusal, Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

KEYS = 10
LISTED_SECONDS = 90 * 86_400
Listed = tuple[Contact, list[DataEvent]]
NESTED = ({"amount", "currency"}, {"url", "value"})


def submit(state: Sandbox, body: Mapping[str, Json], version: Version) -> DataEvent:
    """Record a data event; the same contact, name and second again changes nothing.

    Deduplication and metadata as the description tells; names as in Segment's destination.
    """
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


def listed(state: Sandbox, query: Mapping[str, str], version: Version) -> Listed:
    """Give a contact and its data events of the last 90 days, the newest first.

    With `summary` all events count, however old.
    """
    if query.get("type") != "user":
        raise invalid("type must be user")
    asked = {"id": query.get("intercom_user_id"), **query}
    contact = _whose(state, asked, version)
    found = state.events_of(contact.id)
    if query.get("summary") != "true":
        oldest = state.now() - LISTED_SECONDS
        found = [each for each in found if each.created_at >= oldest]
    return contact, sorted(found, key=lambda each: each.created_at, reverse=True)


def summarise(state: Sandbox, body: Mapping[str, Json], version: Version) -> None:
    """Take a summary made elsewhere, and keep nothing of it: no call here gives it back."""
    by_external_id(state, str(body.get("user_id") or ""), version)
    if not isinstance(body.get("event_summaries"), dict):
        raise Refusal(400, "parameter_not_found", "event_summaries is required")


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
