"""What one is known by, brought to one form: domains, ids from names, telephone numbers, hashes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from bridge.errors import ExpressionError
from bridge.mapping.functions.kinds import Number
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.functions.values import text_of
from bridge.model import Json


@function(
    gives="string",
    examples=[
        Example("domain('Ada@Example.com')", "example.com"),
        Example("domain('https://www.acme.io:8080/about')", "acme.io"),
        Example("domain('acme.io/jobs')", "acme.io"),
        Example("domain('Acme Inc.')", None),
    ],
)
def domain(text: str) -> str | None:
    """Give the domain of an email address or web address, lower case, without `www.`.

    Null where there is none in it.
    """
    told = text.strip()
    if len(told) > _LONGEST_ADDRESS:
        return None
    if "://" not in told:
        told = "//" + told.rpartition("@")[2]
    try:
        host = (urlsplit(told).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return None
    return host if _HOST.fullmatch(host) else None


_LONGEST_ADDRESS = 2_048
_LONGEST_NAME = 1_000
_HOST = re.compile(r"(?=.{3,253}$)[\w-]{1,63}(\.[\w-]{1,63}){1,40}")


@function(
    gives="string",
    examples=[
        Example("slug('Café Müller & Söhne GmbH')", "cafe-muller-sohne-gmbh"),
        Example("slug('  --  ')", None),
        Example("slug('東京 2024')", "東京-2024"),
    ],
)
def slug(text: str) -> str | None:
    """Give a name as an id: lower case, accents taken off Latin letters, all else a dash.

    Letters of other scripts stay; null where no letter or digit is left.
    """
    if len(text) > _LONGEST_NAME:  # normalizing takes quadratic time where accents are heaped
        raise ExpressionError(f"slug() takes a text of at most {_LONGEST_NAME:,} characters.")
    plain = "".join(map(_unaccented, unicodedata.normalize("NFC", text.casefold())))
    return re.sub(r"[\W_]+", "-", plain).strip("-") or None


def _unaccented(letter: str) -> str:
    first = unicodedata.normalize("NFKD", letter)[:1]
    return first if first.isascii() and first.isalnum() else letter


@function(
    gives="string",
    examples=[
        Example("e164('+49 (170) 123-4567')", "+491701234567"),
        Example("e164('0170 1234567', 'DE')", "+491701234567"),
        Example("e164('0170 1234567')", None, warns=True),
    ],
)
def e164(phone: str | Number, region: str = "", *, context: Context) -> str | None:
    """Give a telephone number as Intercom keeps it: `+` and digits (E.164).

    `region` is the two-letter country of numbers written without `+`. Null and a warning where
    the number cannot be one.
    """
    try:
        number = phonenumbers.parse(text_of(phone), region.upper() or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        if text_of(phone).strip():
            context.warn("e164() was given what is no telephone number (or needs a region).")
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@function(
    gives="string",
    examples=[
        Example(
            "sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        Example("sha256('a', 'bc') == sha256('ab', 'c')", False),
    ],
)
def sha256(*parts: Any) -> str:
    """Give the SHA-256 of the text of a value, as 64 hexadecimal digits.

    Of several values each is written with its length before it, so that no two lists of values
    give the same; a null among them counts as such.
    """
    digest = hashlib.sha256()
    for piece in _hashed(parts):
        digest.update(piece)
    return digest.hexdigest()


@function(
    gives="string",
    examples=[Example("md5('Acme')", "79d894520f4f94c267986a819e110bec")],
)
def md5(value: Any) -> str:
    """Give the MD5 of the text of a value: only for ids that another tool made so."""
    written = text_of(value).encode("utf-8", "surrogatepass")
    return hashlib.md5(written, usedforsecurity=False).hexdigest()


def _hashed(parts: tuple[Json, ...]) -> Iterator[bytes]:
    for part in parts:
        written = b"" if part is None else text_of(part).encode("utf-8", "surrogatepass")
        if len(parts) > 1:
            yield b"-:" if part is None else b"%d:" % len(written)
        yield written
