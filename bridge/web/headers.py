"""The headers of a request as they were sent, those sent twice included.

WSGI joins them with a comma: then nobody can tell two signatures from one odd signature. gunicorn
is asked before it joins them, on the thread that answers the request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Protocol

from flask import Request

Headers = Sequence[tuple[str, str]]

HIDDEN = "[hidden]"
_TELLING = re.compile(r"authorization|cookie|token|secret|password|api[-_]?key", re.I)
_sent: ContextVar[Headers | None] = ContextVar("sent", default=None)


class Parsed(Protocol):
    """A request as gunicorn has parsed it."""

    headers: Headers


def remember(_: object, parsed: Parsed) -> None:
    """Keep the headers for the request that this thread is about to answer."""
    _sent.set([(name.lower(), value) for name, value in parsed.headers])


def headers_of(request: Request) -> Headers:
    """Give names in lower case and values, in the order sent where the server tells it."""
    sent = _sent.get()
    return sent or [(name.lower(), value) for name, value in request.headers.items()]


def hides(name: str, value: str, secrets: Sequence[str]) -> bool:
    """Say whether a header or parameter is what a reader of the database could sign in with."""
    return bool(_TELLING.search(name)) or any(secret in value for secret in secrets if secret)
