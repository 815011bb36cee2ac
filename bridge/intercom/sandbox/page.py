"""The sandbox's page: who and what it holds and what it was asked, as it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import render_template

from bridge.intercom.sandbox import companies, seeds
from bridge.intercom.sandbox.journal import Served
from bridge.intercom.sandbox.model import Company, Contact
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

PEOPLE = 200
CALLS = 60
HIDDEN = frozenset(
    {"id", "role", "name", "email", "external_id", "custom_attributes", "tags", "companies"}
    | {"events", "created_at", "updated_at", "standing"}
)


def render_page(state: Sandbox) -> str:
    """Give the whole page; it stands without JavaScript."""
    mark, html = render_view(state)
    return render_template("sandbox/page.html", mark=mark, view=html, workspace=state.workspace)


def render_view(state: Sandbox) -> tuple[str, str]:
    """Give the part that changes, and a mark that changes with it."""
    with state.lock:
        served = state.journal.latest(CALLS)
        mark = f"{state.changes}-{served[0].number if served else 0}"
        order = state.touched
        people = sorted(state.contacts.values(), key=lambda c: order[c.id], reverse=True)
        html = render_template(
            "sandbox/view.html",
            people=[_person(state, each) for each in people[:PEOPLE]],
            more=max(0, len(people) - PEOPLE),
            total=len(people),
            firms=[_firm(state, each) for each in state.companies.values()],
            calls=[_call(each) for each in served],
        )
    return mark, html


def _person(state: Sandbox, contact: Contact) -> dict[str, Any]:
    held = seeds.held_contact(state, contact)
    return {
        "id": contact.id,
        "title": contact.name or contact.email or contact.external_id or contact.id,
        "role": contact.role,
        "standing": contact.standing,
        "email": contact.email,
        "external_id": held.get("external_id"),
        "fields": _pairs({k: v for k, v in held.items() if k not in HIDDEN}),
        "attributes": _pairs(held.get("custom_attributes", {}), _dates(state, "contact")),
        "tags": held.get("tags", []),
        "companies": [
            firm.name or firm.company_id
            for firm in (state.companies.get(each) for each in contact.companies)
            if firm is not None
        ],
        "events": [
            {"name": each["name"], "at": clock_time(each["created_at"])}
            for each in held.get("events", [])
        ],
        "updated": clock_time(contact.updated_at),
    }


def _firm(state: Sandbox, company: Company) -> dict[str, Any]:
    named = {name: getattr(company, name) for name in ("plan", "size", "industry", "website")}
    if company.monthly_spend:
        named["monthly_spend"] = company.monthly_spend
    return {
        "id": company.id,
        "title": company.name or company.company_id,
        "company_id": company.company_id,
        "fields": _pairs({k: v for k, v in named.items() if v is not None}),
        "attributes": _pairs(company.custom_attributes, _dates(state, "company")),
        "tags": [state.tags[each].name for each in company.tags if each in state.tags],
        "members": len(state.members(company.id)),
        "visible": companies.user_count(state, company.id) > 0,
    }


def _call(served: Served) -> dict[str, Any]:
    body = json.dumps(served.body, indent=2, ensure_ascii=False) if served.body else ""
    return {
        "number": served.number,
        "at": clock_time(served.at),
        "method": served.method,
        "path": served.path + _query(served.query),
        "status": served.status,
        "good": served.status < 400,
        "note": served.note,
        "body": body,
    }


def _query(query: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""


def _dates(state: Sandbox, model: str) -> frozenset[str]:
    """Give the names of the custom attributes that hold a date."""
    found = (each for each in state.attributes.values() if each.model == model)
    return frozenset(each.name for each in found if each.data_type in ("date", "datetime"))


def _pairs(
    values: Mapping[str, Json], dates: frozenset[str] = frozenset()
) -> list[tuple[str, str]]:
    return [
        (name, _shown(value, is_date=name in dates or name.endswith("_at")))
        for name, value in values.items()
        if value is not None
    ]


def _shown(value: Json, *, is_date: bool) -> str:
    if is_date and isinstance(value, int):
        return clock_time(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def clock_time(moment: int) -> str:
    """Give Unix seconds as one reads them, in UTC; the number itself where no date holds it."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(moment)
