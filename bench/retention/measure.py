"""Rounds of load while nothing, some, and as much as possible is removed."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.calls.payloads import payload
from bench.filling import Past, fill
from bench.receive.measure import PRODUCT
from bench.receive.web import Web, web
from bridge.store.database import Database, connect
from bridge.store.schema import events
from bridge.worker.sweeping import Sweeping

DAYS = 30
MODES = ("nothing", "paced", "without a pause")

_MOST = 1_500
"""Requests a second that are signed beforehand, more than are taken."""

_OWNER = "bench"
_TURNS = 5.0
"""Seconds from one turn of a worker to the next."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `seconds` of load by so many senders, in each round and mode."""

    events: int
    rounds: int
    seconds: float
    connections: int


@dataclass(slots=True)
class Measured:
    """One database: figures of the load by mode, a row for each round, and what was removed."""

    kind: str
    megabytes_before: float
    rounds: dict[str, list[Mapping[str, Any]]] = field(
        default_factory=lambda: {mode: [] for mode in MODES}
    )
    removed: int = 0
    removing_seconds: float = 0.0
    alone_per_second: float = 0.0
    megabytes_after: float = 0.0

    def median(self, mode: str, name: str) -> float:
        """Give the middle one of all rounds."""
        return float(statistics.median(each[name] for each in self.rounds[mode]))


def measure(kind: str, url: str, effort: Effort, done: Callable[[], None]) -> Measured:
    """Measure one database, an empty one."""
    db = connect(url)
    body = json.dumps(payload("stripe", "subscription-active"), indent=2).encode()
    fill(db, Past(effort.events, days=2 * DAYS, body=body))
    found = Measured(kind, megabytes(db))
    done()
    temporary = tempfile.TemporaryDirectory(prefix="bench-retention-")
    with temporary as folder, web(PRODUCT, url, Path(folder)) as served:
        for _ in range(effort.rounds):
            for mode in MODES:
                _round(found, mode, db, served, effort)
                done()
    found.alone_per_second = _alone(db, effort)
    found.megabytes_after = megabytes(db)
    db.dispose()
    return found


def _round(found: Measured, mode: str, db: Database, served: Web, effort: Effort) -> None:
    sweeping = Sweeping(db, DAYS, owner=_OWNER)
    before, begin = left(db, effort.events), time.perf_counter()
    with _removing(sweeping, mode):
        figures = served.load(effort.connections, effort.seconds, round(effort.seconds * _MOST))
    found.rounds[mode].append(figures)
    if mode == MODES[-1]:
        found.removed += before - left(db, effort.events)
        found.removing_seconds += time.perf_counter() - begin


@contextmanager
def _removing(sweeping: Sweeping, mode: str) -> Iterator[None]:
    """Remove in the background, as the mode says; the last transaction is awaited."""
    ended = threading.Event()

    def remove() -> None:
        while not ended.is_set():
            if mode == "paced":
                sweeping.turn()
                ended.wait(_TURNS)
            elif not sweeping.step():
                return

    thread = threading.Thread(target=remove)
    if mode != "nothing":
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if mode != "nothing":
            thread.join()


def _alone(db: Database, effort: Effort) -> float:
    """Give how many events a second are removed while nothing else is done."""
    sweeping = Sweeping(db, DAYS, owner=_OWNER)
    before, begin = left(db, effort.events), time.perf_counter()
    while time.perf_counter() - begin < effort.seconds and sweeping.step():
        pass
    spent = time.perf_counter() - begin
    return (before - left(db, effort.events)) / spent


def left(db: Database, first: int) -> int:
    """Count how many of the first events, those of months ago, are left."""
    counted = select(func.count()).select_from(events).where(events.c.id <= first)
    with db.read() as connection:
        return int(connection.execute(counted).scalar_one())


def megabytes(db: Database) -> float:
    """Give how large the database is; what was removed leaves room in it, not a smaller one."""
    size = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with db.read() as connection:
        return float(connection.exec_driver_sql(size[db.dialect]).scalar_one()) / 1e6
