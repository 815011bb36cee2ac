"""Intercom's field catalogue: what a contact and a company hold, and what a mapping may write.

From Intercom's OpenAPI description 2.16 (`create_contact_request`, `update_contact_request`,
`create_or_update_company_request`, and the response schemas for what is read-only).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.model import TargetKind

FieldType = Literal["string", "integer", "float", "boolean", "date"]

TYPES: tuple[str, ...] = ("string", "integer", "float", "boolean", "date")
"""The types a custom attribute can have; they never change at Intercom."""


@dataclass(frozen=True, slots=True)
class Field:
    """One writable field; `clearable` is false where it can be changed but never emptied."""

    name: str
    type: FieldType
    clearable: bool = True
    at_most: int | None = None


CONTACT = (
    Field("email", "string", clearable=False),
    Field("external_id", "string", clearable=False),
    Field("email_verified", "boolean", clearable=False),
    Field("phone", "string"),
    Field("name", "string"),
    Field("avatar", "string"),
    Field("signed_up_at", "date"),
    Field("last_seen_at", "date"),
    Field("owner_id", "string"),
    Field("unsubscribed_from_emails", "boolean"),
)
COMPANY = (
    Field("name", "string"),
    Field("plan", "string"),
    Field("size", "integer"),
    Field("website", "string"),
    Field("industry", "string"),
    Field("monthly_spend", "integer", at_most=2_147_483_647),
    Field("remote_created_at", "date"),
)

WRITABLE: Mapping[TargetKind, Mapping[str, Field]] = {
    "contact": {field.name: field for field in CONTACT},
    "company": {field.name: field for field in COMPANY},
}

CONTACT_READ_ONLY = frozenset(
    {
        "android_app_name",
        "android_app_version",
        "android_device",
        "android_last_seen_at",
        "android_os_version",
        "android_sdk_version",
        "browser",
        "browser_language",
        "browser_version",
        "companies",
        "created_at",
        "email_domain",
        "formatted_phone",
        "has_hard_bounced",
        "id",
        "ios_app_name",
        "ios_app_version",
        "ios_device",
        "ios_last_seen_at",
        "ios_os_version",
        "ios_sdk_version",
        "language_override",
        "last_contacted_at",
        "last_email_clicked_at",
        "last_email_opened_at",
        "last_replied_at",
        "location",
        "marked_email_as_spam",
        "merge_history",
        "notes",
        "opted_in_subscription_types",
        "opted_out_subscription_types",
        "os",
        "referrer",
        "segments",
        "social_profiles",
        "updated_at",
        "utm_campaign",
        "utm_content",
        "utm_medium",
        "utm_source",
        "utm_term",
        "workspace_id",
    }
)
COMPANY_READ_ONLY = frozenset(
    {
        "app_id",
        "created_at",
        "custom_object_count",
        "id",
        "last_request_at",
        "notes",
        "segments",
        "session_count",
        "update_last_request_at",
        "updated_at",
        "user_count",
    }
)
READ_ONLY: Mapping[TargetKind, frozenset[str]] = {
    "contact": CONTACT_READ_ONLY,
    "company": COMPANY_READ_ONLY,
}

ELSEWHERE: Mapping[tuple[TargetKind, str], str] = {
    ("contact", "role"): "`role` is a key beside `set`; `user:`, `lead:` and `contact:` choose it",
    ("contact", "tags"): "`tags` is a key beside `set`",
    ("contact", "company_id"): "`company_id` belongs to `match` of a `company:` block",
    ("contact", "intercom_id"): "`intercom_id` belongs to `match`: it never changes",
    ("contact", "user_id"): "Intercom calls it `external_id`",
    ("company", "company_id"): "`company_id` belongs to `match`: it never changes",
    ("company", "tags"): "`tags` is a key beside `set`",
    ("company", "intercom_id"): "`intercom_id` belongs to `match`: it never changes",
}
"""What a field that people look for under `set` is instead."""

ATTRIBUTES = "custom_attributes"

ATTRIBUTE_PREFIX = f"{ATTRIBUTES}."
"""A custom attribute in a Change: `custom_attributes.plan`."""

MOST_ATTRIBUTES = 250
"""Custom attributes that a workspace can have."""

ATTRIBUTE = re.compile(r"(?! )[\w \-€$£¥]{1,190}(?<! )")
"""What Intercom accepts in the name of a custom attribute; upper and lower case are different."""
