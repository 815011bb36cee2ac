"""What to write instead: the nearest right name, our word for another language's function."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from bridge.mapping.functions import REGISTRY

_ELSEWHERE = {
    "concat": "words(a, b) or join('', [a, b])",
    "coalesce": "not_null(a, b)",
    "default": "not_null(a, b)",
    "if": "lookup(value, 'table') or a && b",
    "case": "lookup(value, 'table')",
    "strip": "trim(text)",
    "to_lower": "lower(text)",
    "to_upper": "upper(text)",
    "count": "length(list)",
    "size": "length(list)",
    "date": "unix(time)",
    "timestamp": "unix(time)",
    "round": "integer(number)",
    "int": "integer(number)",
    "float": "number(text)",
    "str": "text(value)",
    "string": "text(value)",
    "find": "entry(list, key, value)",
    "now": "event.time: nothing may depend on the hour",
}


def near(name: str, names: Collection[str]) -> str | None:
    """Give the name that was most likely meant, None where none is like it."""
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return found[0] if found else None


def listed(names: Collection[str]) -> str:
    """List names for a message."""
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def function_instead(name: str) -> str:
    """Say which function to use for one that does not exist."""
    plain = name.lower().replace("_", "").replace("lowercase", "lower")
    other = _ELSEWHERE.get(name.lower()) or _ELSEWHERE.get(plain)
    if other:
        return f": write {other}."
    likely = near(name.lower(), REGISTRY)
    return f": did you mean {likely}()?" if likely else "; the docs list those there are."


def no_record(name: str, records: Collection[str]) -> str:
    """Say that a mapping keeps no record of that name."""
    if not records:
        return "This mapping keeps no `records`."
    likely = near(name, records)
    hint = f"did you mean `{likely}`?" if likely else f"there are: {listed(records)}."
    return f"`{name}` is no record of this mapping; {hint}"


def literal_wanted(name: str) -> str:
    """Say how a literal is written that was taken for a field."""
    return f"`{name}` without backticks is the name of a field: write it in backticks: `{name}`."
