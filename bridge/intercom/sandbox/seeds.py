"""The sandbox's contents in the words one writes them in: names of tags, own ids of companies.

What an example says Intercom holds before, and what it holds after, is written so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from bridge.intercom.sandbox import attributes, companies, notes, tags
from bridge.intercom.sandbox.model import Company, Contact, SubscriptionType
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

DERIVED = {"tags", "companies", "subscriptions", "created_at", "updated_at", "id", "role"}
PERSON = tuple(each.name for each in fields(Contact) if each.name not in DERIVED)
FIRM = tuple(each.name for each in fields(Company) if each.name not in DERIVED)


def plant(state: Sandbox, document: Mapping[str, Json]) -> None:
    """Put attributes, companies and contacts there, around the rules that calls obey.

    `{attributes: [{model, name, data_type}], companies: [{company_id, …, tags: [name]}],
    contacts: [{id?, role?, email, …, tags: [name], companies: [company_id], notes: [text],
    subscriptions: {name: opt_in}, standing?}]}`.
    Raises ValueError for a field that there is not.
    """
    with state.lock:
        for row in document.get("attributes") or ():
            attributes.create(state, row)
        for row in document.get("companies") or ():
            _plant_company(state, row)
        for row in document.get("contacts") or ():
            plant_contact(state, row)


def plant_contact(state: Sandbox, row: Mapping[str, Json]) -> Contact:
    """Put one contact there; one with an external id is a user unless `role` says otherwise."""
    known = _known(row, PERSON, DERIVED | {"notes"})
    role = str(row.get("role") or ("user" if row.get("external_id") else "lead"))
    now = state.now()
    made = Contact(
        str(row.get("id") or state.new_id()),
        role,
        int(row.get("created_at") or now),
        int(row.get("updated_at") or now),
        tags={tags.ensure(state, name).id: now for name in row.get("tags") or ()},
        companies=tuple(_company(state, each).id for each in row.get("companies") or ()),
        subscriptions=_subscriptions(state, row.get("subscriptions") or {}),
        **known,
    )
    if role == "lead":
        made = replace(made, external_id=state.new_uuid())
    _need_attributes(state, "contact", made.custom_attributes)
    for text in row.get("notes") or ():
        notes.add(state, made.id, {"body": text})
    return state.put(made)


def _subscriptions(state: Sandbox, chosen: Mapping[str, Json]) -> dict[str, str]:
    """Give what was chosen by the names of types; a type that is not there yet is made."""
    for name, consent in chosen.items():
        if consent not in ("opt_in", "opt_out"):
            raise ValueError(f"The choice of {name!r} is opt_in or opt_out, not {consent!r}.")
        if name not in {each.name for each in state.subscriptions.values()}:
            made = SubscriptionType(str(state.next_number()), name, consent)
            state.subscriptions[made.id] = made
    ids = {each.name: each.id for each in state.subscriptions.values()}
    return {ids[name]: str(consent) for name, consent in chosen.items()}


def _plant_company(state: Sandbox, row: Mapping[str, Json]) -> None:
    known = _known(row, FIRM, {"id", "tags"})
    now = state.now()
    made = Company(
        id=str(row.get("id") or state.new_id()),
        created_at=now,
        updated_at=now,
        tags=tuple(tags.ensure(state, name).id for name in row.get("tags") or ()),
        **known,
    )
    _need_attributes(state, "company", made.custom_attributes)
    state.put_company(made)


def _company(state: Sandbox, company_id: str) -> Company:
    found = state.with_company_id(company_id)
    return found or companies.upsert(state, {"company_id": company_id})


def _known(row: Mapping[str, Json], names: tuple[str, ...], others: set[str]) -> dict[str, Any]:
    unknown = sorted(set(row) - set(names) - others)
    if unknown:
        raise ValueError(f"The sandbox's contacts and companies have no field {unknown[0]!r}.")
    return {name: row[name] for name in names if name in row}


def _need_attributes(state: Sandbox, model: str, values: Mapping[str, Json]) -> None:
    """Make the attributes that planted values need, of the type the value has."""
    known = {each.name for each in state.attributes.values() if each.model == model}
    for name, value in values.items():
        if name not in known:
            row = {"model": model, "name": name, "data_type": _type(value)}
            attributes.create(state, row)


def _type(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "float"}
    return names.get(type(value), "string")


# --- what is held -------------------------------------------------------------------------------


def held(state: Sandbox) -> dict[str, Any]:
    """Give all that is held in the same words; empty fields are left out.

    The external id that Intercom makes up for a lead is left out too.
    """
    with state.lock:
        return {
            "contacts": [held_contact(state, each) for each in state.contacts.values()],
            "companies": [_held_company(state, each) for each in state.companies.values()],
            "tags": [tag.name for tag in state.tags.values()],
            "attributes": [
                {"model": each.model, "name": each.name, "data_type": each.data_type}
                for each in state.attributes.values()
                if each.custom
            ],
        }


def held_contact(state: Sandbox, contact: Contact) -> dict[str, Any]:
    """Give one contact: its fields, tags by name, companies by company_id, data events."""
    firms = (state.companies.get(each) for each in contact.companies)
    told: dict[str, Any] = {
        "id": contact.id,
        "role": contact.role,
        **{name: getattr(contact, name) for name in PERSON},
        "custom_attributes": _filled(contact.custom_attributes),
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "tags": [state.tags[each].name for each in contact.tags if each in state.tags],
        "companies": [firm.company_id for firm in firms if firm is not None],
        "subscriptions": {
            state.subscriptions[each].name: consent
            for each, consent in contact.subscriptions.items()
        },
        "notes": [note.body for note in state.notes_of(contact.id)[::-1]],
        "events": [
            {"name": e.name, "created_at": e.created_at, "metadata": dict(e.metadata)}
            for e in state.events_of(contact.id)
        ],
    }
    usual = {"standing": "live", "unsubscribed_from_emails": False, "blocked": False}
    if contact.role == "lead":
        usual["external_id"] = contact.external_id or ""
    return _filled({name: value for name, value in told.items() if usual.get(name) != value})


def _held_company(state: Sandbox, company: Company) -> dict[str, Any]:
    told = {name: getattr(company, name) for name in FIRM}
    told["custom_attributes"] = _filled(company.custom_attributes)
    told["tags"] = [state.tags[each].name for each in company.tags if each in state.tags]
    told["monthly_spend"] = company.monthly_spend or None
    return _filled({"id": company.id, **told})


def _filled(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if not _is_empty(value)}


def _is_empty(value: Json) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
