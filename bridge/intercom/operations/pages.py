"""Lists: every page followed, or the one page that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bridge.errors import IntercomRefused
from bridge.intercom.calls.ask import listed

Object = dict[str, Any]
Fetch = Callable[[str], Object]
"""Gives the answer of the page at a cursor; "" is the first."""


def gather(fetch: Fetch, starting_after: str | None) -> tuple[list[Object], str]:
    """Give the items of all pages and "", or of the page at `starting_after` and the next cursor.

    None asks for all pages, "" for the first. Raises IntercomRefused where pages go in a circle.
    """
    if starting_after is not None:
        answer = fetch(starting_after)
        return listed(answer, "companies", "contacts"), following(answer)
    items: list[Object] = []
    seen: set[str] = set()
    cursor = ""
    while cursor not in seen:
        seen.add(cursor)
        answer = fetch(cursor)
        items += listed(answer, "companies", "contacts")
        cursor = following(answer)
        if not cursor:
            return items, ""
    raise IntercomRefused("Intercom's pages lead back to one that was read already", status=500)


def following(answer: Mapping[str, Any]) -> str:
    """Give the cursor or number of the next page, "" where there is none.

    Intercom gives an object with a cursor, or the next page's address.
    """
    told = (answer.get("pages") or {}).get("next")
    if isinstance(told, Mapping):
        return str(told.get("starting_after") or told.get("page") or "")
    query = parse_qs(urlsplit(told).query) if isinstance(told, str) else {}
    return next(iter(query.get("starting_after") or query.get("page") or []), "")
