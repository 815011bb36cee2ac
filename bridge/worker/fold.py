"""Folding: what the due events of a lane say becomes one Change per person and company. Pure.

What they say is kept apart inside the Change, each with its own time, so that the store learns
the same as from one after another; only Intercom is told the outcome once. Whether they all mean
one known person only the store can tell: handlers/identity.py refuses what does not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from bridge.model import (
    CompanyChange,
    Identifier,
    Json,
    Mapped,
    Missing,
    Moment,
    PersonChange,
    Saying,
)
from bridge.worker.task import Group, Task, alone

_Change = TypeVar("_Change", PersonChange, CompanyChange)

_IDENTITY = ("email", "external_id")
"""Fields that are identifiers as well."""


def fold(tasks: Sequence[Task]) -> Group:
    """Give the first of the tasks with all that follow it until one does not fold."""
    group = alone(tasks[0])
    if _stands_alone(tasks[0]):
        return group
    whole = _told(tasks[0])
    for number, task in enumerate(tasks[1:], 2):
        joined = None if _stands_alone(task) else _joined(whole, _told(task))
        if joined is None:
            break
        whole = joined
        group = Group(tuple(tasks[:number]), whole)
    return group


# --- barriers -------------------------------------------------------------------------------------


def _stands_alone(task: Task) -> bool:
    """Say whether a task has more than what folding knows how to keep apart."""
    mapped = task.mapped
    plain = Mapped(
        route=mapped.route,
        companies=mapped.companies,
        people=mapped.people,
        tracks=mapped.tracks,
        rows=mapped.rows,
        warnings=mapped.warnings,
    )
    if task.error is not None or mapped != plain or len(mapped.people) > 1:
        return True
    people = (
        one == PersonChange(one.kind, one.match, policy=one.policy)
        for one in map(_bare, mapped.people)
    )
    keys = [_company_key(one) for one in mapped.companies]
    if len(set(keys)) < len(keys):  # one company said twice: which word is the later one is lost
        return True
    companies = (one.detach != "others" and _company_key(one) for one in mapped.companies)
    return not all(chain(people, companies)) or not all(one.match for one in mapped.people)


def _fits(one: _Change, other: _Change) -> bool:
    """Say whether both mean the same target, as far as they tell, under the same choices."""
    names = _identity(one) | _identity(other)
    cleared = {field for field, value in one.set.items() if value is None}
    return (
        _frame(one) == _frame(other)
        and len(names) == len({each.name for each in names})
        and not cleared & other.set_once.keys()
    )


def _bare(change: _Change) -> _Change:
    """Give a Change without what is kept apart."""
    return replace(
        change,
        set={},
        set_once={},
        types={},
        payload_named=frozenset(),
        as_of={},
        add_tags=(),
        remove_tags=(),
        sayings=(),
    )


def _frame(change: _Change) -> _Change:
    """Give what must be equal; somebody who is known is not `missing`."""
    return replace(_bare(change), match=(), policy=replace(change.policy, missing=Missing()))


def _identity(change: _Change) -> set[Identifier]:
    said = {
        Identifier(name, str(one.change.set[name]))
        for one in change.sayings
        for name in _IDENTITY
        if name in one.change.set
    }
    return said | set(change.match)


def _company_key(change: CompanyChange) -> str | None:
    return next((one.value for one in change.match if one.name == "company_id"), None)


# --- joining --------------------------------------------------------------------------------------


def _told(task: Task) -> Mapped:
    """Give the Changes of a task as said by its event."""
    event, mapped = task.event, task.mapped

    def said(change: _Change) -> _Change:
        return replace(change, sayings=(Saying(event.moment, mapped.route, change),))

    return replace(
        mapped,
        companies=tuple(map(said, mapped.companies)),
        people=tuple(map(said, mapped.people)),
        tracks=tuple(replace(one, event_id=event.id) for one in mapped.tracks),
    )


def _joined(whole: Mapped, more: Mapped) -> Mapped | None:
    """Give both as one; None where they do not fold."""
    people = _all(whole.people, more.people, lambda _: "the lane's person")
    companies = _all(whole.companies, more.companies, _company_key)
    if people is None or companies is None:
        return None
    return replace(whole, people=people, companies=companies, tracks=whole.tracks + more.tracks)


def _all(
    ones: Iterable[_Change], others: Iterable[_Change], key: Callable[[_Change], Hashable]
) -> tuple[_Change, ...] | None:
    merged = {key(one): one for one in ones}
    for other in others:
        before = merged.get(key(other))
        both = other if before is None else _merged(before, other)
        if both is None:
            return None
        merged[key(other)] = both
    return tuple(merged.values())


def _merged(one: _Change, other: _Change) -> _Change | None:
    match = _united(one.match, other.match)
    if match is None or not _fits(one, other):
        return None
    sayings = (*one.sayings, *other.sayings)
    return replace(
        one,
        match=match,
        set=_newest(sayings),
        set_once={**other.set_once, **one.set_once},
        types={**other.types, **one.types},
        payload_named=(one.payload_named - _named(other)) | (other.payload_named - _named(one)),
        add_tags=tuple(dict.fromkeys((*one.add_tags, *other.add_tags))),
        remove_tags=tuple(dict.fromkeys((*one.remove_tags, *other.remove_tags))),
        sayings=sayings,
    )


def _named(change: _Change) -> set[str]:
    """Give the attributes that the mapping names: those it may create, whoever else names them."""
    return change.types.keys() - change.payload_named


def _newest(sayings: Iterable[Saying[_Change]]) -> dict[str, Json]:
    """Give the newest word on each field; the later one where they are of one moment."""
    said: dict[str, tuple[Moment, Json]] = {}
    for one in sayings:
        for field, value in one.change.set.items():
            moment = one.as_of(field)
            if field not in said or said[field][0] <= moment:
                said[field] = moment, value
    return {field: value for field, (_, value) in said.items()}


def _united(
    one: Sequence[Identifier], other: Sequence[Identifier]
) -> tuple[Identifier, ...] | None:
    """Give the identifiers of both in an order that is each one's own; None where there is none."""
    united: list[Identifier] = []
    rest = list(one)
    for identifier in other:
        if identifier in rest:
            place = rest.index(identifier) + 1
            united, rest = united + rest[:place], rest[place:]
        elif identifier in united:
            return None
        else:
            united.append(identifier)
    return (*united, *rest)
