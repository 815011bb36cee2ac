"""What is measured of a worker: how soon it calls, and how much memory it takes."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.databases import Databases
from bench.latency.scene import Scene, scene
from tests.acceptance.pooler import pooled

_IDLE = (0.3, 0.9)
"""Seconds between two events: the worker has nothing to do, and no rhythm is met."""

_STEPS = 10
_A_COMMIT = 500
_WARM = 5


def latencies(databases: Databases, count: int, done: Callable[[], None]) -> dict[str, list[float]]:
    """Give the milliseconds from commit to call, in order of size, by database."""
    found = {}
    for kind, made in databases.items():
        found[kind] = _latencies(made(), None, count, done)
    if "postgres" in databases and shutil.which("pgbouncer"):
        with _behind(databases["postgres"]()) as (url, through):
            found["postgres behind PgBouncer"] = _latencies(url, through, count, done)
    return found


@contextmanager
def _behind(url: str) -> Iterator[tuple[str, str]]:
    with pooled(url) as through:
        yield url, through


def _latencies(url: str, through: str | None, count: int, done: Callable[[], None]) -> list[float]:
    dice = random.Random(1)  # noqa: S311 - nothing secret
    with scene(url, through) as one:
        _warm(one)
        found = []
        for number in range(_WARM, _WARM + count):
            time.sleep(dice.uniform(*_IDLE))
            before = len(one.came)
            committed = one.commit(range(number, number + 1), 10**9)
            one.until(lambda: len(one.came) > before)  # noqa: B023 - called at once
            found.append((one.came[before] - committed) * 1000)
            one.until(one.is_idle)
            done()
    return sorted(found)


def _warm(one: Scene) -> None:
    """Let it start, open its connections and read what it reads once."""
    one.commit(range(_WARM), 10**9)
    one.until(lambda: one.came)
    one.until(one.is_idle)


def memory(databases: Databases, events: int, done: Callable[[], None]) -> dict[str, list[float]]:
    """Give the worker's megabytes by database: with its first events done, then ten times."""
    found = {}
    for kind, made in databases.items():
        with scene(made()) as one:
            _warm(one)
            megabytes = [one.memory()]
            for step in range(_STEPS):
                _work_off(one, step * (events // _STEPS), events // _STEPS, max(1, events // 20))
                megabytes.append(one.memory())
                done()
        found[kind] = megabytes
    return found


def _work_off(one: Scene, first: int, count: int, people: int) -> None:
    for begin in range(first, first + count, _A_COMMIT):
        end = min(begin + _A_COMMIT, first + count)
        one.commit(range(_WARM + begin, _WARM + end), people)
    one.until(one.is_idle)
