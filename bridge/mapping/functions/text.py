"""Text: case, spaces, pieces, names, phone numbers, domains, hashes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from bridge.errors import ExpressionError
from bridge.mapping.functions.registry import LONGEST, Context, Example, Number, function
from bridge.mapping.functions.values import bounded, same, text_of, too_long, walkable
from bridge.model import Json


@function(gives="string", examples=[Example("lower('Ada@Example.COM')", "ada@example.com")])
def lower(text: str) -> str:
    """Give the text in lower case."""
    return text.lower()


@function(gives="string", examples=[Example("upper('eur')", "EUR")])
def upper(text: str) -> str:
    """Give the text in upper case."""
    return text.upper()


@function(
    gives="string",
    examples=[Example("trim('  Ada ')", "Ada"), Example("trim('   ')", "")],
)
def trim(text: str) -> str:
    """Give the text without white space at its ends."""
    return text.strip()


@function(
    gives="string",
    takes_null=True,
    examples=[
        Example("words('Ada', 'Lovelace')", "Ada Lovelace"),
        Example("words(body.first, ' Lovelace ')", "Lovelace", {"body": {}}),
        Example("words(body.first, body.last)", None, {"body": {"last": " "}}),
    ],
)
def words(*parts: str | Number | None) -> str | None:
    """Join the parts that are there with single spaces; null where none is.

    A name from its parts: `words(first_name, last_name)`. A part that is missing or blank is left
    out, also the first one.
    """
    shown = [text_of(part).strip() for part in parts if part is not None]
    return bounded(" ".join(part for part in shown if part)) or None


@function(
    gives="string",
    examples=[
        Example("text(`42`)", "42"),
        Example("text(`true`)", "true"),
        Example("text(`5.0`)", "5"),
        Example("text(money(`1250`, 'EUR'))", "12.50 EUR"),
        Example('text(`{"b": 1, "a": [2]}`)', '{"a":[2],"b":1}'),
    ],
)
def text(value: Any) -> str:
    """Give any value as text: a whole number without a fraction, a list or object as JSON."""
    return text_of(value)


@function(
    gives="string",
    name="to_string",
    examples=[Example("to_string(`[1, true]`)", "[1,true]"), Example("to_string('a')", "a")],
)
def to_string(value: Any) -> str:
    """Give any value as text, as `text` does (JMESPath's own name for it)."""
    return text_of(value)


@function(
    examples=[
        Example("split('a,b,,c', ',')", ["a", "b", "", "c"]),
        Example("split('Ada Lovelace', ' ')[0]", "Ada"),
    ]
)
def split(text: str, separator: str) -> list[Json]:
    """Cut the text at every separator into a list of texts; nothing is trimmed."""
    if not separator:
        raise ExpressionError("split() needs a separator that is not empty.")
    if text.count(separator) > LONGEST // 10:
        raise too_long()
    return list(text.split(separator))


@function(
    gives="string",
    examples=[Example("replace('+49 170 12', ' ', '')", "+4917012")],
)
def replace(text: str, old: str, new: str) -> str:
    """Put `new` in place of every `old`; plain text, no pattern."""
    if not old:
        raise ExpressionError("replace() needs a text to look for that is not empty.")
    if len(text) + text.count(old) * (len(new) - len(old)) > max(LONGEST, len(text)):
        raise too_long()
    return text.replace(old, new)


@function(
    gives="boolean",
    examples=[
        Example("starts_with('cus_9', 'cus_')", True),
        Example("starts_with(body.id, 'cus_')", None, {"body": {}}),
    ],
)
def starts_with(text: str, prefix: str) -> bool:
    """Say whether the text begins with the prefix."""
    return text.startswith(prefix)


@function(gives="boolean", examples=[Example("ends_with('ada@acme.com', '@acme.com')", True)])
def ends_with(text: str, suffix: str) -> bool:
    """Say whether the text ends with the suffix."""
    return text.endswith(suffix)


@function(
    gives="boolean",
    examples=[
        Example("contains('unsubscribed', 'sub')", True),
        Example('contains(`["pro", "beta"]`, \'beta\')', True),
        Example("contains(`[1, 2]`, `true`)", False),
    ],
)
def contains(subject: str | list[Json], search: Any) -> bool:
    """Say whether a text holds another text, or a list an equal value."""
    if isinstance(subject, str):
        return isinstance(search, str) and search in subject
    walkable(search)
    return any(same(one, search) for one in subject)


@function(
    gives="string",
    examples=[
        Example('join(\', \', `["a", null, "b"]`)', "a, b"),
        Example("join('-', `[1, \"b\"]`)", "1-b"),
        Example("join(', ', `[]`)", ""),
    ],
)
def join(separator: str, values: list[Json]) -> str:
    """Join texts, numbers and booleans of a list; nulls are left out."""
    pieces = [_piece(value) for value in values if value is not None]
    if len(separator) * len(pieces) + sum(map(len, pieces)) > LONGEST:
        raise too_long()
    return separator.join(pieces)


def _piece(value: Json) -> str:
    if isinstance(value, list | dict):
        raise ExpressionError("join() takes a list of texts and numbers, not of lists or objects.")
    return text_of(value)


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


def _hashed(parts: tuple[Json, ...]) -> Iterator[bytes]:
    for part in parts:
        written = b"" if part is None else text_of(part).encode("utf-8", "surrogatepass")
        if len(parts) > 1:
            yield b"-:" if part is None else b"%d:" % len(written)
        yield written
