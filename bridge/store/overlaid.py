"""What the store holds with what was gathered since laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from bridge.model import Run

_T = TypeVar("_T")


def overlaid(before: Iterable[_T], edited: Mapping[_T, bool]) -> list[_T]:
    """Take away what was edited out, and add what was edited in, at the end."""
    kept = [one for one in before if edited.get(one, True)]
    return kept + [one for one, present in edited.items() if present and one not in kept]


def by_field(runs: Iterable[Run]) -> dict[tuple[str, str], tuple[Run, ...]]:
    """Give the runs of each source and field, in the order they came."""
    grouped: dict[tuple[str, str], tuple[Run, ...]] = {}
    for run in runs:
        place = run.source, run.field
        grouped[place] = (*grouped.get(place, ()), run)
    return grouped
