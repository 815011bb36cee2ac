"""Pages of lists: by cursor for contacts, by number for companies."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bridge.intercom.sandbox.model import Contact, invalid
from bridge.model import Json

Item = TypeVar("Item")
MOST = 150
"""Items of a page of contacts (Intercom-OpenAPI pull request 639)."""
MOST_PAGES = 1_000_000_000


def whole(name: str, told: Json, default: int, most: int = MOST) -> int:
    """Give a page's size or number, from 1 to `most`, as a query or a body tells it."""
    if told is None or told == "":
        return default
    try:
        size = int(told)
    except (TypeError, ValueError):
        raise invalid(f"{name} must be an integer") from None
    if not 1 <= size <= most:
        raise invalid(f"{name} must be between 1 and {most}")
    return size


def by_cursor(
    contacts: Sequence[Contact],
    render: Callable[[Contact], Json],
    per_page: int,
    starting_after: Json,
) -> dict[str, Any]:
    """Give the page of contacts after the one that the cursor names."""
    start = _place(contacts, starting_after) if starting_after else 0
    shown = contacts[start : start + per_page]
    pages: dict[str, Any] = {
        "type": "pages",
        "page": start // per_page + 1,
        "per_page": per_page,
        "total_pages": -(-len(contacts) // per_page),
    }
    if start + per_page < len(contacts):
        pages["next"] = {"per_page": per_page, "starting_after": _cursor(shown[-1])}
    return {
        "type": "list",
        "data": [render(each) for each in shown],
        "total_count": len(contacts),
        "pages": pages,
    }


def _cursor(contact: Contact) -> str:
    return base64.urlsafe_b64encode(contact.id.encode()).decode()


def _place(contacts: Sequence[Contact], cursor: Json) -> int:
    try:
        wanted = base64.urlsafe_b64decode(str(cursor)).decode()
    except (binascii.Error, ValueError):
        raise invalid("starting_after is not a cursor of ours") from None
    for place, contact in enumerate(contacts):
        if contact.id == wanted:
            return place + 1
    raise invalid("starting_after is not a cursor of ours")


def by_number(
    items: Sequence[Item], render: Callable[[Item], Json], page: int, per_page: int, url: str
) -> dict[str, Any]:
    """Give a page by its number, from 1; `url` is where the next one is, without its query."""
    start = (page - 1) * per_page
    total = -(-len(items) // per_page)
    following = f"{url}?page={page + 1}&per_page={per_page}" if page < total else None
    return {
        "type": "list",
        "data": [render(each) for each in items[start : start + per_page]],
        "total_count": len(items),
        "pages": {
            "type": "pages",
            "next": following,
            "page": page,
            "per_page": per_page,
            "total_pages": total,
        },
    }
