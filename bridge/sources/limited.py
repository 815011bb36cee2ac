"""Reading a request's body up to a limit: all of it or none, never a part that looks whole."""

from __future__ import annotations

from typing import Protocol

from bridge.errors import Unreadable


class Stream(Protocol):
    """What a body is read from: as WSGI's `wsgi.input`."""

    def read(self, size: int = ..., /) -> bytes:
        """Give at most that many bytes; none at the end."""


def read_limited(stream: Stream, content_length: int | None, limit: int) -> bytes:
    """Read a whole body of at most `limit` bytes; `content_length` is None where it is chunked.

    Raises Unreadable: 413 where it is longer (told so beforehand, nothing is read), 400 where it
    ends before its Content-Length or the connection breaks.
    """
    if content_length is not None and content_length < 0:
        raise Unreadable("Content-Length is negative")
    if content_length is not None and content_length > limit:
        raise _too_long(limit)
    try:
        body = _read(stream, limit + 1 if content_length is None else content_length)
    except OSError:
        raise Unreadable("the connection broke before the body was complete") from None
    if len(body) > limit:
        raise _too_long(limit)
    if content_length is not None and len(body) < content_length:
        raise Unreadable(f"the body has {len(body)} bytes, its Content-Length says more")
    return body


def check_encoding(content_encoding: str | None) -> None:
    """Refuse a compressed body (415): none of the senders known compresses, and bombs do."""
    if (content_encoding or "identity").strip().lower() not in ("identity", ""):
        raise Unreadable("a compressed body is not read; send it without Content-Encoding", 415)


def _read(stream: Stream, size: int) -> bytes:
    body = bytearray()
    while len(body) < size and (piece := stream.read(size - len(body))):
        body += piece
    return bytes(body)


def _too_long(limit: int) -> Unreadable:
    return Unreadable(f"the body is longer than {limit} bytes", 413)
