"""What the mappings write beside what the workspace has: which attributes fit, which do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.intercom.attributes import Attribute
from bridge.mapping.attributes import Written
from bridge.model import TargetKind

Key = tuple[TargetKind, str]

_OTHER: dict[TargetKind, TargetKind] = {"contact": "company", "company": "contact"}
_OWNERS = {"contact": "people", "company": "companies"}
_MISSING = {
    "create": "missing: will be created",
    "drop": "missing: its values are left out (attributes: drop)",
    "park": "missing: its events are parked (attributes: park)",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute: as the workspace has it (None: it has not), and where mappings write it.

    `trouble` says in words why what a mapping writes is lost or bent, empty where it is not.
    """

    model: TargetKind
    name: str
    attribute: Attribute | None
    written: tuple[Written, ...]
    trouble: str = ""
    note: str = ""

    @property
    def type(self) -> str:
        """Give the type it has, or that it would be created with."""
        return self.attribute.data_type if self.attribute else self.written[0].type

    @property
    def sources(self) -> tuple[str, ...]:
        """Give the sources whose mappings write it."""
        return tuple(sorted({one.source for one in self.written}))

    @property
    def is_to_create(self) -> bool:
        """Say whether it is missing and nothing stands against creating it."""
        return self.attribute is None and not self.trouble


def compared(attributes: Iterable[Attribute], written: Iterable[Written]) -> list[Row]:
    """Give a row for each attribute that the workspace has or a mapping writes by name."""
    known: dict[Key, Attribute] = {(one.model, one.name): one for one in attributes}
    places: dict[Key, list[Written]] = {}
    for one in written:
        if one.name:
            places.setdefault((one.model, one.name), []).append(one)
    keys = sorted({*known, *places}, key=lambda key: (key[0] != "contact", key[1]))
    return [_row(key, known, places) for key in keys]


def _row(key: Key, known: dict[Key, Attribute], places: dict[Key, list[Written]]) -> Row:
    attribute, written = known.get(key), tuple(places.get(key, ()))
    other = _OTHER[key[0]], key[1]
    if attribute is None:
        trouble, note = _missing(written, other in known or other in places, _OWNERS[other[0]])
    else:
        trouble, note = _contradicted(attribute, written), _seen(attribute, written)
    return Row(*key, attribute, written, trouble, note or _alike(key, known))


def _missing(written: Sequence[Written], taken: bool, owners: str) -> tuple[str, str]:
    types = dict.fromkeys(one.type for one in written)
    if taken:
        return f"{owners} have or get this name: give it another one in the mapping", ""
    if len(types) > 1:
        return f"the mappings disagree: {_told(written)}", ""
    return "", _MISSING[written[0].policy.attributes]


def _contradicted(attribute: Attribute, written: Sequence[Written]) -> str:
    if not written:
        return ""
    if attribute.archived:
        return "archived: its values are left out; restore it in Intercom"
    if not attribute.api_writable:
        return "Intercom does not let it be written: its values are left out"
    differing = [one for one in written if one.type != attribute.data_type]
    if differing:
        return f"type differs: {_told(differing)}; its values are made to fit, or left out"
    return ""


def _told(written: Iterable[Written]) -> str:
    return ", ".join(dict.fromkeys(f"{one.source} says {one.type}" for one in written))


def _seen(attribute: Attribute, written: Sequence[Written]) -> str:
    if attribute.options:
        return "one of: " + ", ".join(attribute.options)
    return "" if written else ("archived" if attribute.archived else "no mapping writes it")


def _alike(key: Key, known: dict[Key, Attribute]) -> str:
    alike = [
        name
        for model, name in known
        if model == key[0] and name != key[1] and name.casefold() == key[1].casefold()
    ]
    return f"not the same as {alike[0]!r}, which is there too" if alike else ""
