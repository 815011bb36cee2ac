"""What a scheme signs and how: the arithmetic that judging and signing share."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from bridge.sources.schemes import Scheme


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of a request that a template can name, as the sender's bytes."""

    body: bytes
    ts: bytes = b""
    id: bytes = b""
    method: bytes = b""
    url: bytes = b""


def signature(scheme: Scheme, key: bytes, parts: Parts) -> bytes:
    """Give the signature of a request as its header spells it, without prefix."""
    text = _filled(scheme.template, key, parts)
    if scheme.kind == "hash":
        digest = hashlib.new(scheme.alg, text).digest()
    else:
        digest = hmac.digest(key, text, scheme.alg)
    return base64.b64encode(digest) if scheme.encoding == "base64" else digest.hex().encode()


def wire(text: str) -> bytes:
    """Give the bytes of a header's text as they came (WSGI hands headers over as Latin-1)."""
    return text.encode("latin-1", "backslashreplace")


def _filled(template: str, key: bytes, parts: Parts) -> bytes:
    pieces = re.split(r"\{(\w+)\}", template)
    named = [key if name == "secret" else getattr(parts, name) for name in pieces[1::2]]
    literal = [piece.encode() for piece in pieces[::2]]
    return b"".join(a + b for a, b in zip(literal, [*named, b""], strict=True))
