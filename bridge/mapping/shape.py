"""Checks one block of a file against the grammar and gives what is well shaped.

Only what has the shape its key asks for comes out, so whoever reads on need not check again; the
rest is reported here, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bridge.mapping.fields import WRITABLE
from bridge.mapping.grammar import GRAMMAR, Key, Kind
from bridge.mapping.nodes import Block, Broken, Entry, Listing, Node, Place, Scalar
from bridge.mapping.problems import Problems, nearest
from bridge.model import Identifier, TargetKind

DURATION = re.compile(r"([0-9]{1,7})([smhd])")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Fields:
    """The well-shaped values of a block by key, and where each key stands."""

    place: Place
    nodes: Mapping[str, Node]
    places: Mapping[str, Place]

    @classmethod
    def nothing(cls) -> Fields:
        """Give a block that holds nothing."""
        return cls(Place(1, 1), {}, {})

    def __contains__(self, name: str) -> bool:
        return name in self.nodes

    def at(self, name: str) -> Place:
        """Give the place of a key, that of the block where it is not there."""
        return self.places.get(name, self.place)

    def scalar(self, name: str) -> Scalar | None:
        """Give the scalar behind a key, None where there is none."""
        node = self.nodes.get(name)
        return node if isinstance(node, Scalar) else None

    def scalars(self, name: str) -> tuple[Scalar, ...]:
        """Give the scalar or the list of scalars behind a key."""
        node = self.nodes.get(name)
        items = node.items if isinstance(node, Listing) else (node,)
        return tuple(item for item in items if isinstance(item, Scalar))

    def block(self, name: str) -> Block | None:
        """Give the block behind a key, None where there is none."""
        node = self.nodes.get(name)
        return node if isinstance(node, Block) else None

    def entries(self, name: str) -> tuple[Entry, ...]:
        """Give the entries of the block behind a key."""
        block = self.block(name)
        return block.entries if block else ()

    def text(self, name: str, default: str = "") -> str:
        """Give the text behind a key."""
        scalar = self.scalar(name)
        return scalar.text if scalar else default


def shape(
    node: Block,
    table: str,
    problems: Problems,
    *,
    grammar: Mapping[str, tuple[Key, ...]] = GRAMMAR,
    more: Collection[str] = (),
) -> Fields:
    """Check a block against a table of the grammar; `more` are further keys, holding anything."""
    keys = {key.name: key for key in grammar[table]}
    nodes: dict[str, Node] = {}
    for entry in node:
        key = keys.get(entry.key)
        if key is None and entry.key in more:
            nodes[entry.key] = entry.node
        elif key is None:
            hint = _elsewhere(entry.key, table, grammar, [*keys, *more])
            problems.add(entry.place, f"`{entry.key}` is no key of {_called(table)}{hint}")
        elif key.later:
            problems.add(entry.place, f"`{entry.key}` is not supported yet")
        elif fits(entry.node, key, problems):
            nodes[entry.key] = entry.node
    places = {entry.key: entry.place for entry in node}
    for key in keys.values():
        if key.required and key.name not in places:
            problems.add(node.place, f"`{key.name}` is missing here: {key.doc}")
    return Fields(node.place, nodes, places)


_FIELDS_OF: Mapping[str, TargetKind] = {"person": "contact", "company": "company"}
_TABLES = {
    "mapping": "this file",
    "example": "this file",
    "person": "`user`, `lead` and `contact`",
    "route": "a route",
    "observation": "`intercom`",
    "record": "`records`",
    "row": "`records` of a route",
}


def _called(table: str) -> str:
    return _TABLES.get(table, f"`{table}`")


def _elsewhere(
    name: str, table: str, grammar: Mapping[str, tuple[Key, ...]], keys: Collection[str]
) -> str:
    kind = _FIELDS_OF.get(table)
    if kind and (name in WRITABLE[kind] or name == "custom_attributes"):
        return "; it belongs to `set`" + ", or to `match`" * (name in Identifier.FIELDS)
    homes = [
        other
        for other, known in grammar.items()
        if other != table and any(key.name == name for key in known)
    ]
    if homes:
        return "; it belongs to " + ", ".join(_called(home) for home in homes)
    return nearest(name, keys)


def fits(node: Node, key: Key, problems: Problems) -> bool:
    """Say whether a node has one of a key's kinds; report it where not."""
    if isinstance(node, Broken):
        return False
    if isinstance(node, Scalar) and node.value is None and node.plain and Kind.ANY not in key.kinds:
        problems.add(node.place, f"`{key.name}` has no value: write one, or remove the key")
        return False
    complaints = [_complaint(node, kind, key) for kind in key.kinds]
    if None in complaints:
        if Kind.ANY in key.kinds or not isinstance(node, Listing):
            return True
        return _items_fit(node, key, problems)
    if Kind.CHOICE in key.kinds and isinstance(node, Scalar):
        problems.add(node.place, _bad_choice(node, key))
    else:
        problems.add(node.place, f"`{key.name}` takes {' or '.join(key.kinds)}")
    return False


