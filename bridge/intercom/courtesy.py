"""Permits for work that can wait: half of every window of Intercom's limit is left to the others.

What remains of the window is what Intercom says after each call, so that the calls of workers, of
other processes and of other apps count too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from bridge.model import Answer, Call

_WINDOW = 10.0
"""Seconds of a window: no wait is longer, whatever a header says."""


class Courtesy:
    """Waits for the next window where less than half of this one remains.

    `pause` is the least time between two calls. All times are in seconds.
    """

    def __init__(
        self,
        pause: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._sleep = sleep
        self._monotonic = monotonic
        self._next = 0.0

    def take(self, call: Call) -> None:
        """Wait until one more call would leave half of the window."""
        wait = self._next - self._monotonic()
        if wait > 0:
            self._sleep(wait)

    def learn(self, answer: Answer) -> None:
        """Take note of what remains of the window."""
        self._next = self._monotonic() + max(self._pause, _left(answer))


def _left(answer: Answer) -> float:
    """Give the seconds until the next window, 0 where more than half of this one remains."""
    limit, remaining, reset = (
        _number(answer.headers.get(f"x-ratelimit-{name}", ""))
        for name in ("limit", "remaining", "reset")
    )
    if limit is None or remaining is None or reset is None or remaining > limit / 2:
        return 0.0
    try:
        now = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return _WINDOW
    return min(max(reset - now, 0.0), _WINDOW)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,12}", text.strip()) else None
