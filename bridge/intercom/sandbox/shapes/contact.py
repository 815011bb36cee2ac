"""How contacts look, in full and in short."""

from __future__ import annotations

from bridge.intercom.sandbox.model import Contact, Version
from bridge.intercom.sandbox.shapes.workspace import Object
from bridge.intercom.sandbox.state import Sandbox

MOST_LISTED = 10
"""Tags, notes and companies shown inside a contact; the rest is told by has_more."""
FOLDERS = {
    "tag": "tags",
    "company": "companies",
    "note": "notes",
    "subscription": "subscriptions",
}
NEVER = (
    "last_replied_at",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "language_override",
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
    "referrer",
    "enabled_push_messaging",
)
"""What only a browser, an app or a mailing would fill."""


def contact(state: Sandbox, held: Contact, version: Version) -> Object:
    """Give a contact in full."""
    return {
        "type": "contact",
        "id": held.id,
        "workspace_id": state.workspace,
        "external_id": held.external_id,
        "role": held.role,
        "email": held.email,
        "email_domain": (held.email or "").rpartition("@")[2] or None,
        "phone": held.phone,
        "name": held.name,
        "avatar": {"type": "avatar", "image_url": held.avatar} if held.avatar else None,
        "owner_id": _owner(held.owner_id, version),
        "social_profiles": {"type": "list", "data": []},
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": held.unsubscribed_from_emails,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "signed_up_at": held.signed_up_at,
        "last_seen_at": held.last_seen_at,
        **dict.fromkeys(NEVER),
        "location": _location(),
        "custom_attributes": dict(held.custom_attributes),
        "tags": _part(held, "tags", [(tag_id, "tag") for tag_id in held.tags]),
        "notes": _part(held, "notes", [(str(n.id), "note") for n in state.notes_of(held.id)]),
        "companies": _part(held, "companies", [(each, "company") for each in held.companies]),
        "opted_out_subscription_types": _chosen(held, "opt_out"),
        "opted_in_subscription_types": _chosen(held, "opt_in"),
        "sms_consent": False,
    }


def _owner(owner_id: str | None, version: Version) -> str | int | None:
    numeric = owner_id is not None and owner_id.isdigit() and version < (2, 16)
    return int(owner_id or 0) if numeric else owner_id


def _location() -> Object:
    names = ("country", "region", "city", "country_code", "continent_code")
    return {"type": "location", **dict.fromkeys(names)}


def _chosen(held: Contact, consent: str) -> Object:
    chosen = [each for each, given in held.subscriptions.items() if given == consent]
    return _part(held, "subscriptions", [(each, "subscription") for each in chosen])


def _part(held: Contact, name: str, items: list[tuple[str, str]]) -> Object:
    return {
        "type": "list",
        "data": [
            {"id": each, "type": kind, "url": f"/{FOLDERS[kind]}/{each}"}
            for each, kind in items[:MOST_LISTED]
        ],
        "url": f"/contacts/{held.id}/{name}",
        "total_count": len(items),
        "has_more": len(items) > MOST_LISTED,
    }


def reference(held: Contact, **said: bool) -> Object:
    """Give the short form that archiving, unarchiving and deleting answer with."""
    return {"type": "contact", "id": held.id, "external_id": held.external_id, **said}
