"""What was measured as a table, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.receive.measure import Series
from bridge.cli.columns import columns

HEAD = "variant|database|threads|req/s|of empty|of unstored|of alone|p50 ms|p99 ms|max ms|not 200"


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything of one run; `starts` in seconds, `memory` in megabytes."""

    series: Sequence[Series]
    starts: Mapping[str, float]
    memory: Mapping[str, Sequence[float]]

    def rows(self) -> list[dict[str, Any]]:
        """Give the medians of every variant."""
        return [self._row(one) for one in self.series]

    def _row(self, one: Series) -> dict[str, Any]:
        statuses: Counter[str] = sum((Counter(each["statuses"]) for each in one.rounds), Counter())
        row = {
            "variant": one.variant,
            "database": one.database,
            "threads": one.threads,
            "per_second": one.median("per_second"),
        }
        for other in ("empty", "unstored", "alone"):
            row[f"of_{other}"] = self._ratio(one, other)
        row |= {name: one.median(name) for name in ("p50", "p99")}
        row["max"] = max(each["max"] for each in one.rounds)
        return row | {"not_200": statuses.total() - statuses["200"]}

    def _ratio(self, one: Series, variant: str) -> float | None:
        """Compare with the other variant on the same server, and on the same database if any."""
        for other in self.series:
            same = other.threads == one.threads and other.database in ("", one.database)
            if other.variant == variant and same and other is not one:
                return one.ratio(other)
        return None

    def as_json(self) -> dict[str, Any]:
        """Give all of it for a machine."""
        told = {"start_seconds": dict(self.starts), "memory_megabytes": dict(self.memory)}
        return {"receive": self.rows(), **told}

    def lines(self) -> Iterator[str]:
        """Give the table, and below it start and memory."""
        yield from columns([HEAD.split("|"), *map(_cells, self.rows())])
        for kind, seconds in self.starts.items():
            yield f"first webhook accepted {seconds:.2f} s after the start of the process, {kind}"
        for kind, megabytes in self.memory.items():
            flat = " ".join(f"{one:.0f}" for one in megabytes)
            yield f"megabytes of the web process, at first and after every tenth, {kind}: {flat}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    ratios = (row[f"of_{name}"] for name in ("empty", "unstored", "alone"))
    return (
        row["variant"],
        row["database"] or "-",
        str(row["threads"]),
        f"{row['per_second']:.0f}",
        *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
        *(f"{row[name]:.0f}" for name in ("p50", "p99", "max", "not_200")),
    )
