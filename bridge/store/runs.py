"""Runs of equal values: how what one source says of one field is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain

from bridge.model import Json, Moment, Run, Target


def same(one: Json, other: Json) -> bool:
    """Compare two field values; True and 1 are different, 1 and 1.0 are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def joined(pieces: Iterable[Run]) -> tuple[Run, ...]:
    """Give pieces of runs, in whatever order, as runs: neighbours of equal value become one."""
    runs: list[Run] = []
    for run in sorted(pieces, key=lambda run: run.first):
        if runs and same(runs[-1].value, run.value):
            runs[-1] = replace(runs[-1], last=max(runs[-1].last, run.last))
        else:
            runs.append(run)
    return tuple(runs)


@dataclass(slots=True)
class Differences:
    """What must be written of runs: rows that are gone, rows that last longer, runs without one."""

    gone: list[int] = field(default_factory=list)
    longer: dict[Moment, list[int]] = field(default_factory=dict)
    new: list[tuple[Target, Run]] = field(default_factory=list)

    def note(self, target: Target, before: Iterable[Run], after: Iterable[Run]) -> None:
        """Add what differs in one source's runs of a target's field: mostly one lasts longer."""
        rows = {run.row: run for run in before if run.row is not None}
        for run in after:
            kept = None if run.row is None else rows.get(run.row)
            if run.row is None or kept is None or replace(run, last=kept.last) != kept:
                self.new.append((target, run))
                continue
            del rows[run.row]
            if run.last != kept.last:
                self.longer.setdefault(run.last, []).append(run.row)
        self.gone += rows


def merged(*lists: Iterable[Run]) -> tuple[Run, ...]:
    """Give the runs of one source and field that was kept in several places.

    Of each run its first and last moment are known, so the ones may split the others.
    """
    runs = list(chain(*lists))
    return joined(chain(map(_beginning, runs), map(_end, runs)))


def _beginning(run: Run) -> Run:
    return replace(run, last=run.first)


def _end(run: Run) -> Run:
    if run.first == run.last:
        return run
    return replace(run, first=run.last, event_id=run.last.arrival)
