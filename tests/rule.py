"""The rule of which value wins, written once more and as plainly as can be: the tests' reference.

Nothing here comes from the product. All facts are known at once, so that arrival, retries, kills
and parallel lanes cannot matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

When = tuple[int, int, int]
"""A fact's time (microseconds), version and arrival: facts are ordered by it."""

ACTS = ("intercom", "operation")
"""Sources that tell of single acts; the others tell, again and again, how things stand."""


@dataclass(frozen=True)
class Fact:
    """One source saying once what a field of somebody should hold; None clears it."""

    source: str
    who: str
    field: str
    value: Any
    when: When


def rule(facts: Iterable[Fact]) -> dict[tuple[str, str], Any]:
    """Give the value that each field of each person ends with.

    Each source's facts, sorted, are runs of equal values; the run that began last wins. What
    people do at Intercom, or by an operation, is news each time.
    """
    told = _grouped(facts)
    best: dict[tuple[str, str], tuple[When, Any]] = {}
    for (_, who, field), own in told.items():
        for value, began in _runs(own):
            best[who, field] = max(best.get((who, field), (began, value)), (began, value), key=_at)
    return {place: value for place, (_, value) in best.items()}


def unsure(facts: Iterable[Fact]) -> set[tuple[str, str]]:
    """Give the fields that a late arrival may have left otherwise, as the promise excepts.

    One source said a value three times or more, and another one between: had that arrived last,
    what was said in the middle of the run would no longer be known.
    """
    return {
        (who, field)
        for (source, who, field), own in _grouped(facts).items()
        if source not in ACTS and any(_is_long_and_broken(own, one.value) for one in own)
    }


def _is_long_and_broken(own: Sequence[Fact], value: Any) -> bool:
    places = [place for place, one in enumerate(own) if _key(one) == _key(value)]
    return len(places) > 2 and places[-1] - places[0] >= len(places)


def _grouped(facts: Iterable[Fact]) -> dict[tuple[str, str, str], list[Fact]]:
    grouped: dict[tuple[str, str, str], list[Fact]] = {}
    for one in sorted(facts, key=lambda one: one.when):
        grouped.setdefault((one.source, one.who, one.field), []).append(one)
    return grouped


def _runs(own: Sequence[Fact]) -> Iterable[tuple[Any, When]]:
    for _, run in groupby(own, key=lambda one: one.when if one.source in ACTS else _key(one)):
        first = next(run)
        yield first.value, first.when


def _key(one: Any) -> str:
    return repr(one.value if isinstance(one, Fact) else one)


def _at(one: tuple[When, Any]) -> When:
    return one[0]
