"""The body of a request to the API: a JSON object, or nothing."""

from __future__ import annotations

from typing import Any

from flask import request

from bridge.errors import Unreadable
from bridge.sources.body import read_json
from bridge.sources.limited import check_encoding, read_limited


def parameters(max_body: int) -> dict[str, Any]:
    """Read the parameters of at most `max_body` bytes; an empty body gives none.

    Raises Unreadable.
    """
    check_encoding(request.headers.get("Content-Encoding"))
    told = read_limited(request.stream, request.content_length, max_body)
    body = read_json(told) if told.strip() else {}
    if not isinstance(body, dict):
        raise Unreadable("the body must be a JSON object of parameters, such as {}")
    return body
