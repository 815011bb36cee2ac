"""The paths of companies."""

from __future__ import annotations

from functools import partial

from flask import request

from bridge.intercom.sandbox import companies, contacts, paging, shapes
from bridge.intercom.sandbox.model import Company
from bridge.intercom.sandbox.routes.route import Routes, body, version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox

ROUTES = Routes()
PER_PAGE = 15
MOST_PER_PAGE = 60
"""As told for the older API; the description is silent on what this one takes."""
MOST_LISTED = 10_000
"""Rows that the list gives in all; the rest is for scrolling, pages behind it are empty."""


@ROUTES.route("POST", "/companies")
def upsert_company(state: Sandbox) -> Object:
    """Create or update a company."""
    return shapes.company(state, companies.upsert(state, body(), version()))


@ROUTES.route("GET", "/companies/<company_id>")
def get_company(state: Sandbox, company_id: str) -> Object:
    """Give a company."""
    return shapes.company(state, companies.get(state, company_id))


@ROUTES.route("PUT", "/companies/<company_id>")
def update_company(state: Sandbox, company_id: str) -> Object:
    """Change a company."""
    return shapes.company(state, companies.update(state, company_id, body()))


@ROUTES.route("DELETE", "/companies/<company_id>")
def delete_company(state: Sandbox, company_id: str) -> Object:
    """Delete a company."""
    gone = companies.delete(state, company_id)
    return {"id": gone.id, "object": "company", "deleted": True}


@ROUTES.route("POST", "/contacts/<contact_id>/companies")
def attach_company(state: Sandbox, contact_id: str) -> Object:
    """Make a contact belong to a company."""
    return shapes.company(state, companies.attach(state, contact_id, body(), version()))


@ROUTES.route("DELETE", "/contacts/<contact_id>/companies/<company_id>")
def detach_company(state: Sandbox, contact_id: str, company_id: str) -> Object:
    """End it that a contact belongs to a company."""
    return shapes.company(state, companies.detach(state, contact_id, company_id, version()))


# --- lists --------------------------------------------------------------------------------------


def _page(state: Sandbox, found: list[Company], per_page: int = PER_PAGE) -> Object:
    size = paging.whole("per_page", request.args.get("per_page"), per_page, most=MOST_PER_PAGE)
    number = paging.whole("page", request.args.get("page"), 1, most=paging.MOST_PAGES)
    render = partial(shapes.company, state)
    return paging.by_number(found, render, number, size, request.base_url)


@ROUTES.route("GET", "/companies")
def find_companies(state: Sandbox) -> Object:
    """Give the company of a company_id or name, or list those that have a tag, or all."""
    for key in ("company_id", "name"):
        if request.args.get(key):
            return shapes.company(state, companies.find(state, key, request.args[key]))
    listed = companies.visible(state)
    tag_id = request.args.get("tag_id")
    return _page(state, [each for each in listed if not tag_id or tag_id in each.tags])


@ROUTES.route("POST", "/companies/list")
def list_companies(state: Sandbox) -> Object:
    """List the companies that have a user, the one last seen first."""
    latest_first = request.args.get("order", "desc") == "desc"
    listed = companies.visible(state)
    listed.sort(key=lambda each: each.last_request_at or 0, reverse=latest_first)
    return _page(state, listed[:MOST_LISTED])


@ROUTES.route("GET", "/companies/scroll")
def scroll_companies(state: Sandbox) -> Object:
    """Give the next stretch of all companies that have a user."""
    name, stretch = companies.scroll(state, request.args.get("scroll_param"))
    listed = shapes.listing(shapes.company(state, each) for each in stretch)
    return listed | {"pages": None, "total_count": None, "scroll_param": name}


@ROUTES.route("GET", "/contacts/<contact_id>/companies")
def list_contact_companies(state: Sandbox, contact_id: str) -> Object:
    """List the companies of a contact."""
    contact = contacts.live(state, contact_id, version())
    return _page(state, [state.companies[each] for each in contact.companies], per_page=50)
