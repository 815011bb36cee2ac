"""Reads the `records` of a mapping and of its routes."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.mapping.known import Known
from bridge.mapping.nodes import Block, Broken, Entry, Listing, Node, Scalar
from bridge.mapping.records import OWN, RecordBlock
from bridge.mapping.shape import Fields, shape
from bridge.mapping.value import Value, read_value

MOST_KEPT = 20
"""Values that one row may hold."""


def record_names(fields: Fields) -> set[str]:
    """Give the names of all records of a mapping, before anything that may read them."""
    routes = fields.nodes.get("routes")
    blocks = routes.items if isinstance(routes, Listing) else ()
    routed = [entry for block in blocks for entry in _entries(block)]
    return {entry.key for entry in (*fields.entries("records"), *routed)}


def _entries(route: Node) -> tuple[Entry, ...]:
    node = route.get("records") if isinstance(route, Block) else None
    return node.entries if isinstance(node, Block) else ()


def read_records(fields: Fields, known: Known, table: str) -> tuple[RecordBlock, ...]:
    """Give the records of a block; `table` says which keys they have there."""
    return tuple(_records(fields, known, table))


def _records(fields: Fields, known: Known, table: str) -> Iterator[RecordBlock]:
    for entry in fields.entries("records"):
        if not (entry.key.isidentifier() and entry.key.isascii()):
            told = "use letters, digits and _, a letter first"
            known.problems.add(entry.place, f"`{entry.key}` cannot name a record: {told}")
        elif isinstance(entry.node, Block):
            record = _record(entry.key, shape(entry.node, table, known.problems), known)
            if record is not None:
                yield record
        elif not isinstance(entry.node, Broken):
            known.problems.add(entry.node.place, f"`{entry.key}` is a block with `key` and `keep`")


def _record(name: str, fields: Fields, known: Known) -> RecordBlock | None:
    key = _value(fields.nodes.get("key"), known)
    when = _value(fields.nodes.get("when"), known, condition=True)
    delete = _value(fields.nodes.get("delete"), known, condition=True)
    keep = _kept(fields, known)
    if key is None:
        return None
    on = tuple(node.text for node in fields.scalars("on")) or ("*",)
    return RecordBlock(name, key, keep, on, when, delete)


def _kept(fields: Fields, known: Known) -> dict[str, Value]:
    entries = fields.entries("keep")
    for entry in entries[MOST_KEPT:]:
        told = f"`{entry.key}` is one too many: a row keeps {MOST_KEPT} values"
        known.problems.add(entry.place, told)
    kept: dict[str, Value] = {}
    for entry in entries:
        if entry.key in OWN:
            told = f"`{entry.key}` is there in every row already: choose another name"
            known.problems.add(entry.place, told)
        elif isinstance(entry.node, Scalar) and entry.node.value is not None:
            value = _value(entry.node, known)
            kept |= {} if value is None else {entry.key: value}
        elif not isinstance(entry.node, Broken):
            known.problems.add(entry.node.place, f"`{entry.key}` takes one value")
    return kept


def _value(node: Node | None, known: Known, *, condition: bool = False) -> Value | None:
    if not isinstance(node, Scalar):
        return None
    value = read_value(node, known, condition=condition)
    if value is None:
        return None
    if value.expression is not None and value.expression.or_clear:
        known.problems.add(node.place, "`or_clear` belongs to a whole value of `set`")
    if value.records:
        told = "a row is what one event tells: `records` cannot be read where rows are kept"
        known.problems.add(node.place, told)
    return value
