"""Reads the blocks of a route: person, company and track."""

from __future__ import annotations

from typing import Any

from bridge.mapping.blocks import CompanyBlock, PersonBlock, TrackBlock
from bridge.mapping.known import Known
from bridge.mapping.matching import check_creation, read_match, read_unlink
from bridge.mapping.nodes import Block, Scalar
from bridge.mapping.policy import read_fold, read_policy
from bridge.mapping.shape import Fields, shape
from bridge.mapping.value import Value, read_value
from bridge.mapping.writing import read_subscriptions, read_tags, read_writing
from bridge.model import ROLES, PersonKind

MOST_METADATA = 10
"""Keys of a data event's metadata that Intercom keeps; the rest it ignores."""

BESIDE_DELETE = ("when", "match", "missing", "archived", "delete")
"""The keys of a person block that removes somebody."""


def read_condition(fields: Fields, known: Known, name: str = "when") -> Value | None:
    """Give a condition of a block, None where it has none."""
    node = fields.scalar(name)
    return None if node is None else read_value(node, known, condition=True)


def read_person(block: Block, kind: PersonKind, known: Known) -> PersonBlock:
    """Give a `user`, `lead` or `contact` block."""
    fields = shape(block, "person", known.problems)
    each, known = _read_each(fields, known)
    policy = read_policy(fields, known)
    match = read_match(fields, "contact", known)
    role = _read_role(fields, kind, known)
    deletion: Any = fields.text("delete")
    if deletion:
        _check_alone(fields, known)
    else:
        check_creation(fields, _certain(role, kind), policy, known)
    return PersonBlock(
        kind=kind,
        match=match,
        when=read_condition(fields, known),
        each=each,
        role=role,
        set=read_writing(fields, "set", "contact", known),
        set_once=read_writing(fields, "set_once", "contact", known),
        tags=read_tags(fields, known),
        subscriptions=read_subscriptions(fields, known),
        note=_read_note(fields, known),
        unlink=read_unlink(fields, match, known),
        delete=deletion,
        policy=policy,
        fold=read_fold(fields),
    )


def _read_each(fields: Fields, known: Known) -> tuple[Value | None, Known]:
    """Give what a block is repeated over, and what is known inside the block."""
    node = fields.scalar("each")
    if node is None:
        return None, known
    each = read_value(node, known)
    if each is not None and each.expression is not None and each.expression.or_clear:
        known.problems.add(node.place, "`or_clear` belongs to `set`: `each` takes a list")
    return each, known.naming("this")


def _read_role(fields: Fields, kind: PersonKind, known: Known) -> Value | None:
    node = fields.scalar("role")
    if node is None:
        return None
    if kind != "contact":
        told = f"`{kind}` says the role already: remove `role`, or make the block a `contact`"
        known.problems.add(fields.at("role"), told)
        return None
    role = read_value(node, known)
    if role is not None and role.expression is None and role.literal not in ROLES:
        known.problems.add(node.place, f"`role` cannot be `{node.text}`: it is `user` or `lead`")
        return None
    return role


def _read_note(fields: Fields, known: Known) -> Value | None:
    node = fields.scalar("note")
    note = None if node is None else read_value(node, known)
    if note is not None and note.expression is not None and note.expression.or_clear:
        known.problems.add(fields.at("note"), "`or_clear` belongs to `set`: a note clears nothing")
    return note


def _certain(role: Value | None, kind: PersonKind) -> PersonKind:
    """Give the kind of block that it is for sure, whatever the payload holds."""
    literal: Any = None if role is None else role.literal
    return literal or kind


def _check_alone(fields: Fields, known: Known) -> None:
    for name in fields.places:
        if name not in BESIDE_DELETE:
            beside = ", ".join(f"`{one}`" for one in BESIDE_DELETE[:-1])
            known.problems.add(
                fields.at(name), f"`{name}` cannot stand beside `delete`: only {beside} can"
            )


def read_company(block: Block, known: Known, *, has_person: bool) -> CompanyBlock:
    """Give a `company` block; `has_person` says whether the route has somebody to attach."""
    fields = shape(block, "company", known.problems)
    each, known = _read_each(fields, known)
    for name in ("attach", "detach"):
        if name in fields and not has_person:
            known.problems.add(
                fields.at(name),
                f"`{name}` needs a person who stays: add `user`, `lead` or `contact`",
            )
    attach, detach = _attachment(fields, known)
    return CompanyBlock(
        match=read_match(fields, "company", known),
        when=read_condition(fields, known),
        each=each,
        set=read_writing(fields, "set", "company", known),
        set_once=read_writing(fields, "set_once", "company", known),
        tags=read_tags(fields, known),
        attach=attach and has_person,
        detach=detach,
        policy=read_policy(fields, known),
        fold=read_fold(fields),
    )


def _attachment(fields: Fields, known: Known) -> tuple[bool, Any]:
    detach = fields.text("detach")
    node = fields.scalar("attach")
    if node is not None and node.value is True and detach == "this":
        known.problems.add(fields.at("detach"), "`attach: true` and `detach: this` contradict")
    attach = detach != "this" if node is None else node.value is True
    return attach, detach


def read_track(block: Block, known: Known, *, has_person: bool) -> TrackBlock | None:
    """Give a `track` block."""
    fields = shape(block, "track", known.problems)
    if not has_person:
        known.problems.add(
            block.place,
            "a data event belongs to a person who stays: "
            "add `user`, `lead` or `contact` to the route",
        )
    name = _event_name(fields, known)
    time = fields.scalar("time")
    condition = read_condition(fields, known)
    moment = None if time is None else read_value(time, known)
    metadata = _metadata(fields, known)
    everything = fields.scalar("metadata")
    if name is None:
        return None
    return TrackBlock(
        name=name,
        only=tuple(node.text for node in fields.scalars("only")),
        metadata=metadata,
        all_metadata=None if everything is None else read_value(everything, known),
        when=condition,
        time=moment,
    )


def _event_name(fields: Fields, known: Known) -> Value | None:
    node = fields.scalar("name")
    value = None if node is None else read_value(node, known)
    if node is None or value is None:
        return None
    if value.expression is not None:
        if "only" not in fields:
            known.problems.add(
                fields.at("name"),
                "a name from the payload needs `only:` with the names allowed, "
                "for Intercom keeps no more than 120 names",
            )
        return value
    _check_name(node, known)
    return Value(value.where, value.place, literal=node.text.strip())


def _check_name(node: Scalar, known: Known) -> None:
    name = node.text.strip()
    if not name:
        known.problems.add(node.place, "a data event needs a name")
    elif set(name) & set(".$"):
        better = name.replace(".", "-").replace("$", "-")
        known.problems.add(
            node.place, f"Intercom turns `.` and `$` of event names into `-`: write `{better}`"
        )


def _metadata(fields: Fields, known: Known) -> dict[str, Value]:
    entries = fields.entries("metadata")
    for entry in entries[MOST_METADATA:]:
        known.problems.add(
            entry.place,
            f"`{entry.key}` is one too many: Intercom keeps {MOST_METADATA} keys of metadata",
        )
    metadata = {}
    for entry in entries:
        if isinstance(entry.node, Scalar) and entry.node.value is not None:
            value = read_value(entry.node, known)
            if value is not None:
                metadata[entry.key] = value
        elif not isinstance(entry.node, Scalar) or entry.node.value is None:
            known.problems.add(entry.node.place, f"`{entry.key}` takes one value")
    return metadata
