"""How notes, subscription types and data events look."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.intercom.sandbox.model import Contact, DataEvent, Note, SubscriptionType
from bridge.intercom.sandbox.shapes.workspace import ADMIN, Object
from bridge.intercom.sandbox.state import Sandbox


def note(state: Sandbox, held: Note) -> Object:
    """Give a note, with the contact or company it is about."""
    kind = "company" if held.about in state.companies else "contact"
    return {
        "type": "note",
        "id": str(held.id),
        "created_at": held.created_at,
        kind: {"type": kind, "id": held.about},
        "author": {"type": "admin", **ADMIN, "away_mode_enabled": False},
        "body": held.body,
    }


def subscription_type(held: SubscriptionType) -> Object:
    """Give a subscription type."""
    named = {"name": held.name, "description": "", "locale": "en"}
    return {
        "type": "subscription",
        "id": held.id,
        "state": "live",
        "consent_type": held.consent_type,
        "default_translation": named,
        "translations": [named],
        "content_types": ["email"],
    }


def event_list(contact: Contact, held: list[DataEvent], *, summary: bool) -> Object:
    """Give data events one by one, or how often each name came, first and last."""
    whose = {"email": contact.email or "", "user_id": contact.external_id or ""}
    rows = _counted(held) if summary else [_event(each, whose) for each in held]
    listed = {"type": "event.summary", **whose, "intercom_user_id": contact.id, "events": rows}
    return listed if summary else listed | {"pages": {}}


def _event(held: DataEvent, whose: Object) -> Object:
    named = {"event_name": held.name, "created_at": held.created_at, "metadata": held.metadata}
    return {"type": "event", **named, **whose, "intercom_user_id": held.contact_id}


def _counted(held: list[DataEvent]) -> list[Object]:
    rows: dict[str, Object] = {}
    for each in held:
        at = _iso(each.created_at)
        row = rows.setdefault(each.name, {"name": each.name, "last": at, "count": 0})
        row.update(first=at, count=row["count"] + 1)
    return list(rows.values())


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
