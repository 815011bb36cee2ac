"""The kinds of parameters: how each is read, and what it is called where it is wrong.

A reader gives the value as an operation wants it, or raises ValueError with words that follow the
parameter's name: "must be …". JSON may come as text or as itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.intercom.operations import json_text
from bridge.model import Json

PLACEHOLDERS = frozenset({"0", "-1", "undefined", "null", "none", "nan", "nil", "[object object]"})
"""What programs write where they have no id; compared without regard to case."""

LONGEST_ID = 255
LATEST = 10**11
"""As seconds the year 5138: a larger number is milliseconds."""
MOST_PER_PAGE = 150

EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of parameter.

    `label` is what docs call it, `schema` its JSON schema. `keeps_blank` is true where "" says
    something; else a blank text is the same as none.
    """

    label: str
    schema: Mapping[str, Json]
    read: Callable[[Json], Any] = field(repr=False)
    keeps_blank: bool = False


def _plain(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {named(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no text") from None
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value.strip()


def _id(value: Json) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = _plain(value)
    if text.casefold() in PLACEHOLDERS:
        raise ValueError(f"must be a real id; {text!r} is what programs write where they have none")
    if text in {".", ".."} or len(text) > LONGEST_ID:
        raise ValueError(f"must be an id of at most {LONGEST_ID} characters")
    return text


def _email(value: Json) -> str:
    text = _plain(value).lower()
    if not EMAIL.fullmatch(text):
        raise ValueError("must be an e-mail address such as ada@example.com")
    return text


def _whole(value: Json) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {named(value)}")
    return value


def _moment(value: Json) -> int:
    number = _whole(value)
    if not 0 <= number < LATEST:
        raise ValueError("must be a time in Unix seconds (not milliseconds)")
    return number


def _page_size(value: Json) -> int:
    number = _whole(value)
    if not 1 <= number <= MOST_PER_PAGE:
        raise ValueError(f"must be a whole number from 1 to {MOST_PER_PAGE}")
    return number


def _amount(value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"must be a number, not {named(value)}")
    return value


def _flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {named(value)}")
    return value


def unpacked(value: Json) -> Json:
    """Give a value that may have come as JSON text."""
    return json_text.read(_plain(value)) if isinstance(value, str) else value


def _object(value: Json) -> dict[str, Json]:
    found = unpacked(value)
    if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
        raise ValueError(f"must be a JSON object (itself or as text), not {named(found)}")
    return dict(found)


def _objects(value: Json) -> list[dict[str, Json]]:
    found = unpacked(value)
    items = [found] if isinstance(found, Mapping) else found
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        raise ValueError(f"must be a JSON array of objects (itself or as text), not {named(found)}")
    return [_object(item) for item in items]


def _names(value: Json) -> list[str]:
    found = unpacked(value)
    if not isinstance(found, list | tuple):
        raise ValueError(f"must be a JSON array of names (itself or as text), not {named(found)}")
    names = [_plain(name) for name in found]
    if not all(names):
        raise ValueError("holds a blank name")
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return list(first.values())


ID_KEYS = ("id", "user_id", "UserId", "external_id")
LIST_KEYS = ("ids", "user_ids", "users", "Results")


def _ids(value: Json) -> list[str]:
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{", '"'}:
        value = unpacked(value)
    found = list(dict.fromkeys(_each_id(value)))
    if not found:
        raise ValueError("must name at least one id; the list is empty")
    return found


def _each_id(value: Json) -> list[str]:
    if isinstance(value, list | tuple):
        return [one for item in value for one in _each_id(item)]
    if isinstance(value, Mapping):
        return _each_id(_id_inside(value))
    if isinstance(value, str) and not value.strip():
        raise ValueError("holds a blank id")
    return [_id(value)]


def _id_inside(value: Mapping[str, Json]) -> Json:
    for key in (*ID_KEYS, *LIST_KEYS):
        if value.get(key) is not None:
            return value[key]
    raise ValueError(
        f"must be an id, a list of ids, or an object with one of {', '.join(ID_KEYS)} "
        f"or a list under one of {', '.join(LIST_KEYS)}"
    )


def named(value: Json) -> str:
    """Say of which kind a value is, without showing it."""
    if value is None:
        return "null"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    if isinstance(value, Mapping):
        return "an object"
    return kinds.get(type(value), "a list" if isinstance(value, list | tuple) else "that")


_STRING = {"type": "string"}


def _or_text(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"oneOf": [schema, {"type": "string", "description": "the same as JSON text"}]}


TEXT = Kind("text", _STRING, _plain)
ID = Kind("id", {"oneOf": [_STRING, {"type": "integer"}]}, _id)
EMAIL_ADDRESS = Kind("e-mail address", {"type": "string", "format": "email"}, _email)
MOMENT = Kind("Unix seconds", {"type": "integer", "minimum": 0}, _moment)
PAGE_SIZE = Kind(
    f"1 to {MOST_PER_PAGE}",
    {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE},
    _page_size,
)
CURSOR = Kind("cursor", _STRING, _plain, keeps_blank=True)
OBJECT = Kind("JSON object", _or_text({"type": "object"}), _object)
OBJECTS = Kind(
    "JSON array of objects",
    _or_text({"type": "array", "items": {"type": "object"}}),
    _objects,
)
NAMES = Kind("JSON array of names", _or_text({"type": "array", "items": _STRING}), _names)
IDS = Kind(
    "id, or JSON array or object of ids",
    {"oneOf": [_STRING, {"type": "integer"}, {"type": "array", "items": {}}, {"type": "object"}]},
    _ids,
)

# Kinds of fields inside objects.
COUNT = Kind("whole number", {"type": "integer"}, _whole)
AMOUNT = Kind("number", {"type": "number"}, _amount)
FLAG = Kind("true or false", {"type": "boolean"}, _flag)
