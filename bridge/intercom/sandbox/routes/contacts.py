"""The paths of contacts."""

from __future__ import annotations

from functools import partial

from flask import request

from bridge.intercom.sandbox import companies, contacts, paging, search, shapes
from bridge.intercom.sandbox.model import Contact, Refusal, invalid
from bridge.intercom.sandbox.routes.route import Routes, body, version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

ROUTES = Routes()


def _full(state: Sandbox, contact: Contact) -> Object:
    return shapes.contact(state, contact, version())


@ROUTES.route("POST", "/contacts")
def create_contact(state: Sandbox) -> Object:
    """Create a contact."""
    return _full(state, contacts.create(state, body()))


@ROUTES.route("GET", "/contacts/<contact_id>")
def get_contact(state: Sandbox, contact_id: str) -> Object:
    """Give a contact."""
    return _full(state, contacts.live(state, contact_id, version()))


@ROUTES.route("PUT", "/contacts/<contact_id>")
def update_contact(state: Sandbox, contact_id: str) -> Object:
    """Change a contact."""
    return _full(state, contacts.update(state, contact_id, body(), version()))


@ROUTES.route("DELETE", "/contacts/<contact_id>")
def delete_contact(state: Sandbox, contact_id: str) -> Object:
    """Delete a contact."""
    return shapes.reference(contacts.delete(state, contact_id), deleted=True)


@ROUTES.route("POST", "/contacts/<contact_id>/block")
def block_contact(state: Sandbox, contact_id: str) -> Object:
    """Block a contact; the path is there since 2.13."""
    if version() < (2, 13):
        raise Refusal(404, "not_found", "Resource Not Found")
    return shapes.reference(contacts.block(state, contact_id, version()), blocked=True)


@ROUTES.route("POST", "/contacts/<contact_id>/archive")
def archive_contact(state: Sandbox, contact_id: str) -> Object:
    """Archive a contact."""
    return shapes.reference(contacts.archive(state, contact_id), archived=True)


@ROUTES.route("POST", "/contacts/<contact_id>/unarchive")
def unarchive_contact(state: Sandbox, contact_id: str) -> Object:
    """Bring a contact back."""
    return shapes.reference(contacts.unarchive(state, contact_id), archived=False)


@ROUTES.route("POST", "/contacts/merge")
def merge_contacts(state: Sandbox) -> Object:
    """Merge a lead into a user."""
    return _full(state, contacts.merge(state, body(), version()))


@ROUTES.route("GET", "/contacts/find_by_external_id/<path:external_id>")
def find_contact(state: Sandbox, external_id: str) -> Object:
    """Give the user of an external id; the path is there since 2.13."""
    if version() < (2, 13):
        raise Refusal(404, "not_found", "Resource Not Found")
    return _full(state, contacts.by_external_id(state, external_id, version()))


# --- lists --------------------------------------------------------------------------------------


def _row(state: Sandbox, contact: Contact) -> Object:
    """Give a contact as lists do: a cleared address, "" elsewhere, is null here, as recorded."""
    shown = _full(state, contact)
    return shown | {"email": shown["email"] or None}


def _page(state: Sandbox, found: list[Contact], per_page: int, cursor: Json) -> Object:
    return paging.by_cursor(found, partial(_row, state), per_page, cursor)


@ROUTES.route("GET", "/contacts")
def list_contacts(state: Sandbox) -> Object:
    """List all contacts, as late as searches show them: recordings have archived ones listed.

    Filters such as ?email= are passed over (intercom-ruby issues 519 and 612).
    """
    per_page = paging.whole("per_page", request.args.get("per_page"), 10)
    found = search.ordered(list(state.searchable()), {})
    return _page(state, found, per_page, request.args.get("starting_after"))


@ROUTES.route("POST", "/contacts/search")
def search_contacts(state: Sandbox) -> Object:
    """Search contacts; the page is told in the body only."""
    sent = body()
    pagination, sort = sent.get("pagination") or {}, sent.get("sort") or {}
    if not isinstance(pagination, dict) or not isinstance(sort, dict):
        raise invalid("pagination and sort must be objects")
    per_page = paging.whole("per_page", pagination.get("per_page"), 50)
    query = sent.get("query")
    found = search.ordered(search.matching(state.searchable(search.address(query)), query), sort)
    return _page(state, found, per_page, pagination.get("starting_after"))


@ROUTES.route("GET", "/companies/<company_id>/contacts")
def list_company_contacts(state: Sandbox, company_id: str) -> Object:
    """List the contacts of a company, leads among them."""
    per_page = paging.whole("per_page", request.args.get("per_page"), 50)
    members = state.members(companies.get(state, company_id).id)
    cursor = request.args.get("starting_after")
    return _page(state, search.ordered(members, {}), per_page, cursor)
