"""Lists: their length, ends, order, and one expression for each element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.mapping.functions.kinds import Each
from bridge.mapping.functions.registry import Example, function
from bridge.mapping.functions.values import same, walkable
from bridge.model import Json


@function(
    gives="integer",
    examples=[
        Example("length(`[1, 2]`)", 2),
        Example("length('Ada')", 3),
        Example("length(body.items)", None, {"body": {}}),
    ],
)
def length(value: str | list[Json] | dict[str, Json]) -> int:
    """Count the characters of a text, the elements of a list or the keys of an object."""
    return len(value)


@function(examples=[Example("first(`[1, 2]`)", 1), Example("first(`[]`)", None)])
def first(values: list[Json]) -> Json:
    """Give the first element; null of an empty list."""
    return values[0] if values else None


@function(examples=[Example("last(`[1, 2]`)", 2), Example("last(`[]`)", None)])
def last(values: list[Json]) -> Json:
    """Give the last element; null of an empty list."""
    return values[-1] if values else None


@function(examples=[Example("reverse(`[1, 2]`)", [2, 1]), Example("reverse('abc')", "cba")])
def reverse(value: str | list[Json]) -> Json:
    """Give a list or text backwards."""
    return value[::-1]


@function(
    name="map",
    examples=[
        Example('map(&lower(@), `["A", "b"]`)', ["a", "b"]),
        Example('map(&id, `[{"id": 1}, {}]`)', [1, None]),
    ],
)
def map_(each: Each, values: list[Json]) -> list[Json]:
    """Give the list of what an `&expression` makes of each element, nulls included."""
    return [each(value) for value in values]


@function(
    name="list",
    examples=[
        Example("list('beta')", ["beta"]),
        Example("list(`[1]`)", [1]),
        Example("list(body.tags)", None, {"body": {}}),
    ],
)
def list_(value: Any) -> list[Json]:
    """Give a list as it is and anything else as a list of one; null stays null."""
    return value if isinstance(value, list) else [value]


@function(
    takes_null=True,
    examples=[Example("to_array('a')", ["a"]), Example("to_array(`null`)", [None])],
)
def to_array(value: Any) -> list[Json]:
    """Give a list as it is and anything else, also null, as a list of one."""
    return value if isinstance(value, list) else [value]


_FIELDS = {
    "body": [
        {"name": "Company", "value": "Acme"},
        {"name": "Size", "value": 20, "field": {"ref": "size"}},
    ]
}


@function(
    examples=[
        Example("entry(body, 'name', 'Company', 'value')", "Acme", _FIELDS),
        Example("entry(body, 'field.ref', 'size', 'value')", 20, _FIELDS),
        Example("entry(body, 'name', 'Size').value", 20, _FIELDS),
        Example("entry(body, 'name', 'Plan', 'value')", None, _FIELDS),
    ]
)
def entry(values: list[Json], key: str, value: Any, out: str = "") -> Json:
    """Find the first object of a list whose `key` equals `value`; give it, or its `out`.

    For lists of pairs, such as the answers of a form: `entry(body.fields, 'name', 'Company',
    'value')`. `key` and `out` may be paths with dots. Null where there is none.
    """
    walkable(value)
    path = key.split(".")
    found = next((one for one in values if same(_at(one, path), value)), None)
    return _at(found, out.split(".")) if out else found


def _at(value: Json, path: Sequence[str]) -> Json:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
