"""The rules of contacts: roles, uniqueness, archiving, merging.

Roles, the texts of conflicts and of unarchiving as in recordings of the live API; merging as in
Intercom's OpenAPI description 2.16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.intercom.sandbox.fields import contact_fields, text
from bridge.intercom.sandbox.model import Contact, Refusal, Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

MERGED = "This contact has been merged. See the 'Link' header for the canonical contact."
NOT_DUPLICATES = (
    "Contacts can only be merged when they are duplicates (matching email or phone). "
    "Pass skip_duplicate_validation=true to override this check."
)


def create(state: Sandbox, body: Mapping[str, Json]) -> Contact:
    """Create a contact; a user whose identifier is taken is a conflict that names the other."""
    role = _role(body.get("role", "user"))
    email = text("email", body.get("email"))
    external_id = text("external_id", body.get("external_id"))
    if role == "user":
        _need_identifier(external_id, email)
        _refuse_taken(state, external_id, email)
    else:
        external_id = state.new_uuid()
    written = contact_fields(state, body)
    now = state.now()
    made = Contact(state.new_id(), role, now, now, external_id=external_id, email=email)
    return state.put(replace(made, **written))


def update(state: Sandbox, contact_id: str, body: Mapping[str, Json], version: Version) -> Contact:
    """Change the fields given; a lead that is given the role user becomes one."""
    contact = live(state, contact_id, version)
    role = _role(body.get("role") or contact.role)
    if contact.role == "user" and role == "lead":
        told = "Contact with user role can't be converted to a lead"
        raise Refusal(400, "client_error", told)
    written = contact_fields(state, body)
    if "custom_attributes" in written:
        written["custom_attributes"] = {**contact.custom_attributes, **written["custom_attributes"]}
    changed = replace(contact, role=role, **_identifiers(contact, role, body), **written)
    if changed == contact:
        return contact
    _refuse_stolen(state, contact, changed)
    return state.put(replace(changed, updated_at=state.now()))


def _identifiers(contact: Contact, role: str, body: Mapping[str, Json]) -> dict[str, Any]:
    """Give what becomes of e-mail address and external id.

    A null clears the address, which is "" from then on as recorded, but not the external id; a
    lead keeps the id Intercom made up until it becomes a user, and then loses it.
    """
    written: dict[str, Any] = {}
    if "email" in body:
        written["email"] = text("email", body["email"]) or ""
    given = text("external_id", body.get("external_id"))
    if role == "user" and (given or contact.role == "lead"):
        written["external_id"] = given
    return written


def _refuse_stolen(state: Sandbox, contact: Contact, changed: Contact) -> None:
    """Refuse identifiers of another live user; what archived users had may be taken over."""
    if changed.role != "user":
        return
    _need_identifier(changed.external_id, changed.email)
    new_id = changed.external_id if changed.external_id != contact.external_id else None
    promoted = contact.role == "lead"
    new_email = changed.email if changed.email != contact.email or promoted else None
    if changed.external_id and state.rules.email_conflict != "always":
        new_email = None
    rivals = state.with_external_id(new_id) if new_id else []
    rivals += state.with_email(new_email) if new_email else []
    for rival in rivals:
        if rival.id != contact.id and rival.role == "user" and rival.standing == "live":
            raise _conflict(rival)


def _refuse_taken(state: Sandbox, external_id: str | None, email: str | None) -> None:
    """Refuse a new user whose identifiers a user has, live, archived or deleted."""
    rivals = state.with_external_id(external_id) if external_id else []
    if email and (not external_id or state.rules.email_conflict == "always"):
        rivals += state.with_email(email)
    users = [each for each in rivals if each.role == "user" and each.standing != "merged"]
    if users:
        raise _conflict(min(users, key=lambda each: each.standing != "live"))


def _conflict(rival: Contact) -> Refusal:
    kind = "A contact" if rival.standing == "live" else "An archived contact"
    told = f"{kind} matching those details already exists with id={rival.id}"
    return Refusal(409, "conflict", told)


def _role(role: Json) -> str:
    if role not in ("user", "lead"):
        raise invalid("role must be one of: user, lead")
    return str(role)


def _need_identifier(external_id: str | None, email: str | None) -> None:
    if not external_id and not email:
        raise invalid("A user must have an external_id or an email")


# --- reading ------------------------------------------------------------------------------------


def live(state: Sandbox, contact_id: str, version: Version) -> Contact:
    """Give a contact by its id; archived and deleted ones are not found, merged ones gone."""
    contact = state.contacts.get(contact_id)
    if contact is None or contact.standing in {"archived", "deleted"}:
        raise Refusal(404, "not_found", "User Not Found")
    return contact if contact.standing == "live" else _gone(state, contact, version)


def _gone(state: Sandbox, contact: Contact, version: Version) -> Contact:
    if version < (2, 16):
        raise Refusal(404, "not_found", "User Not Found")
    into = contact
    for _ in range(3):
        into = state.contacts.get(into.merged_into or "", into)
    link = {"Link": f'</contacts/{into.id}>; rel="canonical"'}
    raise Refusal(410, "contact_merged", MERGED, link)


def by_external_id(state: Sandbox, external_id: str, version: Version) -> Contact:
    """Give the user of an external id; leads are not looked at."""
    found = [each for each in state.with_external_id(external_id) if each.role == "user"]
    for contact in found:
        if contact.standing == "live":
            return contact
    for contact in found:
        if contact.standing == "merged":
            return _gone(state, contact, version)
    raise Refusal(404, "not_found", "User Not Found")


# --- blocking, archiving, deleting, merging -----------------------------------------------------


def block(state: Sandbox, contact_id: str, version: Version) -> Contact:
    """Block a contact, whose conversations are archived; it can be read as before."""
    contact = live(state, contact_id, version)
    return state.put(replace(contact, blocked=True, updated_at=state.now()))


def archive(state: Sandbox, contact_id: str) -> Contact:
    """Put a contact away."""
    contact = _standing(state, contact_id, "live", "archived")
    return state.put(replace(contact, standing="archived", updated_at=state.now()))


def unarchive(state: Sandbox, contact_id: str) -> Contact:
    """Bring an archived contact back; deleted and merged ones do not come back."""
    contact = _standing(state, contact_id, "live", "archived", "deleted", "merged")
    if contact.standing == "merged":
        raise Refusal(400, "bad_request", "User has been merged and is not restorable.")
    if contact.standing == "deleted" and state.rules.unarchive_deleted == "fault":
        raise Refusal(500, "server_error", "Server Error")
    if contact.standing == "deleted" or state.rules.fail_unarchive:
        told = "User has been marked for permanent deletion and is not restorable."
        raise Refusal(400, "bad_request", told)
    return state.put(replace(contact, standing="live", updated_at=state.now()))


def delete(state: Sandbox, contact_id: str) -> Contact:
    """Delete a contact for good, live or archived."""
    contact = _standing(state, contact_id, "live", "archived")
    return state.put(replace(contact, standing="deleted", companies=(), tags={}, subscriptions={}))


def merge(state: Sandbox, body: Mapping[str, Json], version: Version) -> Contact:
    """Merge a lead into a user, who takes over what it lacks."""
    lead = live(state, str(body.get("from") or ""), version)
    user = live(state, str(body.get("into") or ""), version)
    if lead.role != "lead" or user.role != "user":
        raise Refusal(400, "invalid_merge", "A lead can be merged into a user only")
    if version >= (2, 16) and not body.get("skip_duplicate_validation"):
        _need_duplicates(lead, user)
    state.put(replace(lead, standing="merged", merged_into=user.id, companies=(), tags={}))
    joined = replace(
        user,
        email=user.email or lead.email,
        phone=user.phone or lead.phone,
        name=user.name or lead.name,
        custom_attributes={**lead.custom_attributes, **user.custom_attributes},
        tags={**lead.tags, **user.tags},
        subscriptions={**lead.subscriptions, **user.subscriptions},
        companies=tuple(dict.fromkeys((*user.companies, *lead.companies))),
        updated_at=state.now(),
    )
    for note in state.notes_of(lead.id)[::-1]:
        state.put_note(replace(note, about=user.id))
    return state.put(joined)


def _need_duplicates(lead: Contact, user: Contact) -> None:
    same_email = lead.email and (lead.email or "").casefold() == (user.email or "").casefold()
    if not same_email and not (lead.phone and lead.phone == user.phone):
        raise Refusal(400, "invalid_merge", NOT_DUPLICATES)


def _standing(state: Sandbox, contact_id: str, *allowed: str) -> Contact:
    contact = state.contacts.get(contact_id)
    if contact is None or contact.standing not in allowed:
        raise Refusal(404, "not_found", "User Not Found")
    return contact
