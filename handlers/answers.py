"""What Intercom's answers say it holds: contacts and companies flattened to fields. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from bridge.clock import SECOND, Micros
from bridge.mapping.functions.time import parse_time
from bridge.model import Json, Seen, Shadow, Writer
from handlers.facts import same

INTERCOM = "intercom"
"""The source of facts that Intercom itself tells: edits by people or other apps."""

CLEARED: Mapping[str, Json] = {"monthly_spend": 0, "unsubscribed_from_emails": False}
"""What Intercom holds in fields that cannot be empty once they are cleared."""

CUSTOM = "custom_attributes."
MEMO = "memo:"
SUBSCRIPTION = "subscription:"
"""Whether a contact has messages of a type: `subscription:<opt_in or opt_out>:<id>`."""
SETTLED = 60 * SECOND
"""For so long an answer may not yet show what was just chosen."""
ARCHIVED = "archived"
"""The field of a contact that is put away, beside those of Intercom: no call would find it."""
GONE = "deleted"
"""The mark of what Intercom deleted or merged: its id never comes back."""

_CONTACT = (
    "role",
    "external_id",
    "email",
    "phone",
    "name",
    "signed_up_at",
    "last_seen_at",
    "owner_id",
    "unsubscribed_from_emails",
)
_COMPANY = (
    "company_id",
    "name",
    "size",
    "website",
    "industry",
    "monthly_spend",
    "remote_created_at",
)


def contact_fields(answer: Mapping[str, Any]) -> dict[str, Json]:
    """Give the writable fields of a contact as answered, empty ones as None.

    A lead's external_id is Intercom's own invention, not ours, and counts as empty.
    """
    fields = {name: answer.get(name) for name in _CONTACT}
    if fields["role"] != "user":
        fields["external_id"] = None
    avatar = answer.get("avatar")
    fields["avatar"] = avatar.get("image_url") if isinstance(avatar, dict) else avatar
    return {**_blank_as_none(fields), **_custom(answer)}


def choices(answer: Mapping[str, Any], known: Shadow) -> dict[str, Json]:
    """Give which messages a contact has, of the subscriptions that were written before.

    Answers list only choices against the default of a type. Nothing is said where not all are
    shown, or where what was written may be too new to be among them.
    """
    lists = [answer.get(f"opted_{way}_subscription_types") for way in ("in", "out")]
    if not all(isinstance(one, dict) and not one.get("has_more") for one in lists):
        return {}
    shown = {str(one["id"]) for each in lists for one in (each or {}).get("data") or ()}
    since = int(answer.get("updated_at") or 0) * SECOND - SETTLED
    told: dict[str, Json] = {}
    for name, seen in known.fields.items():
        if name.startswith(SUBSCRIPTION) and seen.at <= since:
            consent, _, type_id = name.removeprefix(SUBSCRIPTION).partition(":")
            told[name] = (type_id in shown) is (consent == "opt_in")
    return told


def company_fields(answer: Mapping[str, Any]) -> dict[str, Json]:
    """Give the writable fields of a company as answered; the plan is answered as an object."""
    fields = {name: answer.get(name) for name in _COMPANY}
    plan = answer.get("plan")
    fields["plan"] = plan.get("name") if isinstance(plan, dict) else plan
    return {**_blank_as_none(fields), **_custom(answer)}


def _custom(answer: Mapping[str, Any]) -> dict[str, Json]:
    attributes = answer.get("custom_attributes") or {}
    return {CUSTOM + name: value for name, value in attributes.items()}


def _blank_as_none(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {name: None if value == "" else value for name, value in fields.items()}


def as_answer(item: Mapping[str, Any], known: Shadow) -> dict[str, Any]:
    """Give what a notification shows in the form of an answer.

    Its times are text, and what it does not show at all is as known before.
    """
    told = {name: _seconds(one) if name.endswith("_at") else one for name, one in item.items()}
    kept = {name: known.get(name) for name in (*_CONTACT, *_COMPANY, "avatar", "plan")}
    updated_at = told.get("updated_at")
    return {
        **kept,
        **told,
        "custom_attributes": _attributes(item.get("custom_attributes"), known),
        "updated_at": updated_at if isinstance(updated_at, int) else 0,
    }


def _attributes(shown: Json, known: Shadow) -> dict[str, Json]:
    if isinstance(shown, dict):
        numbers = {name for name in shown if isinstance(known.get(CUSTOM + name), int)}
        return {name: _seconds(one) if name in numbers else one for name, one in shown.items()}
    return {
        name.removeprefix(CUSTOM): seen.value
        for name, seen in known.fields.items()
        if name.startswith(CUSTOM)
    }


def _seconds(value: Json) -> Json:
    moment = parse_time(value) if isinstance(value, str) else None
    return value if moment is None else moment // SECOND


def observed(
    before: Shadow,
    fields: Mapping[str, Json],
    sent: Mapping[str, Json],
    updated_at: int,
    at: Micros,
) -> Shadow:
    """Give the shadow after a full answer; tags and companies are kept, answers only show ids.

    Who is shown in full is archived no more.
    """
    kept = {name: seen for name, seen in before.fields.items() if is_mark(name)}
    told = {
        name: Seen(value, at, _sent(name, value, sent, before)) for name, value in fields.items()
    }
    return Shadow(before.target, {**kept, **told}, max(updated_at, before.updated_at), True)


def written(before: Shadow, after: Shadow, sent: Collection[str], by: Writer) -> Shadow:
    """Give a shadow that names who wrote each field: `by` what was sent, else as before."""
    fields = {
        name: replace(seen, by=by if name in sent else _writer(before.fields.get(name), seen))
        for name, seen in after.fields.items()
    }
    return replace(after, fields=fields)


def _writer(known: Seen | None, seen: Seen) -> Writer | None:
    return known.by if known is not None and same(known.value, seen.value) else None


def is_mark(name: str) -> bool:
    """Say whether a field is none that answers show in full: an edge, a subscription, a memo."""
    return is_edge(name) or is_memo(name) or name == GONE or name.startswith(SUBSCRIPTION)


def is_memo(name: str) -> bool:
    """Say whether a field is the store's own: what was said that is no field of Intercom's."""
    return name.startswith(MEMO)


def is_edge(name: str) -> bool:
    """Say whether a field is a tag or a company edge."""
    return name.startswith(("tag:", "company:"))


def _sent(name: str, value: Json, sent: Mapping[str, Json], before: Shadow) -> Json:
    if name in sent:
        return sent[name]
    known = before.fields.get(name)
    return known.sent if known is not None and same(known.value, value) else None


def edits(before: Shadow, fields: Mapping[str, Json], sent: Mapping[str, Json]) -> dict[str, Json]:
    """Give the fields that someone else changed at Intercom since they were last seen.

    An attribute that the answer leaves out was cleared.
    """
    if not before.complete:
        return {}
    told = {**dict.fromkeys(name for name in before.fields if not is_mark(name)), **fields}
    return {
        name: value
        for name, value in told.items()
        if name not in sent and not same(before.get(name), value)
    }


def declined(before: Shadow, fields: Mapping[str, Json], at: Micros) -> Shadow:
    """Give the shadow after Intercom refused fields for good: sending them again is no use."""
    seen = {name: Seen(before.get(name), at, value) for name, value in fields.items()}
    return Shadow(before.target, {**before.fields, **seen}, before.updated_at, before.complete)


def marked(before: Shadow, field: str, value: bool, at: Micros) -> Shadow:
    """Give the shadow with one mark (a tag, a company edge) known to be there or not."""
    seen = {**before.fields, field: Seen(value, at, value)}
    return Shadow(before.target, seen, before.updated_at, before.complete)
