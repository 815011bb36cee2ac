"""Reads what is written to a contact or company: `set`, `tags`, `subscriptions`, and `types`."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.mapping.blocks import Setting, Subscriptions, Tags
from bridge.mapping.fields import (
    ATTRIBUTE,
    ATTRIBUTE_PREFIX,
    ATTRIBUTES,
    ELSEWHERE,
    READ_ONLY,
    TYPES,
    WRITABLE,
    Field,
)
from bridge.mapping.known import Known
from bridge.mapping.nodes import Block, Broken, Entry, Node, Scalar
from bridge.mapping.problems import nearest, unknown
from bridge.mapping.shape import Fields, shape
from bridge.mapping.value import Value, read_value
from bridge.model import TargetKind


def read_types(fields: Fields, known: Known) -> Mapping[str, str]:
    """Give the declared types of custom attributes by name."""
    types: dict[str, str] = {}
    for entry in fields.entries("types"):
        if isinstance(entry.node, Broken):
            continue
        name = entry.node.text if isinstance(entry.node, Scalar) else ""
        if name in TYPES:
            types[entry.key] = name
        else:
            known.problems.add(entry.node.place, unknown("type", name, TYPES))
            types[entry.key] = "string"
    return types


def read_writing(fields: Fields, name: str, kind: TargetKind, known: Known) -> tuple[Setting, ...]:
    """Give what `set` or `set_once` writes, reporting unknown and read-only fields."""
    settings: list[Setting] = []
    for entry in fields.entries(name):
        if entry.key != ATTRIBUTES:
            settings += _standard(entry, name, kind, known)
        elif isinstance(entry.node, Block):
            for inner in entry.node:
                settings += _attribute(inner, name, kind, known)
        else:
            settings += _all_attributes(entry.node, kind, known)
    return tuple(settings)


def _standard(entry: Entry, verb: str, kind: TargetKind, known: Known) -> list[Setting]:
    field = WRITABLE[kind].get(entry.key)
    if field is None:
        known.problems.add(entry.place, _no_field(entry.key, kind))
        return []
    value = _read(entry, known)
    if value is None:
        return []
    _check_clear(value, entry, verb, field, known)
    return [Setting(field.name, field.type, value, field.at_most)]


def _no_field(name: str, kind: TargetKind) -> str:
    if hint := ELSEWHERE.get((kind, name)):
        return f"`{name}` is not set here: {hint}"
    if name in READ_ONLY[kind]:
        return f"`{name}` is Intercom's own: it can be read, not written"
    hint = nearest(name, WRITABLE[kind], otherwise=".")
    return f"`{name}` is no field of a {kind}{hint} Your own fields go under `custom_attributes`"


def _attribute(entry: Entry, verb: str, kind: TargetKind, known: Known) -> list[Setting]:
    if not ATTRIBUTE.fullmatch(entry.key):
        known.problems.add(
            entry.place,
            f"`{entry.key}` cannot name a custom attribute: "
            "Intercom takes up to 190 letters, digits, `_`, `-`, spaces within and signs of "
            "currencies",
        )
    if entry.key in WRITABLE[kind]:
        known.problems.remark(
            entry.place,
            f"`{entry.key}` is a field of Intercom's own: is it meant beside `{ATTRIBUTES}`?",
        )
    value = _read(entry, known)
    if value is None:
        return []
    _check_clear(value, entry, verb, None, known)
    wanted = known.types.get(entry.key) or _type_of(value)
    if wanted is None:
        known.problems.add(
            entry.place,
            f"nothing tells the type of `{entry.key}`: add it to `types` "
            f"({', '.join(TYPES)}), for types never change at Intercom",
        )
        return []
    return [Setting(ATTRIBUTE_PREFIX + entry.key, wanted, value)]


def _type_of(value: Value) -> str | None:
    if value.expression is not None:
        told: str | None = value.expression.type
        return told
    names = {str: "string", bool: "boolean", int: "integer", float: "float"}
    return names.get(type(value.literal))


def _read(entry: Entry, known: Known) -> Value | None:
    if isinstance(entry.node, Broken):
        return None
    if not isinstance(entry.node, Scalar):
        known.problems.add(entry.node.place, f"`{entry.key}` takes one value, not a block or list")
        return None
    if entry.node.value is None:
        known.problems.add(
            entry.node.place,
            f"`{entry.key}` has no value: write one, or `=or_clear(…)` to clear it",
        )
        return None
    return read_value(entry.node, known)


def _check_clear(value: Value, entry: Entry, verb: str, field: Field | None, known: Known) -> None:
    if value.expression is None or not value.expression.or_clear:
        return
    if field is not None and not field.clearable:
        known.problems.add(entry.node.place, f"`{entry.key}` is never cleared: remove `or_clear`")
    elif verb == "set_once":
        known.problems.add(entry.node.place, "`set_once` never clears: remove `or_clear`")


def _all_attributes(node: Node, kind: TargetKind, known: Known) -> list[Setting]:
    """Read one expression that gives attributes by name, as the payload has them."""
    value = read_value(node, known) if isinstance(node, Scalar) else None
    if isinstance(node, Scalar) and value is not None and value.expression is not None:
        if value.expression.or_clear:
            known.problems.add(node.place, "`or_clear` clears one field: name it in a block")
        elif told := value.expression.type:
            known.problems.add(node.place, f"`{ATTRIBUTES}` takes an object; this gives {told}")
        standard = frozenset(WRITABLE[kind])
        return [Setting(ATTRIBUTES, None, value, declared=known.types, standard=standard)]
    if not isinstance(node, Broken) and (value is not None or not isinstance(node, Scalar)):
        message = f"`{ATTRIBUTES}` takes a block of keys, or one expression that gives an object"
        known.problems.add(node.place, message)
    return []


def read_tags(fields: Fields, known: Known) -> Tags:
    """Give the tags a block adds and removes."""
    block = fields.block("tags")
    if block is None:
        return Tags()
    inner = shape(block, "tags", known.problems)
    return Tags(_values(inner, "add", known), _values(inner, "remove", known))


def read_subscriptions(fields: Fields, known: Known) -> Subscriptions:
    """Give the subscription types a block opts in to and out of."""
    block = fields.block("subscriptions")
    if block is None:
        return Subscriptions()
    inner = shape(block, "subscriptions", known.problems)
    both = {node.text.casefold() for node in inner.scalars("in")}
    for node in inner.scalars("out"):
        if node.text.casefold() in both:
            known.problems.add(node.place, f"`{node.text}` stands under `in` and `out`")
    return Subscriptions(_values(inner, "in", known), _values(inner, "out", known))


def _values(fields: Fields, name: str, known: Known) -> tuple[Value, ...]:
    values = (read_value(node, known) for node in fields.scalars(name))
    return tuple(value for value in values if value is not None)
