"""Objects: which keys they have, which to take, how to rename them and how to make them flat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.errors import ExpressionError
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.functions.values import text_of, walkable
from bridge.model import Json

_LONGEST_NAME = 255
"""Characters of a flattened name: Intercom takes 190, a hostile payload may nest long ones."""


@function(
    examples=[
        Example('keys(`{"b": 1, "a": 2}`)', ["a", "b"]),
        Example("keys(body.traits)", None, {"body": {}}),
    ]
)
def keys(value: dict[str, Json]) -> list[Json]:
    """Give the names of an object in alphabetical order, whatever order the sender chose."""
    return sorted(value)


@function(examples=[Example('values(`{"b": 1, "a": 2}`)', [2, 1])])
def values(value: dict[str, Json]) -> list[Json]:
    """Give the values of an object in the alphabetical order of their names."""
    return [value[key] for key in sorted(value)]


@function(
    examples=[
        Example("pair('city', 'Ulm')", {"city": "Ulm"}),
        Example("pair(body.name, body.value)", None, {"body": {"value": "Ulm"}}),
    ]
)
def pair(name: str, value: Json) -> dict[str, Json]:
    """Give an object of one name and its value, where the sender tells both apart."""
    return {name: value}


@function(
    examples=[
        Example('merge(`{"a": 1, "b": 1}`, `{"b": 2}`)', {"a": 1, "b": 2}),
    ]
)
def merge(value: dict[str, Json], *others: dict[str, Json] | None) -> dict[str, Json]:
    """Give one object with the keys of all: a later one wins, a null is passed over."""
    merged = dict(value)
    for other in others:
        merged.update(other or {})
    return merged


@function(
    examples=[
        Example('omit(`{"email": "a@b.c", "plan": "pro"}`, [\'email\'])', {"plan": "pro"}),
        Example('omit(`{"_ip": "::1", "_os": "x", "plan": "pro"}`, [\'_*\'])', {"plan": "pro"}),
    ]
)
def omit(value: dict[str, Json], names: list[Json]) -> dict[str, Json]:
    """Give the object without the keys named; a name that ends with * is the beginning of many."""
    unwanted = _Names.of(names)
    return {key: item for key, item in value.items() if key not in unwanted}


@function(
    examples=[
        Example('pick(`{"email": "a@b.c", "plan": "pro"}`, [\'plan\', \'size\'])', {"plan": "pro"}),
    ]
)
def pick(value: dict[str, Json], names: list[Json]) -> dict[str, Json]:
    """Give the object with only the keys named, as far as it has them; * at the end as in omit."""
    wanted = _Names.of(names)
    return {key: item for key, item in value.items() if key in wanted}


@dataclass(frozen=True, slots=True)
class _Names:
    """Names, and beginnings of names."""

    exact: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, names: list[Json]) -> _Names:
        texts = [name for name in names if isinstance(name, str)]
        beginnings = tuple(name[:-1] for name in texts if name.endswith("*"))
        return cls(frozenset(texts), beginnings)

    def __contains__(self, name: str) -> bool:
        return name in self.exact or name.startswith(self.beginnings)


@function(
    examples=[
        Example('rename(`{"a": 1, "b": 2}`, {a: \'x\'})', {"x": 1, "b": 2}),
    ]
)
def rename(value: dict[str, Json], names: dict[str, Json]) -> dict[str, Json]:
    """Give the object with keys renamed: `rename(body.traits, {createdAt: 'created_at'})`.

    A renamed key wins over one that has that name already.
    """
    if not all(isinstance(new, str) for new in names.values()):
        raise ExpressionError("rename() takes new names as texts: {old: 'new'}.")
    kept = {key: item for key, item in value.items() if key not in names}
    return kept | {names[key]: value[key] for key in sorted(names) if key in value}


@function(
    examples=[
        Example(
            'flatten(`{"plan": "pro", "address": {"city": "Ulm"}}`, \'_\')',
            {"plan": "pro", "address_city": "Ulm"},
        ),
        Example('flatten(`{"tags": ["a", "b"]}`)', {"tags": "a, b"}),
        Example('flatten(`{"rows": [{"a": 1}]}`)', {}, warns=True),
    ]
)
def flatten(value: dict[str, Json], separator: str = "_", *, context: Context) -> dict[str, Json]:
    """Give nested objects as one flat object, names joined by the separator.

    A list of plain values becomes text with commas. Left out with a warning: lists that hold
    objects or lists, and names of over 255 characters. Where two values come to one name, the less
    nested one stays.
    """
    if len(separator) > _LONGEST_NAME:
        raise ExpressionError("flatten() takes a short separator, such as '_'.")
    walkable(value)
    found: dict[str, Json] = {}
    for _, name, item in sorted(_leaves(value, separator, context), key=_depth_and_name):
        found.setdefault(name, item)
    return found


def _depth_and_name(leaf: tuple[tuple[str, ...], str, Json]) -> tuple[int, tuple[str, ...]]:
    return len(leaf[0]), leaf[0]


def _leaves(
    value: dict[str, Json], separator: str, context: Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str, Json]]:
    for key, item in value.items():
        own = (*path, key)
        name = separator.join(own)
        if len(name) > _LONGEST_NAME:
            context.warn(f"flatten() left out a name of over {_LONGEST_NAME} characters.")
        elif isinstance(item, dict):
            yield from _leaves(item, separator, context, own)
        elif not isinstance(item, list):
            yield own, name, item
        elif any(isinstance(one, list | dict) for one in item):
            context.warn("flatten() left out a list of objects or lists.")
        else:
            yield own, name, ", ".join(text_of(one) for one in item if one is not None)
