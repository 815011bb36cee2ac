"""When to try again: an immutable schedule, so that it can be logged, compared and tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Exponential waits with jitter, in seconds: each `factor` times as long, up to `longest`.

    Given up once the waits would sum to more than `total`: about three days, as long as the most
    patient senders try.
    """

    first: float = 5.0
    factor: float = 3.0
    longest: float = 6 * 3600.0
    total: float = 3 * 86400.0

    def wait(self, tries: int) -> float:
        """Give the wait after so many tries (1: the first has failed), without jitter."""
        return float(min(self.longest, self.first * self.factor ** (min(tries, 64) - 1)))

    def is_exhausted(self, tries: int) -> bool:
        """Say whether so many tries have used up the time."""
        return sum(self.wait(number) for number in range(1, tries + 1)) > self.total

    def jittered(self, tries: int, random: Callable[[], float]) -> float:
        """Give the wait, a quarter shorter or longer at most: lanes do not come back as one."""
        return self.wait(tries) * (0.75 + random() / 2)
