"""How the workspace itself, its attributes and its lists look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.intercom.sandbox.model import DataAttribute
from bridge.intercom.sandbox.state import Sandbox

Object = dict[str, Any]
ADMIN = {"id": "1", "name": "Sandbox", "email": "sandbox@example.com"}


def attribute(held: DataAttribute) -> Object:
    """Give a data attribute."""
    shown: Object = {
        "type": "data_attribute",
        "name": held.name.rpartition(".")[2] if not held.custom else held.name,
        "full_name": f"custom_attributes.{held.name}" if held.custom else held.name,
        "label": held.name,
        "description": held.description,
        "data_type": held.data_type,
        "options": list(held.options) or None,
        "api_writable": held.api_writable,
        "ui_writable": False,
        "messenger_writable": False,
        "custom": held.custom,
        "archived": held.archived,
        "model": held.model,
    }
    if held.custom:
        shown |= {"id": held.id, "created_at": held.created_at, "updated_at": held.updated_at}
    return {name: value for name, value in shown.items() if value is not None}


def admin(state: Sandbox) -> Object:
    """Give the admin of the token, and the workspace."""
    return {
        "type": "admin",
        **ADMIN,
        "email_verified": True,
        "has_inbox_seat": True,
        "app": {
            "type": "app",
            "id_code": state.workspace,
            "name": "Sandbox",
            "created_at": 0,
            "secure": False,
            "identity_verification": False,
            "timezone": "Etc/UTC",
            "region": "US",
        },
    }


def listing(items: Iterable[Object]) -> Object:
    """Give a list that has no pages."""
    return {"type": "list", "data": list(items)}
