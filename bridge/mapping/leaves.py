"""The places of captured payloads: path, kind and value of everything that holds no more inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.model import Json

MOST = 400
"""Places that are looked at, at most: more are no help to a reader."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    type(None): "null",
    list: "empty list",
    dict: "empty object",
}

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One place of a payload. Of a list only the first element is looked at."""

    steps: Steps
    value: Json

    @property
    def kind(self) -> str:
        """Name what stands there, for people."""
        return _KINDS[type(self.value)]

    @property
    def name(self) -> str:
        """Give the last name on the way there, empty at the root of a text or number."""
        return next((step for step in reversed(self.steps) if isinstance(step, str)), "")

    @property
    def parent(self) -> Steps:
        """Give the way to the object it stands in."""
        return self.steps[:-1]


def leaves(value: Json, above: Steps = ()) -> Iterator[Leaf]:
    """Give every place below a value, in the order written."""
    if value and isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*above, name))
    elif value and isinstance(value, list):
        yield from leaves(value[0], (*above, 0))
    elif above:
        yield Leaf(above, value)


def merged(payloads: Iterable[Json]) -> list[Leaf]:
    """Give the places of several payloads, each once; one that is full wins over an empty one."""
    found: dict[Steps, Leaf] = {}
    for payload in payloads:
        for leaf in leaves(payload):
            if leaf.steps not in found or found[leaf.steps].value in (None, "", [], {}):
                found[leaf.steps] = leaf
    return list(found.values())[:MOST]


def written(root: str, steps: Steps) -> str:
    """Write a path as an expression: `body.user.emails[0]`, `body."first name"`."""
    text = root
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}"
        else:
            text += f".{json.dumps(step)}"
    return text


def at(value: Json, steps: Steps) -> Json:
    """Give what stands at a place, None where there is none."""
    for step in steps:
        known = isinstance(value, dict) and step in value
        if not known and not (isinstance(value, list) and isinstance(step, int) and value[step:]):
            return None
        value = value[step]
    return value
