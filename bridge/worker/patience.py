"""Patience of what reads a whole workspace: what Intercom is too busy for is asked again later."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from bridge.errors import IntercomBusy
from bridge.worker.retry import RetrySchedule

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats what Intercom was too busy for, by a schedule; `tell` hears why it waits."""

    tell: Callable[[str], None]
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def ask(self, do: Callable[[], _T], repeats: Callable[[IntercomBusy], bool] = bool) -> _T:
        """Do it until Intercom answers; `repeats` says after which errors that may help.

        Raises the last error where the schedule is used up, and any other as it comes.
        """
        for tries in count(1):
            try:
                return do()
            except IntercomBusy as busy:
                if not repeats(busy) or self.schedule.is_exhausted(tries):
                    raise
                self.wait(tries, busy.retry_after or 0, str(busy))
        raise AssertionError("the counting ends never")

    def wait(self, tries: int, least: float, why: str) -> None:
        """Wait as long as the schedule says after so many tries, and `least` seconds or more."""
        seconds = max(least, self.schedule.jittered(tries, self.random))
        self.tell(f"{why} Asks again in {seconds:.0f} s.")
        self.sleep(seconds)
