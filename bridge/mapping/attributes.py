"""The custom attributes that mappings write: which, of which type, and where two contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

from bridge.errors import Problem
from bridge.mapping.blocks import CompanyBlock, PersonBlock, Setting
from bridge.mapping.fields import ATTRIBUTE_PREFIX
from bridge.mapping.mapping import Mapping
from bridge.model import Policy, TargetKind

_OWNERS = {"contact": "people", "company": "companies"}


@dataclass(frozen=True, slots=True)
class Written:
    """One place where a mapping writes a custom attribute.

    `name` is empty where the payload tells the names: then `type` is empty too.
    """

    model: TargetKind
    name: str
    type: str
    source: str
    policy: Policy
    file: str
    line: int
    column: int

    @property
    def where(self) -> str:
        """Give the place as `file:line`."""
        return f"{self.file}:{self.line}"

    def problem(self, message: str) -> Problem:
        """Say something of this place."""
        return Problem(self.file, self.line, self.column, message)


def written(mappings: Iterable[Mapping]) -> Iterator[Written]:
    """Give every place where a custom attribute is written, in the order of the files."""
    for mapping in mappings:
        for route in mapping.routes:
            for block in (route.person, route.company):
                if block is not None:
                    yield from _of_block(mapping, block)


def _of_block(mapping: Mapping, block: PersonBlock | CompanyBlock) -> Iterator[Written]:
    model: TargetKind = "company" if isinstance(block, CompanyBlock) else "contact"
    for setting in (*block.set, *block.set_once):
        if setting.is_named_by_payload or setting.field.startswith(ATTRIBUTE_PREFIX):
            yield _place(mapping, model, setting, block.policy)


def _place(mapping: Mapping, model: TargetKind, setting: Setting, policy: Policy) -> Written:
    name = "" if setting.is_named_by_payload else setting.field.removeprefix(ATTRIBUTE_PREFIX)
    place = setting.value.place
    return Written(
        model,
        name,
        setting.type or "",
        mapping.source,
        policy,
        mapping.path,
        place.line,
        place.column,
    )


def clashes(mappings: Iterable[Mapping]) -> list[Problem]:
    """Give a problem for each name that is written for people and for companies.

    Intercom keeps a name for one of the two; whichever comes second is left out. Each file in
    which the name stands is told of it once.
    """

    def problem(one: Written, other: Written) -> Problem | None:
        if one.model == other.model:
            return None
        return one.problem(
            f"`{one.name}` is written for {_OWNERS[one.model]} here and for "
            f"{_OWNERS[other.model]} in {other.where}: Intercom keeps a name for one of the two, "
            "so give one of them another name"
        )

    return _told(mappings, problem)


def disagreements(mappings: Iterable[Mapping]) -> list[Problem]:
    """Give a remark for each attribute to which two places give different types."""

    def remark(one: Written, other: Written) -> Problem | None:
        if one.model != other.model or one.type == other.type:
            return None
        return one.problem(
            f"`{one.name}` is {one.type} here and {other.type} in {other.where}: it gets the type "
            "of whichever comes first, for good"
        )

    return _told(mappings, remark)


def _told(
    mappings: Iterable[Mapping], of: Callable[[Written, Written], Problem | None]
) -> list[Problem]:
    """Give what is to be said of pairs of places that write one name, once per file and name."""
    places: dict[str, list[Written]] = {}
    for one in written(mappings):
        if one.name:
            places.setdefault(one.name, []).append(one)
    found: dict[tuple[str, str], Problem] = {}
    for name, same in places.items():
        for one, other in permutations(same, 2):
            if (name, one.file) not in found and (problem := of(one, other)):
                found[name, one.file] = problem
    return list(found.values())
