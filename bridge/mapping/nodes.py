"""What a YAML file holds, as values that remember their place.

A `Scalar` keeps both the text as written and its value by YAML 1.2; `Broken` stands where a problem
was already reported, so that nothing else is said about the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bridge.model import Json


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place an editor can jump to; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text: `text` as YAML unquoted it, `value` by the core schema.

    `start` and `end` are its first and behind-last character in the file; `style` is YAML's sign
    (`'`, `"`, `|`, `>`, or empty where it is written plainly).
    """

    place: Place
    text: str
    value: Json
    style: str
    start: int
    end: int

    @property
    def plain(self) -> bool:
        """Say whether it is written without quotes."""
        return not self.style


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a block."""

    key: str
    place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class Block:
    """Keys and values, in the order written; no key twice."""

    place: Place
    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, key: str) -> Node | None:
        """Give the value of a key, None where it is not there."""
        return next((entry.node for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, in the order written."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A place whose problem is already reported."""

    place: Place


Node: TypeAlias = Scalar | Block | Listing | Broken


def to_json(node: Node) -> Json:
    """Give the plain value of a node and of all below it; a broken one counts as null."""
    match node:
        case Scalar(value=value):
            return value
        case Block(entries=entries):
            return {entry.key: to_json(entry.node) for entry in entries}
        case Listing(items=items):
            return [to_json(item) for item in items]
        case _:
            return None
