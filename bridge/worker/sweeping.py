"""Retention beside the work: a small step now and then, a rest once everything old is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bridge.store import retention
from bridge.store.database import Database

log = structlog.get_logger()

BATCH = 500
"""Receipts, and keys, that are looked at in a step."""

REST = 3600.0
"""Seconds between two passes."""


@dataclass(slots=True)
class Sweeping:
    """Where the pass is: behind which receipt, or until when it rests (monotonic seconds)."""

    db: Database
    days: int
    monotonic: Callable[[], float] = time.monotonic
    after: int = 0
    gone: int = 0
    rests_until: float = 0.0

    def step(self) -> None:
        """Take one step, unless the pass is over for now; raise StoreUnavailable."""
        if self.monotonic() < self.rests_until:
            return
        swept = retention.sweep(self.db, self.days, self.after, BATCH)
        keys = retention.forget_keys(self.db, BATCH)
        self.gone += swept.events
        if swept.until is not None:
            self.after = swept.until
        elif keys < BATCH:
            self._end()

    def _end(self) -> None:
        if self.gone:
            log.info("old events were removed", events=self.gone, days=self.days)
        if soon := retention.going_soon(self.db, self.days):
            log.warning(
                "undecided events will be removed: replay or discard them",
                events=soon,
                within_days=retention.WARNED_DAYS,
            )
        self.after, self.gone = 0, 0
        self.rests_until = self.monotonic() + REST
