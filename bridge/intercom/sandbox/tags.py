"""The rules of tags: found by name without regard to case, on contacts and companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.intercom.sandbox.contacts import live
from bridge.intercom.sandbox.model import Company, Contact, Refusal, Tag, Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

Report = list[dict[str, Any]]
INVALID = "invalid tag parameters"


def write(state: Sandbox, body: Mapping[str, Json], version: Version) -> tuple[Tag, Report, Report]:
    """Create, rename or apply a tag: the tag, and what became of the users and companies named."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid(INVALID)
    tag = _rename(state, str(body["id"]), name) if body.get("id") else ensure(state, name)
    users = [_tag_user(state, tag, item, version) for item in _items(body, "users")]
    firms = [_tag_company(state, tag, item, version) for item in _items(body, "companies")]
    return tag, [each for each in users if each], [each for each in firms if each]


def _items(body: Mapping[str, Json], key: str) -> list[dict[str, Json]]:
    items = body.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid(INVALID)
    return items


def ensure(state: Sandbox, name: str) -> Tag:
    """Give the tag of that name, made where there is none."""
    found = named(state, name)
    return found or _keep(state, Tag(str(state.next_number()), name.strip()))


def named(state: Sandbox, name: str) -> Tag | None:
    """Give the tag of that name."""
    wanted = name.strip().casefold()
    return next((tag for tag in state.tags.values() if tag.name.casefold() == wanted), None)


def _rename(state: Sandbox, tag_id: str, name: str) -> Tag:
    tag = get(state, tag_id)
    other = named(state, name)
    if other is not None and other.id != tag.id:
        raise invalid(INVALID)
    return _keep(state, replace(tag, name=name.strip()))


def _keep(state: Sandbox, tag: Tag) -> Tag:
    state.tags[tag.id] = tag
    state.changed()
    return tag


def _tag_user(
    state: Sandbox, tag: Tag, item: Mapping[str, Json], version: Version
) -> dict[str, Any] | None:
    """Tag one user; one that is not known is passed over since 2.16, before it was a 404."""
    try:
        contact = live(state, str(item.get("id") or ""), version)
    except Refusal:
        if version < (2, 16):
            raise
        return None
    put_on(state, contact, tag)
    return {"id": contact.id, "tagged": True}


def _tag_company(
    state: Sandbox, tag: Tag, item: Mapping[str, Json], version: Version
) -> dict[str, Any] | None:
    company = _company(state, item)
    if company is None:
        if version < (2, 16):
            raise Refusal(404, "company_not_found", "Company Not Found")
        return None
    left = tuple(each for each in company.tags if each != tag.id)
    wanted = left if item.get("untag") else (*left, tag.id)
    if set(wanted) != set(company.tags):
        state.put_company(replace(company, tags=wanted))
    return {"id": company.id, "tagged": not item.get("untag")}


def _company(state: Sandbox, item: Mapping[str, Json]) -> Company | None:
    if item.get("id"):
        return state.companies.get(str(item["id"]))
    return state.with_company_id(str(item.get("company_id") or ""))


def put_on(state: Sandbox, contact: Contact, tag: Tag) -> Tag:
    """Put a tag on a contact; again is the same as once."""
    if tag.id not in contact.tags:
        state.put(replace(contact, tags={**contact.tags, tag.id: state.now()}))
    return tag


def take_off(state: Sandbox, contact: Contact, tag: Tag) -> Tag:
    """Take a tag off a contact."""
    left = {tag_id: at for tag_id, at in contact.tags.items() if tag_id != tag.id}
    state.put(replace(contact, tags=left))
    return tag


def get(state: Sandbox, tag_id: str) -> Tag:
    """Give a tag by its id."""
    tag = state.tags.get(tag_id)
    if tag is None:
        raise Refusal(404, "not_found", "Resource Not Found")
    return tag


def delete(state: Sandbox, tag_id: str) -> None:
    """Delete a tag everywhere."""
    tag = get(state, tag_id)
    for contact in list(state.contacts.values()):
        if tag.id in contact.tags:
            take_off(state, contact, tag)
    for company in list(state.companies.values()):
        if tag.id in company.tags:
            left = tuple(each for each in company.tags if each != tag.id)
            state.put_company(replace(company, tags=left))
    del state.tags[tag.id]
    state.changed()
