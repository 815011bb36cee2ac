"""Data attributes: the custom fields of contacts and companies."""

from __future__ import annotations

from bridge.intercom.calls.ask import Body, Object, ask, listed
from bridge.intercom.client import Client
from bridge.model import Json, TargetKind

READ_NAME = "list data attributes"
"""Examples of mappings leave the calls of this name out: it is read once, at the start."""


def list_attributes(
    client: Client, model: TargetKind, *, include_archived: bool = True
) -> list[Object]:
    """Give all data attributes of contacts or of companies (Intercom has no pages here)."""
    query = {"model": model, "include_archived": str(include_archived).lower()}
    return listed(ask(client, READ_NAME, "GET", "/data_attributes", query=query))


def update_attribute(client: Client, attribute_id: int, body: Body) -> Object:
    """Change an attribute's description, options, archived or messenger_writable.

    Its name, model and type stay what they are. Raises IntercomNotFound for an unknown id.
    """
    path = f"/data_attributes/{int(attribute_id)}"
    return ask(client, "update data attribute", "PUT", path, body)


def create_attribute(
    client: Client,
    name: str,
    model: TargetKind,
    data_type: str,
    *,
    options: tuple[str, ...] = (),
    description: str | None = None,
) -> Object:
    """Create a custom attribute.

    `data_type` is string, integer, float, boolean, date, datetime, or options, which needs two
    `options` or more. Raises IntercomRefused for a name that is taken or not allowed.
    """
    body: dict[str, Json] = {"name": name, "model": model, "data_type": data_type}
    if options:
        body["options"] = [{"value": option} for option in options]
    if description:
        body["description"] = description
    return ask(client, "create data attribute", "POST", "/data_attributes", body)
