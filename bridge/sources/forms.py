"""Readers of what HTML forms send: names and values become an object of texts and lists.

Bracketed names (`company[name]`) stay names: what they mean differs from framework to framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from bridge.errors import Unreadable
from bridge.model import Json

MAX_FIELDS = 1000
"""How many fields a form may have."""

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1")
_CHUNK = 64 * 1024


def read_urlencoded(body: bytes, charset: str | None = None) -> dict[str, Json]:
    """Read `a=1&b=2`; `charset` is that of the Content-Type (UTF-8 where it says nothing)."""
    encoding = _charset(charset)
    try:
        pairs = parse_qsl(
            body.decode(encoding),
            keep_blank_values=True,
            encoding=encoding,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError:
        raise Unreadable(f"the form is not {encoding}") from None
    except ValueError:
        raise Unreadable(f"the form has more than {MAX_FIELDS} fields", 413) from None
    return _collected(pairs)


def read_multipart(body: bytes, boundary: str) -> dict[str, Json]:
    """Read multipart/form-data; of a file only name, type and size are kept."""
    if not boundary or not boundary.isascii():
        raise Unreadable("the form's Content-Type names no boundary")
    try:
        return _collected(_parts(body, boundary.encode()))
    except UnicodeDecodeError:
        raise Unreadable("a field of the form is not in the encoding it says") from None
    except RequestEntityTooLarge:
        raise Unreadable(f"the form has more than {MAX_FIELDS} fields", 413) from None
    except ValueError:
        raise Unreadable("the form is not multipart/form-data, or is cut off") from None


def _charset(name: str | None) -> str:
    encoding = (name or "utf-8").lower()
    if encoding not in _CHARSETS:
        raise Unreadable(f"charset {encoding[:40]!r} is not read; send UTF-8", 415)
    return encoding


def _collected(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    values: dict[str, list[Json]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: found if len(found) > 1 else found[0] for name, found in values.items()}


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, Json]]:
    part: Field | File | None = None
    content = bytearray()
    for event in _events(body, boundary):
        if isinstance(event, Field | File):
            part = event
            content.clear()
        elif isinstance(event, Data) and part is not None:
            content += event.data
            if not event.more_data:
                yield _named(part), _value(part, bytes(content))


def _events(body: bytes, boundary: bytes) -> Iterator[Event]:
    decoder = MultipartDecoder(boundary, max_parts=MAX_FIELDS)
    chunks = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    for chunk in [*chunks, None]:
        decoder.receive_data(chunk)
        event = decoder.next_event()
        while not isinstance(event, Epilogue | NeedData):
            yield event
            event = decoder.next_event()


def _named(part: Field | File) -> str:
    # Werkzeug gives None where the header names no field.
    if not isinstance(part.name, str):
        raise Unreadable("a part of the form has no name")
    return part.name


def _value(part: Field | File, content: bytes) -> Json:
    content_type = part.headers.get("content-type", "")
    if isinstance(part, File):
        return {"filename": part.filename, "content_type": content_type, "size": len(content)}
    return content.decode(_charset(parse_options_header(content_type)[1].get("charset")))
