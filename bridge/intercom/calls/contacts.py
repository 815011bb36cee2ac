"""Contacts: the leads and users of a workspace, by Intercom's own ids.

`owner_id` is text here whatever the version: Intercom has it as a number before 2.16.
"""

from __future__ import annotations

from typing import Literal

from bridge.errors import IntercomNotFound
from bridge.intercom.calls.ask import Body, Object, ask, listed, segment
from bridge.intercom.client import Client
from bridge.model import Json

NUMBERED = frozenset({"2.13", "2.14", "2.15"})
"""Versions in which the owner of a contact is a number."""


def create_contact(client: Client, body: Body) -> Object:
    """Create a contact; for a user that exists already IntercomConflict names its id.

    Leads have no uniqueness: the same body sent twice makes two.
    """
    return _told(ask(client, "create contact", "POST", "/contacts", _for(client, body)))


def update_contact(client: Client, contact_id: str, body: Body) -> Object:
    """Change the fields in `body`; a null clears one, an absent one is left alone."""
    path = f"/contacts/{segment(contact_id)}"
    return _told(ask(client, "update contact", "PUT", path, _for(client, body)))


def get_contact(client: Client, contact_id: str) -> Object:
    """Give a live contact; an archived or deleted one is IntercomNotFound."""
    return _told(ask(client, "get contact", "GET", f"/contacts/{segment(contact_id)}"))


def find_by_external_id(client: Client, external_id: str) -> Object | None:
    """Give the live user of that external id, None where there is none; leads are not looked at."""
    path = f"/contacts/find_by_external_id/{segment(external_id)}"
    try:
        return _told(ask(client, "find contact", "GET", path))
    except IntercomNotFound:
        return None


def list_contacts(
    client: Client, per_page: int | None = None, starting_after: str | None = None
) -> Object:
    """Give a page of all live contacts; `per_page` at most 150."""
    query = {"per_page": per_page, "starting_after": starting_after}
    return _each(ask(client, "list contacts", "GET", "/contacts", query=query))


def search_contacts(
    client: Client,
    query: Body,
    *,
    per_page: int = 50,
    starting_after: str | None = None,
    sort: Body | None = None,
) -> Object:
    """Give a page of the contacts that match a search query; `per_page` at most 150.

    What was written in the last minutes may be missing: the search index lags.
    """
    pagination: dict[str, Json] = {"per_page": per_page}
    if starting_after:
        pagination["starting_after"] = starting_after
    body: dict[str, Json] = {"query": dict(query), "pagination": pagination}
    if sort:
        body["sort"] = dict(sort)
    return _each(ask(client, "search contacts", "POST", "/contacts/search", body))


def search_by_email(
    client: Client, email: str, role: Literal["user", "lead"] | None = None
) -> list[Object]:
    """Give the live contacts with that e-mail address, of one role or of any (at most 50)."""
    wanted: Body = {"field": "email", "operator": "=", "value": email}
    if role is not None:
        of_role = {"field": "role", "operator": "=", "value": role}
        wanted = {"operator": "AND", "value": [wanted, of_role]}
    return listed(search_contacts(client, wanted))


def archive_contact(client: Client, contact_id: str) -> Object:
    """Put a contact away: hidden from reads and searches, and able to come back."""
    return ask(client, "archive contact", "POST", f"/contacts/{segment(contact_id)}/archive")


def unarchive_contact(client: Client, contact_id: str) -> Object:
    """Bring an archived contact back; the answer holds only its id, not its fields.

    A deleted or merged contact is refused with 400, or with 500 (IntercomBusy) as live recordings
    show.
    """
    return ask(client, "unarchive contact", "POST", f"/contacts/{segment(contact_id)}/unarchive")


def block_contact(client: Client, contact_id: str) -> Object:
    """Block a contact: its messages are not taken any more, its conversations are archived."""
    return ask(client, "block contact", "POST", f"/contacts/{segment(contact_id)}/block")


def delete_contact(client: Client, contact_id: str) -> Object:
    """Delete a contact for good, live or archived."""
    return ask(client, "delete contact", "DELETE", f"/contacts/{segment(contact_id)}")


def merge_contacts(
    client: Client, lead_id: str, user_id: str, *, skip_duplicate_validation: bool = False
) -> Object:
    """Merge a lead into a user and give the user; the lead's id is gone afterwards.

    Without `skip_duplicate_validation` Intercom refuses to merge contacts that share neither
    e-mail address nor phone number.
    """
    body: dict[str, Json] = {"from": lead_id, "into": user_id}
    if skip_duplicate_validation:
        body["skip_duplicate_validation"] = True
    return _told(ask(client, "merge contacts", "POST", "/contacts/merge", body))


def _for(client: Client, body: Body) -> Body:
    """Give a body as the client's version wants it."""
    owner = body.get("owner_id")
    if client.version in NUMBERED and isinstance(owner, str) and owner.isdigit():
        return {**body, "owner_id": int(owner)}
    return body


def _told(contact: Object) -> Object:
    owner = contact.get("owner_id")
    return contact if owner is None else contact | {"owner_id": str(owner)}


def _each(answer: Object) -> Object:
    return answer | {"data": [_told(contact) for contact in listed(answer)]}
