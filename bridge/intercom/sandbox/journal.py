"""The latest calls the sandbox was asked, newest last."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from bridge.model import Json

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Served:
    """One call as it was answered: `at` in Unix seconds, `note` on faults or the error."""

    at: int
    method: str
    path: str
    query: dict[str, str]
    body: Json
    status: int
    note: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, whole, as they went over the wire; `path` as it was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer: bytes


class Journal:
    """Keeps the last thousand calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: deque[Served] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, served: Served) -> None:
        """Take note of a call."""
        with self._lock:
            self._count += 1
            self._served.append(replace(served, number=self._count))

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._served.clear()

    def latest(self, count: int) -> list[Served]:
        """Give the latest calls, newest first."""
        with self._lock:
            return list(self._served)[::-1][:count]

    def listed(self, since: int = 0) -> list[dict[str, Json]]:
        """Give the calls with a number above `since`, oldest first."""
        with self._lock:
            return [asdict(each) for each in self._served if each.number > since]
