"""Reads `match`: by which identifiers a person or company is found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bridge.mapping.known import Known
from bridge.mapping.nodes import Broken, Entry, Place, Scalar
from bridge.mapping.shape import Fields
from bridge.mapping.value import Value, read_value
from bridge.model import Identifier, PersonKind, Policy, TargetKind

LINK = re.compile(r"[a-z][a-z0-9_]{0,62}")
PERSON_IDENTIFIERS = ("intercom_id", "external_id", "email", "phone")
COMPANY_IDENTIFIERS = ("company_id", "intercom_id")

CREATES: Mapping[PersonKind, tuple[str, ...]] = {
    "user": ("external_id", "email"),
    "lead": ("external_id", "email", "phone"),
    "contact": ("external_id", "email", "phone"),
}
"""The identifiers of which one must be there for Intercom to create a contact."""

MISSPELT = 0.8
"""How near a link's name must be to an identifier's to be taken for a slip of the hand."""

FORMER = {"user_id": "external_id", "id": "external_id", "contact_id": "intercom_id"}
"""Names of Intercom's older interfaces, which would be links here."""


def read_match(fields: Fields, kind: TargetKind, known: Known) -> Mapping[str, Value]:
    """Give the identifiers of a block in the order written, reporting those that cannot be."""
    match: dict[str, Value] = {}
    for entry in fields.entries("match"):
        value = _read_identifier(entry, kind, known)
        if value is not None:
            match[entry.key] = value
    if "match" in fields:
        _check_order(fields, kind, known)
        if not fields.entries("match"):
            known.problems.add(fields.at("match"), "`match` names no identifier")
        elif kind == "company" and not _names(fields) & {"company_id"}:
            known.problems.add(
                fields.at("match"), "a company is matched by `company_id`: add it to `match`"
            )
    return match


def _names(fields: Fields) -> set[str]:
    return {entry.key for entry in fields.entries("match")}


def _read_identifier(entry: Entry, kind: TargetKind, known: Known) -> Value | None:
    if complaint := _complaint(entry.key, kind):
        known.problems.add(entry.place, complaint)
    if isinstance(entry.node, Broken):
        return None
    text = entry.node.text if isinstance(entry.node, Scalar) else ""
    if not isinstance(entry.node, Scalar) or not (
        text.startswith("=") or (text and entry.key == "company_id")
    ):
        known.problems.add(
            entry.node.place,
            f"`{entry.key}` takes an expression behind =: fixed text means the same one always",
        )
        return None
    value = read_value(entry.node, known)
    if value is not None and value.expression is not None and value.expression.or_clear:
        known.problems.add(entry.node.place, "`or_clear` belongs to `set`: nobody is found by null")
    return value


def _complaint(name: str, kind: TargetKind) -> str:
    own = PERSON_IDENTIFIERS if kind == "contact" else COMPANY_IDENTIFIERS
    if name in own:
        return ""
    if name in Identifier.FIELDS:
        other = "a company" if name == "company_id" else "a person"
        return f"`{name}` identifies {other}: it cannot stand in this `match`"
    close = get_close_matches(name, own, n=1, cutoff=MISSPELT)
    if close:
        return f"`{name}` would be a link; did you mean `{close[0]}`? Else choose another name"
    if not LINK.fullmatch(name):
        return f"`{name}` cannot name a link: use a-z, 0-9 and _, a letter first"
    return ""


def _check_order(fields: Fields, kind: TargetKind, known: Known) -> None:
    last = -1
    for entry in fields.entries("match"):
        rank = _rank(entry.key)
        if rank < last:
            known.problems.remark(
                entry.place,
                f"`{entry.key}` stands behind a weaker identifier: "
                "intercom_id, external_id, links, email is the order in which they are trusted",
            )
        last = max(last, rank)
        if entry.key in FORMER and kind == "contact":
            known.problems.remark(
                entry.place,
                f"`{entry.key}` is a link here; Intercom's own field is `{FORMER[entry.key]}`",
            )


def _rank(name: str) -> int:
    ranks = {"intercom_id": 0, "external_id": 1, "company_id": 1, "email": 3, "phone": 4}
    return ranks.get(name, 2)


def check_creation(fields: Fields, kind: PersonKind, policy: Policy, known: Known) -> None:
    """Report a block that shall create a person by identifiers that cannot create one."""
    missing = policy.missing
    creates = missing.action == "create" or (missing.action == "wait" and missing.then == "create")
    names = _names(fields)
    if not creates or not names or names & set(CREATES[kind]):
        return
    if any(_complaint(name, "contact") for name in names):
        return
    place: Place = fields.at("missing") if "missing" in fields else fields.at("match")
    wanted = " or ".join(f"`{name}`" for name in CREATES[kind])
    alone = "links alone" if all(_is_link(name) for name in names) else "these identifiers"
    known.problems.add(
        place,
        f"{alone} cannot create a {kind}: add {wanted} to `match`, "
        "or say `missing: skip` or how long to `wait`",
    )


def _is_link(name: str) -> bool:
    return name not in Identifier.FIELDS


def read_unlink(fields: Fields, match: Mapping[str, Value], known: Known) -> tuple[str, ...]:
    """Give the links that a block takes away; each must be a link of its `match`."""
    links = [name for name in match if _is_link(name)]
    names = []
    for node in fields.scalars("unlink"):
        if node.text in links:
            names.append(node.text)
        else:
            there = ", ".join(f"`{link}`" for link in links) or "none"
            known.problems.add(
                node.place, f"`{node.text}` is no link of this `match`; its links: {there}"
            )
    return tuple(names)
