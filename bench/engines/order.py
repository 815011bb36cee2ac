"""Is a subject's order kept while many write and many work?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from bench.engines.engine import Fact, Opened, Taken, keep

_LEASE = 60.0
_MANY = 4


@dataclass(slots=True)
class Seen:
    """When each event was kept (began, ended), and in what order subjects' events were worked on.

    `both` counts events begun while another of their subject was still at work.
    """

    kept: dict[str, tuple[float, float]] = field(default_factory=dict)
    done: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    both: int = 0
    _at_work: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, taken: Taken) -> None:
        """Note that a worker begins with what it took."""
        with self._lock:
            self.both += taken.subject in self._at_work
            self._at_work.add(taken.subject)
            pairs = zip(taken.keys, taken.numbers, strict=True)
            self.done.setdefault(taken.subject, []).extend(pairs)

    def end(self, taken: Taken) -> None:
        """Note that it is about to give them back."""
        with self._lock:
            self._at_work.discard(taken.subject)

    def count(self) -> int:
        """Count the events that were worked on, repetitions included."""
        return sum(map(len, self.done.values()))

    def late(self) -> int:
        """Count the events worked on behind one whose webhook came when theirs was answered."""
        return sum(
            _late((self.kept[key] for key, _ in one), lambda last, new: new[1] < last[0])
            for one in self.done.values()
        )

    def unnumbered(self) -> int:
        """Count the events worked on behind one that has a higher number of the engine."""
        return sum(
            _late(((n, n) for _, n in one), lambda last, new: new[1] < last[0])
            for one in self.done.values()
        )


_Span = tuple[float, float]


def _late(spans: Iterable[_Span], behind: Callable[[_Span, _Span], bool]) -> int:
    found, last = 0, (float("-inf"), 0.0)
    for span in spans:
        found += behind(last, span)
        last = max(last, span)
    return found


def run(opened: Opened, events: int, subjects: int, seconds: float) -> dict[str, int]:
    """Let four receivers keep so many events, one a transaction, while four workers work."""
    seen, left = Seen(), threading.Event()
    with ThreadPoolExecutor(2 * _MANY) as pool:
        facts = [Fact(f"e{n}", f"cus_{n % subjects}") for n in range(events)]
        workers = [pool.submit(_work, opened, seen, left) for _ in range(_MANY)]
        receivers = [pool.submit(_keep, opened, facts[n::_MANY], seen) for n in range(_MANY)]
        try:
            for one in receivers:
                one.result()
            until = time.monotonic() + seconds
            while seen.count() < events and time.monotonic() < until:
                left.wait(0.05)
        finally:
            left.set()
        for one in workers:
            one.result()
    keys = {key for pairs in seen.done.values() for key, _ in pairs}
    return {
        "events": events,
        "lost": events - len(keys),
        "twice": seen.count() - len(keys),
        "two at one subject": seen.both,
        "late": seen.late(),
        "against its own numbers": seen.unnumbered(),
    }


def _keep(opened: Opened, facts: list[Fact], seen: Seen) -> None:
    with closing(opened()) as engine:
        for fact in facts:
            began = time.monotonic()
            keep(engine, [fact])
            seen.kept[fact.key] = began, time.monotonic()


def _work(opened: Opened, seen: Seen, left: threading.Event) -> None:
    with closing(opened()) as engine:
        while not left.is_set():
            found = engine.take(1, _LEASE)
            for taken in found:
                seen.begin(taken)
                seen.end(taken)
                engine.end(taken)
            if not found:
                left.wait(0.002)
