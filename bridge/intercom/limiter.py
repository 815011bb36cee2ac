"""The limiter: calls are made at time slots that all processes share, just under Intercom's limit.

Intercom counts an app's calls in fixed windows of ten seconds and tells limit, rest and end of the
window with every answer (Intercom's reference, "Rate limiting", 2.16). Slots are evenly spaced, so
that no ten seconds hold more calls than one window allows, wherever Intercom's windows begin.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

from bridge.clock import Clock, system_clock
from bridge.errors import IntercomBusy
from bridge.intercom.refusal import complaint, retry_after, seconds_to_reset
from bridge.intercom.throttle import Throttle
from bridge.model import Answer, Call, SlotSource

LATE = 0.1
"""Seconds after which a slot is void: calls that are late must not crowd those on time."""

PATIENCE = 5.0
WINDOW = 10.0
"""Seconds in which Intercom counts; a window that seems to last longer is a wrong clock."""

_BUSY = 0.2
_MOST_AT_ONCE = 16
_LOW_SPREAD = 2
_DATE = 1.0
_OTHERS = 0.9
"""What is left of a window may be this part of what our own pace leaves, before others are seen."""


class Limiter:
    """Permits of one process, shared by its threads.

    `patience` is how long a call waits for its slot, in seconds; where it is further off the call
    is refused as IntercomBusy, which tells when to come back. A `low` limiter, for backfills, takes
    a slot only where nobody else wants one, and no more than every second. `pause` is the least
    time between two calls, in seconds.
    """

    def __init__(
        self,
        source: SlotSource,
        *,
        patience: float = PATIENCE,
        low: bool = False,
        pause: float = 0.0,
        clock: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.patience = patience
        self._source = source
        self._low = low
        self._pause = pause
        self._resumes = 0.0
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._uniform = uniform
        self._throttle = Throttle(monotonic, uniform)
        self._lock = threading.Lock()
        self._slots: deque[float] = deque()
        self._asked = (0, 0.0)
        self._apart = 0.0
        self._limit = 0
        self._slowed = (0.0, 0.0)

    def take(self, call: Call) -> None:
        """Wait until the call may be made; raise IntercomBusy where that would take too long."""
        self._throttle.check(call)
        self._wait_until(self._resumes)
        deadline = self._monotonic() + self.patience
        while True:
            slot = self._next(call, deadline)
            self._wait_until(slot)
            if self._monotonic() - slot <= LATE:
                self._resumes = self._monotonic() + self._pause
                return

    def _wait_until(self, moment: float) -> None:
        left = moment - self._monotonic()
        if left > 0:
            self._sleep(left)

    def learn(self, answer: Answer) -> None:
        """Take note of what an answer tells of the limit."""
        code, _ = complaint(answer.body) or ("", "")
        if answer.status == 429 and code == "too_many_requests":
            self._throttle.refused(answer.call, retry_after(answer, self._clock))
            return
        self._throttle.passed(answer.call)
        limit = _number(answer, "limit")
        if limit and limit != self._limit:
            self._source.learn(limit)
            self._limit = limit
        if answer.status == 429:
            self._source.shut(retry_after(answer, self._clock) or 1.0)
            self._forget_slots()
        else:
            self._share(answer)

    # --- slots ----------------------------------------------------------------------------------

    def _next(self, call: Call, deadline: float) -> float:
        """Give the moment of a free slot, by the monotonic clock."""
        with self._lock:
            while self._slots:
                slot = self._slots.popleft()
                if self._monotonic() - slot <= LATE:
                    return slot
            while not self._fetch(deadline):
                if not self._low or self._monotonic() >= deadline:
                    raise _used_up(call, self._source.wait() or self.patience)
                self._sleep(self._uniform(0.05, 0.2))
            return self._slots.popleft()

    def _fetch(self, deadline: float) -> bool:
        """Take slots from the source: one, and twice as many whenever they are soon used up."""
        now = self._monotonic()
        count, asked_at = self._asked
        count = min(_MOST_AT_ONCE, 2 * count) if now - asked_at < _BUSY and not self._low else 1
        within = 0.0 if self._low else deadline - now
        taken = self._source.take(count, within, _LOW_SPREAD if self._low else 1)
        if taken is None:
            return False
        # Counted from when the answer came: a slot may be used too late, but never too early.
        now = self._monotonic()
        self._asked = count, now
        self._apart = taken.apart
        self._limit = taken.window_calls or self._limit
        self._slots.extend(now + taken.first + place * taken.apart for place in range(taken.count))
        return True

    def _forget_slots(self) -> None:
        with self._lock:
            self._slots.clear()

    # --- others ---------------------------------------------------------------------------------

    def _share(self, answer: Answer) -> None:
        """Go slower until the window ends where others have used so much that we would go over."""
        rest, ends = _number(answer, "remaining"), seconds_to_reset(answer, self._clock)
        if rest is None or ends is None or not self._apart:
            return
        left = ends - _DATE  # the answer's own date is rounded down to the second
        if not 0 < left <= WINDOW or rest >= left / self._apart * _OTHERS - 2:
            return
        every, (slowed, until) = left / max(1.0, rest * _OTHERS), self._slowed
        now = self._monotonic()
        if now >= until or every >= slowed * 1.1:
            self._slowed = every, now + left
            self._source.slow(every, left)


def _used_up(call: Call, wait: float) -> IntercomBusy:
    told = f"{call.name}: not sent, Intercom's limit is used up for {wait:.1f} s"
    return IntercomBusy(told, status=429, code="limit_used_up", retry_after=wait)


def _number(answer: Answer, name: str) -> int | None:
    told = answer.headers.get(f"x-ratelimit-{name}", "").strip()
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
