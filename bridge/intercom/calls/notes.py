"""Notes on contacts and companies: what the team should know of them."""

from __future__ import annotations

from bridge.intercom.calls.ask import Object, ask, listed, segment
from bridge.intercom.client import Client
from bridge.model import Json


def add_note(client: Client, contact_id: str, body: str, admin_id: str | None = None) -> Object:
    """Put a note (HTML) on a contact, in the name of an admin where one is given.

    The same note sent twice is there twice: look with `list_notes` before repeating a lost one.
    """
    path = f"/contacts/{segment(contact_id)}/notes"
    return ask(client, "add note", "POST", path, _note(body, admin_id))


def add_company_note(
    client: Client, company_id: str, body: str, admin_id: str | None = None
) -> Object:
    """Put a note (HTML) on a company (by Intercom's id); since 2.16. Twice is twice here too."""
    path = f"/companies/{segment(company_id)}/notes"
    return ask(client, "add company note", "POST", path, _note(body, admin_id))


def list_notes(
    client: Client, contact_id: str, page: int | None = None, per_page: int | None = None
) -> list[Object]:
    """Give a page of the notes of a contact, the newest first (50 where nothing is said)."""
    query = {"page": page, "per_page": per_page}
    path = f"/contacts/{segment(contact_id)}/notes"
    return listed(ask(client, "list notes", "GET", path, query=query))


def _note(body: str, admin_id: str | None) -> dict[str, Json]:
    return {"body": body} if admin_id is None else {"body": body, "admin_id": admin_id}
