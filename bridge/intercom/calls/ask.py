"""What all calls share: an id made safe for a path, and an answer read as an object or a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bridge.errors import IntercomRefused
from bridge.intercom.client import Client
from bridge.model import Call, Json

Body = Mapping[str, Json]
Object = dict[str, Any]


def segment(value: str) -> str:
    """Give an id as one segment of a path.

    Raises IntercomRefused for a blank id, which would ask for the whole list, and for the dots
    that lead out of the folder.
    """
    if not value.strip() or value in {".", ".."}:
        raise IntercomRefused(f"Intercom cannot be asked for the id {value!r}: nothing was sent.")
    return quote(value, safe="")


def ask(
    client: Client,
    name: str,
    method: str,
    path: str,
    body: Body | None = None,
    query: Mapping[str, str | int | None] | None = None,
) -> Object:
    """Send one call and give its answer as an object; {} where the answer is empty."""
    asked = {key: value for key, value in (query or {}).items() if value is not None}
    sent = None if body is None else dict(body)
    answer = client.send(Call(name, method, path, sent, asked))
    return answer.body if isinstance(answer.body, dict) else {}


def listed(answer: Object, *keys: str) -> list[Object]:
    """Give the items of a list answer, under `data` or the other keys Intercom uses for it."""
    for key in ("data", *keys):
        items = answer.get(key)
        if isinstance(items, list):
            return [item for item in items if isinstance(item, dict)]
    return []


def next_cursor(answer: Object) -> str | None:
    """Give the cursor of the next page of a list answer; None on the last page."""
    following = (answer.get("pages") or {}).get("next")
    if isinstance(following, dict) and following.get("starting_after"):
        return str(following["starting_after"])
    return None
