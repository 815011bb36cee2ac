"""The paths of the account, of data events and of data attributes."""

from __future__ import annotations

from flask import request

from bridge.intercom.sandbox import attributes, events, shapes
from bridge.intercom.sandbox.routes.route import Routes, body, version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox

ROUTES = Routes()


@ROUTES.route("GET", "/me")
def me(state: Sandbox) -> Object:
    """Give the token's admin and workspace."""
    return shapes.admin(state)


@ROUTES.route("POST", "/events", status=202)
def submit_event(state: Sandbox) -> None:
    """Record a data event."""
    events.submit(state, body(), version())


@ROUTES.route("GET", "/events")
def list_events(state: Sandbox) -> Object:
    """List the data events of a contact."""
    contact, found = events.listed(state, request.args.to_dict(), version())
    return shapes.event_list(contact, found, summary=request.args.get("summary") == "true")


@ROUTES.route("POST", "/events/summaries")
def summarise_events(state: Sandbox) -> None:
    """Take a summary of data events."""
    events.summarise(state, body(), version())


@ROUTES.route("GET", "/data_attributes")
def list_attributes(state: Sandbox) -> Object:
    """List the attributes of contacts, of companies, or of both."""
    archived = request.args.get("include_archived") == "true"
    found = attributes.listed(state, request.args.get("model"), archived=archived)
    return shapes.listing(shapes.attribute(each) for each in found)


@ROUTES.route("POST", "/data_attributes")
def create_attribute(state: Sandbox) -> Object:
    """Create an attribute."""
    return shapes.attribute(attributes.create(state, body()))


@ROUTES.route("PUT", "/data_attributes/<int:attribute_id>")
def update_attribute(state: Sandbox, attribute_id: int) -> Object:
    """Change an attribute."""
    return shapes.attribute(attributes.update(state, attribute_id, body()))
