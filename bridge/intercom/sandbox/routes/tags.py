"""The paths of tags."""

from __future__ import annotations

from bridge.intercom.sandbox import contacts, shapes, tags
from bridge.intercom.sandbox.routes.route import Routes, body, version
from bridge.intercom.sandbox.shapes import Object
from bridge.intercom.sandbox.state import Sandbox

ROUTES = Routes()


@ROUTES.route("POST", "/tags")
def write_tag(state: Sandbox) -> Object:
    """Create, rename or apply a tag; who was tagged is told since 2.16."""
    tag, users, firms = tags.write(state, body(), version())
    told = {"users": users, "companies": firms} if version() >= (2, 16) else {}
    return shapes.tag(tag) | told


@ROUTES.route("GET", "/tags")
def list_tags(state: Sandbox) -> Object:
    """List all tags."""
    return shapes.listing(shapes.tag(tag) for tag in state.tags.values())


@ROUTES.route("GET", "/tags/<tag_id>")
def get_tag(state: Sandbox, tag_id: str) -> Object:
    """Give a tag."""
    return shapes.tag(tags.get(state, tag_id))


@ROUTES.route("DELETE", "/tags/<tag_id>")
def delete_tag(state: Sandbox, tag_id: str) -> None:
    """Delete a tag."""
    tags.delete(state, tag_id)


@ROUTES.route("GET", "/contacts/<contact_id>/tags")
def list_contact_tags(state: Sandbox, contact_id: str) -> Object:
    """List the tags of a contact."""
    held = contacts.live(state, contact_id, version()).tags
    return shapes.listing(shapes.tag(state.tags[each], at) for each, at in held.items())


@ROUTES.route("POST", "/contacts/<contact_id>/tags")
def tag_contact(state: Sandbox, contact_id: str) -> Object:
    """Put a tag on a contact, by the tag's id."""
    contact = contacts.live(state, contact_id, version())
    tag = tags.get(state, str(body().get("id") or ""))
    return shapes.tag(tags.put_on(state, contact, tag), state.now())


@ROUTES.route("DELETE", "/contacts/<contact_id>/tags/<tag_id>")
def untag_contact(state: Sandbox, contact_id: str, tag_id: str) -> Object:
    """Take a tag off a contact, by the tag's id."""
    contact = contacts.live(state, contact_id, version())
    return shapes.tag(tags.take_off(state, contact, tags.get(state, tag_id)), state.now())
