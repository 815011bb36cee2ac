"""What was measured as a table, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from bench.drain.cases import WINDOW, Case
from bridge.cli.columns import columns

HEAD = "case|database|events/s|CPU ms|calls|statements|commits|of limit|most in 10 s|refused"


@dataclass(slots=True)
class Series:
    """The runs of one case on one kind of database, and what was counted of its statements."""

    case: Case
    database: str
    runs: list[dict[str, float]] = field(default_factory=list)
    counted: Mapping[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Give the medians; statements and commits are per event, `of_limit` is a part of it."""
        middle = {name: median(one[name] for one in self.runs) for name in self.runs[0]}
        allowed = self.case.limit * WINDOW / 60
        return {
            "case": self.case.name,
            "database": self.database,
            **middle,
            "most_in_ten": max(one["most_in_ten"] for one in self.runs),
            "refused": sum(one["refused"] for one in self.runs),
            "of_limit": middle["whole_windows"] / allowed,
            **self.counted,
        }


def lines(measured: Sequence[Series]) -> Iterator[str]:
    """Give the table, and how much faster two workers are than one."""
    yield from columns([HEAD.split("|"), *(_cells(one.row(), one.case) for one in measured)])
    yield from _ratios(measured)


def _ratios(measured: Sequence[Series]) -> Iterator[str]:
    """Compare the cases that differ in nothing but the number of workers."""
    alone = {(one.database, _frame(one.case)): one for one in measured if one.case.workers == 1}
    for one in measured:
        single = alone.get((one.database, _frame(one.case)))
        if single is not None and one.case.workers > 1:
            times = one.row()["per_second"] / single.row()["per_second"]
            told = f"{one.case.name} is {times:.2f} times as fast as {single.case.name}"
            yield f"{one.database}: {told}"


def _frame(case: Case) -> Case:
    return replace(case, name="", workers=1)


def _cells(row: Mapping[str, Any], case: Case) -> tuple[str, ...]:
    limited = case.limit <= 10_000
    return (
        row["case"],
        row["database"],
        f"{row['per_second']:.0f}",
        f"{row['cpu_ms']:.2f}",
        f"{row['calls_per_event']:.2f}",
        *(f"{row[name]:.1f}" if name in row else "-" for name in ("statements", "commits")),
        f"{row['of_limit']:.3f}" if limited else "-",
        f"{row['most_in_ten']:.0f}" if limited else "-",
        f"{row['refused']:.0f}",
    )
