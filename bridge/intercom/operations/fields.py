"""The fields inside CompanyData, Companies and UpdateData: which there are, and of which kind.

From Intercom's OpenAPI description 2.16 (`update_company_request`,
`create_or_update_company_request`, `update_contact_request`, and the response schemas for what is
read-only). Companies refuse a key they do not know, contacts pass over it: both are told here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.intercom.operations import kinds
from bridge.intercom.operations.declaration import nearest
from bridge.intercom.operations.errors import BadParameter
from bridge.intercom.operations.kinds import Kind
from bridge.model import Json

CUSTOM = "custom_attributes"

COMPANY: Mapping[str, Kind] = {
    "name": kinds.TEXT,
    "plan": kinds.TEXT,
    "size": kinds.COUNT,
    "website": kinds.TEXT,
    "industry": kinds.TEXT,
    "monthly_spend": kinds.AMOUNT,
    CUSTOM: kinds.OBJECT,
}
NEW_COMPANY: Mapping[str, Kind] = {
    "company_id": kinds.ID,
    "id": kinds.ID,
    **COMPANY,
    "remote_created_at": kinds.MOMENT,
}
CONTACT: Mapping[str, Kind] = {
    "role": kinds.TEXT,
    "external_id": kinds.ID,
    "email": kinds.EMAIL_ADDRESS,
    "email_verified": kinds.FLAG,
    "phone": kinds.TEXT,
    "name": kinds.TEXT,
    "avatar": kinds.TEXT,
    "signed_up_at": kinds.MOMENT,
    "last_seen_at": kinds.MOMENT,
    "owner_id": kinds.ID,
    "unsubscribed_from_emails": kinds.FLAG,
    CUSTOM: kinds.OBJECT,
    "tags": kinds.NAMES,
    "companies": kinds.OBJECTS,
}
NEVER_CLEARED = frozenset(
    {"role", "external_id", "email", "email_verified", "tags", "companies", CUSTOM}
)
ALIASES: Mapping[str, str] = {"user_id": "external_id", "created_at": "signed_up_at"}
"""What contacts' fields were called before API 2.0."""

_COMPANY_ANSWERED = """
id type company_id remote_created_at app_id created_at updated_at last_request_at session_count
user_count tags segments notes custom_object_count
"""
_CONTACT_ANSWERED = """
id type workspace_id created_at updated_at email_domain formatted_phone has_hard_bounced
language_override last_contacted_at last_email_clicked_at last_email_opened_at last_replied_at
location marked_email_as_spam merge_history notes os referrer segments sms_consent
social_profiles enabled_push_messaging opted_in_subscription_types opted_out_subscription_types
utm_campaign utm_content utm_medium utm_source utm_term browser browser_language browser_version
android_app_name android_app_version android_device android_last_seen_at android_os_version
android_sdk_version ios_app_name ios_app_version ios_device ios_last_seen_at ios_os_version
ios_sdk_version
"""
_COMPANY_FIXED = frozenset(_COMPANY_ANSWERED.split())
_CONTACT_FIXED = frozenset(_CONTACT_ANSWERED.split())
"""What is in answers only: nobody can write it."""

Fields = dict[str, Any]


def company_changes(parameter: str, data: Mapping[str, Json]) -> tuple[Fields, list[str]]:
    """Give what of CompanyData can be written, and the names that never can and are left out."""
    plain = {**data, **_plan(data)}
    left_out = [name for name in plain if name in _COMPANY_FIXED]
    rest = {name: value for name, value in plain.items() if name not in _COMPANY_FIXED}
    return _read(parameter, rest, COMPANY, frozenset({CUSTOM})), left_out


def new_company(parameter: str, data: Mapping[str, Json]) -> Fields:
    """Give one of the Companies of a user, by company_id or Intercom's id."""
    fixed = _COMPANY_FIXED - NEW_COMPANY.keys()
    known = {name: value for name, value in data.items() if name not in fixed}
    given = {name: value for name, value in (known | _plan(data)).items() if value is not None}
    read = _read(parameter, given, NEW_COMPANY, frozenset())
    if "company_id" not in read and "id" not in read:
        raise BadParameter(parameter, "must give each company a company_id (or Intercom's id)")
    if "company_id" not in read and len(read) > 1:
        raise BadParameter(parameter, "must give a company_id where it gives fields of a company")
    return read


def contact_changes(parameter: str, data: Mapping[str, Json]) -> tuple[Fields, list[str]]:
    """Give what of UpdateData can be written, and the names that never can and are left out.

    A whole contact as Intercom answers it may be given: what it cannot take back is left out.
    """
    answered = data.get("type") == "contact"
    plain = _as_written(data) if answered else _renamed(parameter, data)
    left_out = [name for name in plain if name in _CONTACT_FIXED]
    rest = {name: value for name, value in plain.items() if name not in _CONTACT_FIXED}
    read = _read(parameter, rest, CONTACT, NEVER_CLEARED)
    if read.get("role", "user") != "user":
        raise BadParameter(f"{parameter}.role", "can only be made user: no user becomes a lead")
    return read, [] if answered else left_out


def _plan(data: Mapping[str, Json]) -> Fields:
    """Give the plan's name where it comes as Intercom answers it."""
    plan = data.get("plan")
    return {"plan": plan.get("name")} if isinstance(plan, Mapping) else {}


def _as_written(data: Mapping[str, Json]) -> Fields:
    """Turn an answered contact into what can be written."""
    avatar = data.get("avatar")
    picture = avatar.get("image_url") if isinstance(avatar, Mapping) else avatar
    shown = {**data, "avatar": picture}
    lists = {name for name in ("tags", "companies") if isinstance(data.get(name), Mapping)}
    return {
        name: value
        for name, value in shown.items()
        if name not in lists | {"role"} and not (name in NEVER_CLEARED and value in (None, ""))
    }


def _renamed(parameter: str, data: Mapping[str, Json]) -> Fields:
    for old, new in ALIASES.items():
        if old in data and new in data:
            raise BadParameter(f"{parameter}.{old}", f"is the same as {new}: give one of them")
    return {ALIASES.get(name, name): value for name, value in data.items()}


def _read(
    parameter: str, data: Mapping[str, Json], known: Mapping[str, Kind], kept: Iterable[str]
) -> Fields:
    read: Fields = {}
    for name, value in data.items():
        place = f"{parameter}.{name[:60]}"
        if name not in known:
            raise BadParameter(place, f"is no field Intercom can be given{nearest(name, known)}")
        if value is None and name in kept:
            raise BadParameter(place, "cannot be cleared: leave it out, or give a value")
        read[name] = None if value is None else _value(place, value, known[name])
    return read


def _value(place: str, value: Json, kind: Kind) -> Any:
    try:
        return kind.read(value)
    except ValueError as error:
        raise BadParameter(place, str(error)) from None
