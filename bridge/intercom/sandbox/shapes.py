"""How the sandbox's answers look: the schemas of Intercom's OpenAPI description 2.16."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.intercom.sandbox.companies import user_count
from bridge.intercom.sandbox.model import Company, Contact, DataAttribute, Tag, Version
from bridge.intercom.sandbox.state import Sandbox

MOST_LISTED = 10
"""Tags, notes and companies shown inside a contact; the rest is told by has_more."""

Object = dict[str, Any]
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
        "notes": _part(held, "notes", []),
        "companies": _part(held, "companies", [(each, "company") for each in held.companies]),
        "opted_out_subscription_types": _part(held, "subscriptions", []),
        "opted_in_subscription_types": _part(held, "subscriptions", []),
        "sms_consent": False,
    }


def _owner(owner_id: str | None, version: Version) -> str | int | None:
    numeric = owner_id is not None and owner_id.isdigit() and version < (2, 16)
    return int(owner_id or 0) if numeric else owner_id


def _location() -> Object:
    names = ("country", "region", "city", "country_code", "continent_code")
    return {"type": "location", **dict.fromkeys(names)}


def _part(held: Contact, name: str, items: list[tuple[str, str]]) -> Object:
    folder = {"tag": "/tags", "company": "/companies"}
    return {
        "type": "list",
        "data": [
            {"id": each, "type": kind, "url": f"{folder[kind]}/{each}"}
            for each, kind in items[:MOST_LISTED]
        ],
        "url": f"/contacts/{held.id}/{name}",
        "total_count": len(items),
        "has_more": len(items) > MOST_LISTED,
    }


def reference(held: Contact, **said: bool) -> Object:
    """Give the short form that archiving, unarchiving and deleting answer with."""
    return {"type": "contact", "id": held.id, "external_id": held.external_id, **said}


def company(state: Sandbox, held: Company) -> Object:
    """Give a company; what is empty is left out, as the live API does."""
    plan = {"type": "plan", "id": held.plan, "name": held.plan} if held.plan else {}
    shown: Object = {
        "type": "company",
        "id": held.id,
        "company_id": held.company_id,
        "app_id": state.workspace,
        "name": held.name,
        "remote_created_at": held.remote_created_at,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "last_request_at": held.last_request_at,
        "size": held.size,
        "website": held.website,
        "industry": held.industry,
        "monthly_spend": held.monthly_spend,
        "session_count": 0,
        "user_count": user_count(state, held.id),
        "plan": plan,
        "custom_attributes": dict(held.custom_attributes),
        "tags": {
            "type": "tag.list",
            "tags": [tag(state.tags[each]) for each in held.tags if each in state.tags],
        },
        "segments": {"type": "segment.list", "segments": []},
    }
    return {name: value for name, value in shown.items() if value is not None}


def tag(held: Tag, applied_at: int | None = None) -> Object:
    """Give a tag, with the time it was put on a contact where it is asked for as theirs."""
    shown: Object = {"type": "tag", "id": held.id, "name": held.name}
    return shown if applied_at is None else shown | {"applied_at": applied_at}


def attribute(held: DataAttribute) -> Object:
    """Give a data attribute."""
    shown: Object = {
        "type": "data_attribute",
        "name": held.name,
        "full_name": f"custom_attributes.{held.name}" if held.custom else held.name,
        "label": held.name,
        "description": held.description,
        "data_type": held.data_type,
        "options": list(held.options) or None,
        "api_writable": held.api_writable,
        "ui_writable": False,
        "messenger_writable": False,
        "custom": held.custom,
        "archived": held.archived,
        "model": held.model,
    }
    if held.custom:
        shown |= {"id": held.id, "created_at": held.created_at, "updated_at": held.updated_at}
    return {name: value for name, value in shown.items() if value is not None}


def admin(state: Sandbox) -> Object:
    """Give the admin of the token, and the workspace."""
    return {
        "type": "admin",
        "id": "1",
        "email": "sandbox@example.com",
        "name": "Sandbox",
        "email_verified": True,
        "has_inbox_seat": True,
        "app": {
            "type": "app",
            "id_code": state.workspace,
            "name": "Sandbox",
            "created_at": 0,
            "secure": False,
            "identity_verification": False,
            "timezone": "Etc/UTC",
            "region": "US",
        },
    }


def listing(items: Iterable[Object]) -> Object:
    """Give a list that has no pages."""
    return {"type": "list", "data": list(items)}
