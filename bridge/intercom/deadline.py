"""Deadlines of what is under way: one thread watches them all and acts on what is late.

A timer of its own for each call would start a thread per call.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True, slots=True)
class Deadline:
    """A moment by the monotonic clock, and what is done then unless it was called off before."""

    moment: float
    act: Callable[[], None] | None = field(compare=False)

    def call_off(self) -> None:
        """Let nothing be done."""
        self.act = None


class Watch:
    """Watches deadlines in a thread that begins with the first of them."""

    def __init__(self) -> None:
        self._due: list[Deadline] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, act: Callable[[], None]) -> Deadline:
        """Have `act` done in so many seconds; it must be quick and raise nothing."""
        deadline = Deadline(time.monotonic() + seconds, act)
        with self._changed:
            heapq.heappush(self._due, deadline)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._due[0] is deadline:
                self._changed.notify()
        return deadline

    def _run(self) -> None:
        while True:
            act = self._next().act
            if act is not None:
                act()

    def _next(self) -> Deadline:
        """Wait for the first deadline and give it, called off or not."""
        with self._changed:
            while True:
                left = self._due[0].moment - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._due)
                self._changed.wait(left)
