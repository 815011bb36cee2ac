"""The kinds of value the language knows, and their names: in annotations, in docs, in messages."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from bridge.mapping.money import Money
from bridge.model import Json

Number: TypeAlias = int | float | Decimal


class Absent:
    """The value of an optional argument that was not given (null is a value)."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Each:
    """An expression given as `&expression`: called with each element."""

    of: Callable[[Json], Json]

    def __call__(self, element: Json) -> Json:
        """Evaluate it on one element."""
        return self.of(element)


WORDS = {
    "string": "text",
    "number": "number",
    "boolean": "bool",
    "array": "list",
    "object": "object",
    "money": "money",
    "expression": "&expression",
    "null": "null",
}
ARTICLES = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "money": "money",
    "expression": "an &expression",
    "null": "null",
}
_KINDS: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    Money: "money",
    Each: "expression",
    type(None): "null",
}


def kind_of(value: Json) -> str:
    """Name the kind of a value: string, number, boolean, array, object, money, null."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    return "object" if isinstance(value, Mapping) else "array"


def kinds_in(hint: Any) -> frozenset[str]:
    """Give the kinds of value an annotation allows; empty where it is any."""
    if hint is Any:
        return frozenset()
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if Any in options:
        return frozenset()
    origins = [typing.get_origin(one) or one for one in options]
    return frozenset(_KINDS[one] for one in origins if one is not Absent)


def ordinal(index: int) -> str:
    """Say which argument it is (`index` from 0)."""
    words = ("first", "second", "third", "fourth")
    return words[index] if index < len(words) else f"{index + 1}th"
