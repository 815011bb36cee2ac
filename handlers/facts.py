"""Which value: what every source said of a field, and whose word is the newest. Pure.

What one source says of one field is kept as runs of equal values. The run that began last, over
all sources, wins; a repeat only moves the end of its run, so that a snapshot that repeats an old
value under a new time does not win against a newer fact of another source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bridge.model import Json, Moment, Run
from bridge.store.runs import joined
from bridge.store.runs import same as same


def told(runs: Iterable[Run], fact: Run) -> tuple[Run, ...]:
    """Give the runs of one source and field after `fact` (a run of one moment) was said.

    The same for every order of arrival, but for facts that arrive late inside a run of three or
    more repeats: what lay between the run's first and last moment is not kept.
    """
    pieces = [piece for run in runs for piece in _around(run, fact)]
    return joined([*pieces, fact])


def _around(run: Run, fact: Run) -> Iterator[Run]:
    """Give what stays of a run when another value was said in its midst."""
    if same(run.value, fact.value) or not run.first <= fact.first <= run.last:
        yield run
        return
    if run.first < fact.first:
        yield replace(run, last=run.first)
    if fact.first < run.last:
        yield replace(run, first=run.last, event_id=run.last.arrival)


def winner(runs: Iterable[Run]) -> Run | None:
    """Give the run that began last, whichever source's it is."""
    return max(runs, key=lambda run: run.first, default=None)


def fact(source: str, field: str, value: Json, moment: Moment, route: str = "") -> Run:
    """Give one thing said once, as a run of one moment."""
    return Run(source, field, value, moment, moment, moment.arrival, route)
