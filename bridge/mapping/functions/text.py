"""Text: case, spaces, pieces, and what it holds."""

from __future__ import annotations

from typing import Any

from bridge.errors import ExpressionError
from bridge.mapping.functions.kinds import Number
from bridge.mapping.functions.registry import LONGEST, Example, function
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
