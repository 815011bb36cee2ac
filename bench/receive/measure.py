"""Rounds of load on every variant in turn; of the product as it is, start and memory."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.databases import Databases
from bench.receive.web import Web, web

PRODUCT = ("bridge", "web")
_STEPS = 10
_WARM = 0.5

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `seconds` and at most `count` requests in each round."""

    rounds: int
    connections: int
    seconds: float
    count: int
    threads: Sequence[int]


@dataclass(frozen=True, slots=True)
class Series:
    """One variant on one database: its figures, a row for each round."""

    variant: str
    database: str
    threads: int
    rounds: list[Figures] = field(default_factory=list)

    def median(self, name: str) -> float:
        """Give the middle one of all rounds."""
        return float(statistics.median(each[name] for each in self.rounds))

    def ratio(self, other: Series) -> float:
        """Give how many times as many requests a second as another, round by round."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return float(statistics.median(a["per_second"] / b["per_second"] for a, b in pairs))


def compared(databases: Databases, effort: Effort, done: Callable[[], None]) -> list[Series]:
    """Measure every variant in interleaved rounds; `done` is told of each."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="bench-receive-")))
        pairs: list[tuple[Series, Web]] = []
        for series in _variants(databases, effort.threads):
            url = databases[series.database or next(iter(databases))]()
            module = ["bench.receive.served", series.variant, "{port}"]
            module += ["--threads", str(series.threads)]
            served = running.enter_context(web(module, url, folder))
            served.load(effort.connections, min(_WARM, effort.seconds), effort.count)
            pairs.append((series, served))
        for _ in range(effort.rounds):
            for series, served in pairs:
                figures = served.load(effort.connections, effort.seconds, effort.count)
                series.rounds.append(figures)
                done()
    return [series for series, _ in pairs]


def _variants(databases: Iterable[str], threads: Sequence[int]) -> Iterator[Series]:
    kinds = list(databases)
    for number in threads:
        yield Series("empty", "", number)
        yield Series("unstored", "", number)
        for kind in kinds:
            yield Series("alone", kind, number)
            yield Series("group", kind, number)


def starts(databases: Databases, rounds: int) -> dict[str, float]:
    """Give the seconds from the start of the product's process to its first 200, by database."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="bench-receive-") as folder:
        for kind, made in databases.items():
            seconds = []
            for _ in range(rounds):
                with web(PRODUCT, made(), Path(folder)) as served:
                    seconds.append(served.seconds)
            found[kind] = statistics.median(seconds)
    return found


def memory(
    databases: Databases, events: int, connections: int, done: Callable[[], None]
) -> dict[str, list[float]]:
    """Give the megabytes of the product's web process, by database: first, then ten times."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="bench-receive-") as folder:
        for kind, made in databases.items():
            with web(PRODUCT, made(), Path(folder)) as served:
                megabytes = [served.memory()]
                for _ in range(_STEPS):
                    served.load(connections, 600, events // _STEPS)
                    megabytes.append(served.memory())
                    done()
            found[kind] = megabytes
    return found
