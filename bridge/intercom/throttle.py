"""One resource throttled by Intercom is left alone for a while; all others go on.

Intercom answers 429 `too_many_requests` where one resource gets too much, although the app's limit
is not used up (Intercom's reference, "Error codes").
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from bridge.errors import IntercomBusy
from bridge.model import Call

_FIRST = 1.0
_LONGEST = 60.0


class Throttle:
    """Which resources are throttled, until when (monotonic seconds), and how long the last time."""

    def __init__(
        self, monotonic: Callable[[], float], uniform: Callable[[float, float], float]
    ) -> None:
        self._monotonic = monotonic
        self._uniform = uniform
        self._lock = threading.Lock()
        self._waits: dict[str, tuple[float, float]] = {}

    def check(self, call: Call) -> None:
        """Raise IntercomBusy where the call's resource is throttled."""
        until, _ = self._waits.get(resource_of(call), (0.0, 0.0))
        left = until - self._monotonic()
        if left > 0:
            told = f"{call.name}: not sent, Intercom throttles this resource for {left:.1f} s more"
            raise IntercomBusy(
                told,
                status=429,
                code="too_many_requests",
                retry_after=left,
                resource_only=True,
            )

    def refused(self, call: Call, told: float | None) -> None:
        """Note that the resource is throttled: as long as told, else twice as long each time."""
        with self._lock:
            _, last = self._waits.get(resource_of(call), (0.0, 0.0))
            wait = told or min(_LONGEST, 2 * last or _FIRST)
            until = self._monotonic() + wait * self._uniform(1.0, 1.25)
            self._waits[resource_of(call)] = until, wait

    def passed(self, call: Call) -> None:
        """Note that the resource answers again."""
        if self._waits:
            with self._lock:
                self._waits.pop(resource_of(call), None)


def resource_of(call: Call) -> str:
    """Give what Intercom throttles: the kind of thing called, and searches apart from it."""
    parts = call.path.strip("/").split("/")
    return "/".join(parts[:2]) if parts[-1] == "search" else parts[0]
