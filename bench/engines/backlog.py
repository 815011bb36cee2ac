"""What a backlog costs: keeping it, taking from it, working it off."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.engines.engine import TOO_LONG, Engine, Fact, TooLong, keep

PER_SUBJECT = 5
_GROUP = 64
_LEASE = 600.0
_AT_ONCE = 16


@dataclass(slots=True)
class Backlog:
    """One engine with what waits in it; `takes` are milliseconds by how many events waited."""

    name: str
    engine: Engine
    waiting: int = 0
    spent: float = 0.0
    takes: dict[int, list[float]] = field(default_factory=dict)

    def fill(self, count: int) -> None:
        """Keep events, 64 a transaction, until so many wait."""
        began = time.perf_counter()
        for start in range(self.waiting, count, _GROUP):
            numbers = range(start, min(start + _GROUP, count))
            keep(self.engine, [Fact(f"e{n}", _subject(n)) for n in numbers])
        self.spent += time.perf_counter() - began
        self.waiting = count
        self.engine.analyze()

    def take(self, times: int, seconds: float) -> None:
        """Measure takes of one subject, each given back at once, for so many seconds at most."""
        until = time.monotonic() + seconds
        for _ in range(times):
            if time.monotonic() > until:
                return
            self.takes.setdefault(self.waiting, []).append(self._take() * 1000)

    def _take(self) -> float:
        """Give the seconds that a take took; what it got is given back."""
        began = time.perf_counter()
        try:
            found = self.engine.take(1, _LEASE)
        except TooLong:
            return TOO_LONG
        took = time.perf_counter() - began
        for taken in found:
            self.engine.again(taken, 0)
        return took

    def drain(self, seconds: float) -> float:
        """Work events off with a handler that does nothing; give how many a second."""
        began, done = time.monotonic(), 0
        while time.monotonic() < began + seconds:
            try:
                found = self.engine.take(_AT_ONCE, _LEASE)
            except TooLong:
                break
            for taken in found:
                self.engine.end(taken)
            done += sum(len(taken.keys) for taken in found)
            if not found:
                break
        return done / (time.monotonic() - began)

    def figures(self) -> Iterator[tuple[int, float, float]]:
        """Give p50 and p99 of the takes by how many events waited."""
        for waiting, took in self.takes.items():
            yield waiting, statistics.median(took), sorted(took)[len(took) * 99 // 100]


def _subject(number: int) -> str:
    """Give a thousand events' subjects five events each."""
    return f"cus_{number // 1000}_{number % (1000 // PER_SUBJECT)}"
