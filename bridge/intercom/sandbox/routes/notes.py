"""The paths of notes and of subscriptions."""

from __future__ import annotations

from functools import partial

from flask import request

from bridge.intercom.sandbox import companies, contacts, notes, paging, shapes, subscriptions
from bridge.intercom.sandbox.model import Refusal
from bridge.intercom.sandbox.routes.route import Routes, body, version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox

ROUTES = Routes()
PER_PAGE = 50


@ROUTES.route("POST", "/contacts/<contact_id>/notes")
def add_note(state: Sandbox, contact_id: str) -> Object:
    """Put a note on a contact."""
    about = contacts.live(state, contact_id, version()).id
    return shapes.note(state, notes.add(state, about, body()))


@ROUTES.route("GET", "/contacts/<contact_id>/notes")
def list_notes(state: Sandbox, contact_id: str) -> Object:
    """List the notes of a contact."""
    return _page(state, contacts.live(state, contact_id, version()).id)


@ROUTES.route("POST", "/companies/<company_id>/notes")
def add_company_note(state: Sandbox, company_id: str) -> Object:
    """Put a note on a company; the path is there since 2.16."""
    if version() < (2, 16):
        raise Refusal(404, "not_found", "Resource Not Found")
    about = companies.get(state, company_id).id
    return shapes.note(state, notes.add(state, about, body()))


@ROUTES.route("GET", "/companies/<company_id>/notes")
def list_company_notes(state: Sandbox, company_id: str) -> Object:
    """List the notes of a company; the path is there since 2.15."""
    if version() < (2, 15):
        raise Refusal(404, "not_found", "Resource Not Found")
    return _page(state, companies.get(state, company_id).id)


@ROUTES.route("GET", "/notes/<int:note_id>")
def get_note(state: Sandbox, note_id: int) -> Object:
    """Give a note."""
    return shapes.note(state, notes.get(state, note_id))


def _page(state: Sandbox, about: str) -> Object:
    size = paging.whole("per_page", request.args.get("per_page"), PER_PAGE)
    number = paging.whole("page", request.args.get("page"), 1, most=paging.MOST_PAGES)
    render = partial(shapes.note, state)
    return paging.by_number(state.notes_of(about), render, number, size, request.base_url)


# --- subscriptions ------------------------------------------------------------------------------


@ROUTES.route("GET", "/subscription_types")
def list_subscription_types(state: Sandbox) -> Object:
    """List the subscription types of the workspace."""
    return shapes.listing(map(shapes.subscription_type, state.subscriptions.values()))


@ROUTES.route("GET", "/contacts/<contact_id>/subscriptions")
def list_subscriptions(state: Sandbox, contact_id: str) -> Object:
    """List the types for which a contact made a choice."""
    chosen = subscriptions.of_contact(state, contact_id, version())
    return shapes.listing(map(shapes.subscription_type, chosen))


@ROUTES.route("POST", "/contacts/<contact_id>/subscriptions")
def attach_subscription(state: Sandbox, contact_id: str) -> Object:
    """Take note of a contact's choice."""
    return shapes.subscription_type(subscriptions.attach(state, contact_id, body(), version()))


@ROUTES.route("DELETE", "/contacts/<contact_id>/subscriptions/<kind_id>")
def detach_subscription(state: Sandbox, contact_id: str, kind_id: str) -> Object:
    """Forget a contact's choice."""
    return shapes.subscription_type(subscriptions.detach(state, contact_id, kind_id, version()))
