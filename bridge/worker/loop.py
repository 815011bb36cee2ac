"""The loop of a worker process: lanes are claimed, worked on in threads, and given back.

A killed worker needs no clean-up: its leases end, and its lanes are claimed by another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from bridge.errors import Busy, IntercomError, IntercomUnauthorized, LeaseLost, StoreUnavailable
from bridge.intercom import calls
from bridge.model import Claim, Outcome
from bridge.store import destinations, events, lanes
from bridge.worker.attempt import Destination
from bridge.worker.batch import work_off
from bridge.worker.lease import Lease
from bridge.worker.sweeping import Sweeping

log = structlog.get_logger()

_BATCH = 50
_POLL = 0.1
_SWEEP = 5.0


@dataclass(slots=True)
class Worker:
    """Works off the lanes of one destination with `threads` lanes at a time.

    `patience` is how many seconds a drain waits for a lane: its people may be busy, or its first
    event wait for more.
    """

    to: Destination
    threads: int = 16
    patience: float = 1.0
    stopping: threading.Event = field(default_factory=threading.Event)
    _active: set[Lease] = field(default_factory=set)
    _free: threading.Condition = field(default_factory=threading.Condition)

    def run(self) -> None:
        """Work until `stopping` is set; then finish what is in flight and give the rest back."""
        with ThreadPoolExecutor(self.threads, thread_name_prefix="lane") as pool:
            keeper = threading.Thread(target=self._keep, name="leases", daemon=True)
            keeper.start()
            while not self.stopping.is_set():
                if not self._turn(pool):
                    self.stopping.wait(_POLL)
            pool.shutdown(wait=True)

    def drain(self) -> None:
        """Work until no lane is due any more, waits of later retries excepted."""
        with ThreadPoolExecutor(self.threads, thread_name_prefix="lane") as pool:
            keeper = threading.Thread(target=self._keep, name="leases", daemon=True)
            keeper.start()
            while not self.stopping.is_set():
                busy = self._turn(pool) or self._active
                if not busy and not lanes.due_within(self.to.db, self.patience):
                    break
                self.stopping.wait(_POLL / 10)
            self.stopping.set()

    # --- lanes --------------------------------------------------------------------------------

    def _turn(self, pool: ThreadPoolExecutor) -> bool:
        """Claim as many lanes as there are free threads; say whether there were any."""
        with self._free:
            free = self.threads - len(self._active)
            if free <= 0:
                self._free.wait(_POLL)
                return True
        began = time.monotonic()
        try:
            claims = lanes.claim(self.to.db, limit=free, lease=self.to.lease)
        except StoreUnavailable as error:
            log.error("the database cannot be reached, the worker waits", error=str(error))
            self.stopping.wait(1)
            return False
        for claim in claims:
            lease = Lease(self.to.db, claim, self.to.lease, began=began)
            with self._free:
                self._active.add(lease)
            pool.submit(self._lane, lease).add_done_callback(self._done(lease))
        return bool(claims)

    def _done(self, lease: Lease) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            with self._free:
                self._active.discard(lease)
                self._free.notify()
            error = future.exception()
            if error is not None:
                log.error("a lane was left", lane=lease.claim.lane_id, exc_info=error)

        return done

    def _lane(self, lease: Lease) -> None:
        claim = lease.claim
        try:
            self._work_off(lease)
        except Busy:
            wait = 0.05 + self.to.random() / 5
            lanes.put_back(self.to.db, claim, wait)
        except LeaseLost as error:
            log.warning("a lane was taken over", lane=claim.lane_id, reason=str(error))
        except StoreUnavailable as error:
            log.error("the database cannot be reached", lane=claim.lane_id, error=str(error))

    def _work_off(self, lease: Lease) -> None:
        claim = lease.claim
        while True:
            due = events.due(self.to.db, claim, _BATCH)
            for outcome in work_off(claim, due, self.to, lease, self.stopping):
                if outcome.retry_in is not None:
                    self._put_back(claim, outcome)
                    return
            stopped = self.stopping.is_set()
            if stopped or len(due) < _BATCH:
                lanes.complete(self.to.db, claim, drained=not stopped)
                return

    def _put_back(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.pauses:
            destinations.pause(self.to.db, outcome.reason)
            log.error("the destination is paused", reason=outcome.reason)
        lanes.put_back(self.to.db, claim, outcome.retry_in or 0)

    # --- beside the lanes -----------------------------------------------------------------------

    def _keep(self) -> None:
        """Renew leases, release events whose waiting is over, remove old ones, ask after the token.

        Whether a refused token works again is asked once per lease.
        """
        ticks = 0.0
        pause = min(_SWEEP, self.to.lease / 3)
        sweeping = Sweeping(self.to.db, self.to.retention_days)
        while not self.stopping.wait(pause):
            ticks += pause
            try:
                self._renew()
                events.expire_waiting(self.to.db, 100)
                sweeping.turn()
                if ticks >= self.to.lease:
                    ticks = 0.0
                    self._ask_again()
            except StoreUnavailable as error:
                log.error("the database cannot be reached", error=str(error))

    def _renew(self) -> None:
        with self._free:
            leases = list(self._active)
        for lease in leases:
            try:
                lease.keep()
            except LeaseLost:
                log.warning("a lease ended before it was renewed", lane=lease.claim.lane_id)

    def _ask_again(self) -> None:
        if destinations.paused(self.to.db) is None:
            return
        try:
            calls.me(self.to.intercom)
        except IntercomUnauthorized as error:
            log.error("the destination stays paused", reason=str(error))
        except IntercomError as error:
            log.warning("Intercom could not be asked", reason=str(error))
        else:
            destinations.resume(self.to.db)
            log.info("the destination works again")
