"""Bodies of requests: whole and within a limit; parameters of the API as a JSON object."""

from __future__ import annotations

from typing import Any

from flask import Request, request

from bridge.errors import Unreadable
from bridge.sources.body import read_json
from bridge.sources.limited import check_encoding, read_limited


def whole(asked: Request, max_body: int) -> bytes:
    """Read a request's body of at most `max_body` bytes; raise Unreadable, also where packed."""
    check_encoding(asked.headers.get("Content-Encoding"))
    return read_limited(asked.stream, asked.content_length, max_body)


def parameters(max_body: int) -> dict[str, Any]:
    """Read the parameters of at most `max_body` bytes; an empty body gives none.

    Raises Unreadable.
    """
    told = whole(request, max_body)
    body = read_json(told) if told.strip() else {}
    if not isinstance(body, dict):
        raise Unreadable("the body must be a JSON object of parameters, such as {}")
    return body