def _bad_choice(node: Scalar, key: Key) -> str:
    words = ", ".join(f"`{word}`" for word in key.choices)
    blocks = f", or the keys of `{key.block}`" if key.block else ""
    return f"`{key.name}` cannot be `{node.text}`: it takes {words}{blocks}"


def _items_fit(node: Listing, key: Key, problems: Problems) -> bool:
    what = "a block of keys" if Kind.BLOCKS in key.kinds else "one value"
    what = "text: put it in quotes" if Kind.TEXTS in key.kinds else what
    good = True
    for item in node.items:
        if not isinstance(item, Broken) and not _is_item(item, key):
            problems.add(item.place, f"each item of `{key.name}` is {what}")
            good = False
    if not node.items:
        problems.add(node.place, f"`{key.name}` is an empty list: fill it, or remove the key")
    return good and bool(node.items)


def _is_item(node: Node, key: Key) -> bool:
    if Kind.BLOCKS in key.kinds:
        return isinstance(node, Block)
    if not isinstance(node, Scalar) or node.value is None:
        return False
    return Kind.TEXTS not in key.kinds or isinstance(node.value, str)


def _complaint(node: Node, kind: Kind, key: Key) -> str | None:
    """Give None where the node is of that kind, else what the kind asks for."""
    if kind in _SCALARS:
        good = isinstance(node, Scalar) and _SCALARS[kind](node, key)
    elif kind in (Kind.TEXTS, Kind.VALUES):
        good = isinstance(node, Listing) or _is_item(node, key)
    elif kind in (Kind.BLOCK, Kind.NAMED):
        good = isinstance(node, Block)
    elif kind is Kind.BLOCKS:
        good = isinstance(node, Listing)
    else:
        good = kind is Kind.ANY
    return None if good else kind.value


def _is_text(node: Scalar, _key: Key) -> bool:
    return isinstance(node.value, str)


def _is_whole(node: Scalar, _key: Key) -> bool:
    return isinstance(node.value, int) and not isinstance(node.value, bool) and node.value >= 0


def _is_seconds(node: Scalar, _key: Key) -> bool:
    return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


_SCALARS: Mapping[Kind, Callable[[Scalar, Key], bool]] = {
    Kind.TEXT: _is_text,
    Kind.VALUE: lambda _node, _key: True,
    Kind.CONDITION: lambda _node, _key: True,
    Kind.EXPRESSION: lambda node, _key: node.text.startswith("="),
    Kind.INTEGER: _is_whole,
    Kind.BOOLEAN: lambda node, _key: isinstance(node.value, bool),
    Kind.SECONDS: lambda node, key: _is_seconds(node, key) and 0 <= node.value <= 3600,
    Kind.DURATION: lambda node, _key: seconds_of(node.text) is not None,
    Kind.CHOICE: lambda node, key: node.text in key.choices,
}


def seconds_of(text: str) -> int | None:
    """Give the seconds of a duration such as `72h`, `30m`, `7d`; None where it is none."""
    found = DURATION.fullmatch(text)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None
