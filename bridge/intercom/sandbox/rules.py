"""Changing the rules of a sandbox by name: from the command line or over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

from bridge.intercom.sandbox.model import Rules
from bridge.model import Json

TYPES: Mapping[str, Any] = get_type_hints(Rules)


def changed(rules: Rules, document: Mapping[str, Json]) -> Rules:
    """Give the rules with some of them changed; a text is read as its rule's type.

    Raises ValueError for a rule that there is not, or a value that it cannot have.
    """
    if not isinstance(document, Mapping):
        raise ValueError("Rules are an object of names and values.")
    return replace(rules, **{name: _read(name, value) for name, value in document.items()})


def _read(name: str, value: Json) -> Json:
    known = {each.name for each in fields(Rules)}
    if name not in known:
        raise ValueError(f"There is no rule {name!r}; there are {', '.join(sorted(known))}.")
    allowed = get_args(TYPES[name])
    if allowed:
        if value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}.")
        return value
    return _flag(name, value) if TYPES[name] is bool else _number(name, value)


def _flag(name: str, value: Json) -> bool:
    words: dict[Json, bool] = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in words:
        raise ValueError(f"{name} is true or false.")
    return words[value]


def _number(name: str, value: Json) -> int | float:
    kind = TYPES[name]
    try:
        number: int | float = kind(value) if not isinstance(value, bool) else -1
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number < 10**9:
        raise ValueError(f"{name} is {'a whole number' if kind is int else 'a number'} from 0.")
    return number
