"""Reads the routes of a mapping and finds those that no event can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from bridge.mapping.blocks import PersonBlock, Route
from bridge.mapping.keeping import read_records
from bridge.mapping.known import RESERVED, Known
from bridge.mapping.nodes import Block, Broken, Node, Place, Scalar
from bridge.mapping.observation import check_kind, read_observation
from bridge.mapping.shape import Fields, shape
from bridge.mapping.targets import read_company, read_condition, read_person, read_track
from bridge.mapping.value import Value, read_value
from bridge.model import PersonKind

PERSONS: tuple[PersonKind, ...] = ("user", "lead", "contact")


def read_lets(fields: Fields, known: Known) -> tuple[dict[str, Value], Known]:
    """Give the names a `let` adds, and what is known with them."""
    lets: dict[str, Value] = {}
    for entry in fields.entries("let"):
        if complaint := _bad_name(entry.key, known):
            known.problems.add(entry.place, complaint)
        elif isinstance(entry.node, Scalar):
            value = read_value(entry.node, known)
            if value is not None and value.expression is not None and value.expression.or_clear:
                known.problems.add(entry.node.place, "`or_clear` belongs to a whole value of `set`")
            if value is not None:
                lets[entry.key] = value
            known = known.naming(entry.key, value.records if value is not None else frozenset())
        elif not isinstance(entry.node, Broken):
            known.problems.add(entry.node.place, f"`{entry.key}` takes an expression behind =")
    return lets, known


def _bad_name(name: str, known: Known) -> str:
    if not (name.isidentifier() and name.isascii()):
        return f"`{name}` cannot name a value: use letters, digits and _, a letter first"
    if name in RESERVED:
        return f"`{name}` is a name of the bridge's own: choose another"
    return f"`{name}` is a name already: choose another" if name in known.names else ""


def read_routes(nodes: Sequence[Node], known: Known) -> tuple[Route, ...]:
    """Give the routes in the order written, reporting those that can never be taken."""
    blocks = [(number, node) for number, node in enumerate(nodes) if isinstance(node, Block)]
    fields = [(number, node, shape(node, "route", known.problems)) for number, node in blocks]
    _check_reach([one for _, _, one in fields], known)
    names = _names([(number, one) for number, _, one in fields])
    return tuple(_route(node, one, names[number], known) for number, node, one in fields)


def _names(routes: Sequence[tuple[int, Fields]]) -> Mapping[int, str]:
    told = {number: ", ".join(_types(fields)) for number, fields in routes if "on" in fields}
    names = {}
    for number, _ in routes:
        name = told.get(number, "")
        same = list(told.values()).count(name) > 1
        names[number] = f"{name} (routes[{number}])" if same else name or f"routes[{number}]"
    return names


def _types(fields: Fields) -> tuple[str, ...]:
    return tuple(node.text for node in fields.scalars("on")) or ("*",)


def _route(node: Block, fields: Fields, name: str, known: Known) -> Route:
    lets, inner = read_lets(fields, known)
    kinds = [kind for kind in PERSONS if kind in fields.places]
    for kind in kinds[1:]:
        known.problems.add(
            fields.at(kind), f"a route has one person: `{kinds[0]}` is already in this one"
        )
    check_kind(fields, known)
    company = fields.block("company")
    track = fields.block("track")
    person = _person(fields, kinds, inner)
    told = fields.block("intercom")
    records = read_records(fields, inner, "row")
    has_person = bool(kinds)
    stays = has_person and not (person and person.delete)
    route = Route(
        name=name,
        place=fields.at("on"),
        on=_types(fields),
        when=read_condition(fields, inner),
        let=lets,
        records=records,
        person=person,
        company=None if company is None else read_company(company, inner, has_person=stays),
        track=None if track is None else read_track(track, inner, has_person=stays),
        observation=None if told is None else read_observation(told, inner),
    )
    if not (has_person or company or track or told or records):
        known.problems.remark(
            node.place, "this route changes nothing: events that take it are skipped"
        )
    return route


def _person(fields: Fields, kinds: Sequence[PersonKind], known: Known) -> PersonBlock | None:
    people = [
        read_person(block, kind, known)
        for kind in kinds
        if (block := fields.block(kind)) is not None
    ]
    return people[0] if people else None


def _check_reach(routes: Sequence[Fields], known: Known) -> None:
    taken: list[tuple[str, Place]] = []
    for fields in routes:
        types = _types(fields)
        found = [next((at for one, at in taken if covers(one, kind)), None) for kind in types]
        if all(found):
            line = min(at.line for at in found if at is not None)
            known.problems.add(
                fields.at("on"),
                f"no event reaches this route: the one in line {line} takes all its types; "
                "give that one a `when`, or put this one above it",
            )
        if "when" not in fields.places:
            taken += [(kind, fields.at("on")) for kind in types]


def covers(wide: str, narrow: str) -> bool:
    """Say whether every type that `narrow` matches is surely matched by `wide`."""
    if wide == narrow:
        return True
    exact = not set(narrow) & set("*?[")
    return fnmatchcase(narrow, wide) if exact or not set(wide) & set("?[") else False
