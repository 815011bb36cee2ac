"""Readers of request bodies: from bytes and a content type to one JSON value, or a clear refusal.

JSON is read by the standard library with hooks, because its faster rivals lose integers beyond
64 bits and cannot see a name given twice. Both matter: an id must come out as it went in, and
where two parsers disagree about a repeated name one of them is being deceived.
NUL in text is data. A byte order mark before UTF-8 is skipped, as RFC 8259 allows.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from itertools import accumulate
from typing import NoReturn

from werkzeug.http import parse_options_header

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.forms import read_multipart, read_urlencoded
from bridge.sources.xml import read_xml

MAX_DEPTH = 100
"""How deep lists and objects may be nested."""

MAX_DIGITS = 4300
"""How many digits an integer may have: more take time that grows with their square."""

ACCEPTED = "application/json, application/x-www-form-urlencoded, multipart/form-data, text/xml"


def read_body(content_type: str | None, body: bytes) -> Json:
    """Read a body as its Content-Type says; without one, as JSON if it begins like JSON.

    A form becomes an object: a name given several times becomes a list, a file `{filename,
    content_type, size}`. Raises Unreadable with status 400, 413 or 415.
    """
    kind, options = parse_options_header(content_type or "")
    kind = kind.lower()
    if not kind and body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        kind = "application/json"
    if kind == "application/json" or re.fullmatch(r"application/[\w.-]+\+json", kind):
        if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            raise Unreadable("JSON must be in UTF-8, the Content-Type says otherwise", 415)
        return read_json(body)
    if kind in ("text/xml", "application/xml") or re.fullmatch(r"application/[\w.-]+\+xml", kind):
        return read_xml(body)
    if kind == "application/x-www-form-urlencoded":
        return read_urlencoded(body, options.get("charset"))
    if kind == "multipart/form-data":
        return read_multipart(body, options.get("boundary", ""))
    was = f"Content-Type {kind[:60]!r} is not read" if kind else "there is no Content-Type"
    raise Unreadable(f"{was}; send one of {ACCEPTED}", 415)


def read_json(body: bytes) -> Json:
    """Read one JSON value strictly (RFC 8259); Unreadable says what is wrong and where.

    Refused: names given twice, NaN and Infinity, numbers too large for their type, lone
    surrogates, nesting deeper than MAX_DEPTH, anything but UTF-8.
    """
    text = _text(body)
    if not text.strip():
        raise Unreadable("the body is empty, it should be JSON")
    _check_depth(body)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_no_number,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"the body is not JSON: {error.msg} at {where}") from None
    if re.search(r"\\u[dD][89a-fA-F]", text):
        _check_surrogates(value)
    return value


def dump(value: Json) -> bytes:
    """Write a JSON value as read_json reads it back: compact, in UTF-8, integers exact."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the body is not UTF-8: byte {error.start} is wrong") from None


# Possessive and never failing at a quote, so that no text can make it look at a byte twice.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_OTHER_THAN_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _check_depth(body: bytes) -> None:
    """Refuse deep nesting before the parser, which recurses, meets it."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(None, _OTHER_THAN_BRACKETS)
    deepest = max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)
    if deepest > MAX_DEPTH:
        raise Unreadable(f"the body is nested more than {MAX_DEPTH} deep")


def _check_surrogates(value: Json) -> None:
    try:
        dump(value)
    except UnicodeEncodeError:
        raise Unreadable("the body holds half of a surrogate pair, which is no text") from None


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Unreadable(f"the name {twice[:60]!a} is given twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise Unreadable(f"an integer has more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unreadable("a number is too large (beyond 1.8e308)")
    return number


def _no_number(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not JSON")
