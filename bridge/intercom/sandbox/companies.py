"""The rules of companies: found by company_id, fixed fields, members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.intercom.sandbox.contacts import live
from bridge.intercom.sandbox.fields import company_fields, text
from bridge.intercom.sandbox.model import Company, Contact, Refusal, Version
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

CHANGEABLE = frozenset(
    {"name", "plan", "size", "website", "industry", "monthly_spend", "custom_attributes"}
)
CREATABLE = CHANGEABLE | {"company_id", "remote_created_at", "update_last_request_at"}
SINCE: Version = (2, 16)
"""The version that brought update_last_request_at."""
MOST = 1000
"""Companies of one contact: contact_company_limit_exceeded in the description."""
SCROLL_SECONDS = 60
SCROLL_STEP = 100


def upsert(state: Sandbox, body: Mapping[str, Json], version: Version = SINCE) -> Company:
    """Create or update the company of that company_id."""
    company_id = text("company_id", body.get("company_id"))
    allowed = CREATABLE if version >= SINCE else CREATABLE - {"update_last_request_at"}
    written = company_fields(state, body, allowed)
    if company_id is None:
        raise Refusal(400, "parameter_not_found", "company_id not specified")
    now = state.now()
    if body.get("update_last_request_at"):
        written["last_request_at"] = now
    found = state.with_company_id(company_id)
    if found is not None:
        return _change(state, found, written)
    made = Company(state.new_id(), company_id, now, now, **written)
    return state.put_company(made)


def update(state: Sandbox, company_id: str, body: Mapping[str, Json]) -> Company:
    """Change a company by Intercom's id."""
    found = get(state, company_id)
    return _change(state, found, company_fields(state, body, CHANGEABLE))


def _change(state: Sandbox, company: Company, written: dict[str, Any]) -> Company:
    if "custom_attributes" in written:
        written["custom_attributes"] = {**company.custom_attributes, **written["custom_attributes"]}
    changed = replace(company, **written)
    if changed == company:
        return company
    return state.put_company(replace(changed, updated_at=state.now()))


def get(state: Sandbox, company_id: str) -> Company:
    """Give a company by Intercom's id."""
    found = state.companies.get(company_id)
    if found is None:
        raise Refusal(404, "company_not_found", "Company Not Found")
    return found


def find(state: Sandbox, key: str, value: str) -> Company:
    """Give the company whose company_id or name that is."""
    for company in state.companies.values():
        if getattr(company, key) == value:
            return company
    raise Refusal(404, "company_not_found", "Company Not Found")


def visible(state: Sandbox) -> list[Company]:
    """Give the companies that lists show: those with a user."""
    return [each for each in state.companies.values() if user_count(state, each.id)]


def user_count(state: Sandbox, company_id: str) -> int:
    """Give how many users, leads not counted, belong to a company."""
    return sum(member.role == "user" for member in state.members(company_id))


def delete(state: Sandbox, company_id: str) -> Company:
    """Delete a company; its contacts stay."""
    company = get(state, company_id)
    for member in state.members(company_id):
        _part(state, member, company_id)
    state.drop_company(company)
    return company


def attach(state: Sandbox, contact_id: str, body: Mapping[str, Json], version: Version) -> Company:
    """Make a contact belong to a company; again is the same as once."""
    contact = live(state, contact_id, version)
    if not body.get("id"):
        raise Refusal(400, "parameter_not_found", "company not specified")
    company = get(state, str(body["id"]))
    if company.id in contact.companies:
        return company
    if len(contact.companies) >= MOST:
        told = f"Contact has reached the maximum of {MOST} company associations"
        raise Refusal(400, "contact_company_limit_exceeded", told)
    joined = (*contact.companies, company.id)
    state.put(replace(contact, companies=joined, updated_at=state.now()))
    return company


def detach(state: Sandbox, contact_id: str, company_id: str, version: Version) -> Company:
    """End it that a contact belongs to a company."""
    contact = live(state, contact_id, version)
    company = get(state, company_id)
    if company_id not in contact.companies:
        raise Refusal(404, "company_not_found", "Company Not Found")
    _part(state, contact, company_id)
    return company


def _part(state: Sandbox, contact: Contact, company_id: str) -> None:
    left = tuple(each for each in contact.companies if each != company_id)
    state.put(replace(contact, companies=left, updated_at=state.now()))


def scroll(state: Sandbox, param: str | None) -> tuple[str, list[Company]]:
    """Give the next stretch of all visible companies; one scroll at a time, idle for a minute.

    Its refusal as in intercom-ruby issue 292.
    """
    now = state.now()
    if state.scroll is not None and now - state.scroll[2] >= SCROLL_SECONDS:
        state.scroll = None
    if param is None:
        if state.scroll is not None:
            raise Refusal(400, "", "scroll already exists for this workspace")
        state.scroll = (state.new_uuid(), 0, now)
    if state.scroll is None or (param and param != state.scroll[0]):
        raise Refusal(404, "not_found", "scroll parameter not found")
    name, start, _ = state.scroll
    stretch = visible(state)[start : start + SCROLL_STEP]
    state.scroll = (name, start + SCROLL_STEP, now) if stretch else None
    return name, stretch
