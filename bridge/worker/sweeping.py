"""Retention beside the work: small steps by one worker at a time, a rest once all that is old went.

Between steps there is a gap, because SQLite has one writer and no queue, and senders wait.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bridge.store import retention
from bridge.store.database import Database

log = structlog.get_logger()

BATCH = 200
"""Events, and keys, that are removed in a step at most."""

REST = 3600.0
"""Seconds between two passes."""

_BUSY = 0.5
"""Seconds of each turn that steps are made for: a tenth of the time, whatever the database."""

_GAP = 0.02
_TURN = 60.0
"""Seconds after which another worker goes on where this one is no more."""


@dataclass(slots=True)
class Sweeping:
    """Where the pass is: behind which receipt, or until when it rests (monotonic seconds)."""

    db: Database
    days: int
    monotonic: Callable[[], float] = time.monotonic
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    after: int = 0
    gone: int = 0
    rests_until: float = 0.0

    def turn(self) -> None:
        """Make steps for a while, unless the pass is over or another's; raise StoreUnavailable."""
        if self.monotonic() < self.rests_until:
            return
        if not retention.take_turn(self.db, self.owner, _TURN):
            self._rest(_TURN)
            return
        until = self.monotonic() + _BUSY
        while self.step() and self.monotonic() < until:
            time.sleep(_GAP)

    def step(self) -> bool:
        """Remove some; say whether more may be old. The pass ends where nothing is."""
        swept = retention.sweep(self.db, self.days, self.after, BATCH)
        keys = retention.forget_keys(self.db, BATCH)
        self.gone += swept.events
        if swept.until is not None:
            self.after = swept.until
        more = swept.until is not None or keys == BATCH
        if not more:
            self._end()
        return more

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
        retention.take_turn(self.db, self.owner, REST)
        self._rest(REST)

    def _rest(self, seconds: float) -> None:
        self.rests_until = self.monotonic() + seconds
