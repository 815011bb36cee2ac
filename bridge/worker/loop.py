"""The loop of a worker process: lanes are claimed, worked on in threads, and given back.

A killed worker needs no clean-up: its leases end, and its lanes are claimed by another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from bridge.errors import Busy, IntercomError, IntercomUnauthorized, LeaseLost, StoreUnavailable
from bridge.intercom import calls
from bridge.model import Claim, Outcome
from bridge.store import bell, destinations, events, lanes
from bridge.worker.attempt import Destination
from bridge.worker.batch import work_off
from bridge.worker.lease import Lease
from bridge.worker.sweeping import Sweeping
from bridge.worker.waking import LOOK, Waking

log = structlog.get_logger()

_BATCH = 50
_SWEEP = 5.0
_ASK = 60.0
GRACE = 24.0
"""Seconds in which a worker that is told to stop hands over all it has; platforms kill after 30."""


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
    waking: Waking = field(init=False)
    _active: set[Lease] = field(default_factory=set)
    _free: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.waking = Waking(self.to.db)

    def run(self) -> None:
        """Work until `stopping` is set; then finish what is in flight and give the rest back."""
        with self._at_work(self.waking.listen) as pool:
            while not self.stopping.is_set():
                self.waking.forget()
                if not self._turn(pool):
                    self._sleep()

    def drain(self) -> None:
        """Work until no lane is due any more, waits of later retries excepted."""
        with self._at_work() as pool:
            while not self.stopping.is_set():
                self.waking.forget()
                if self._turn(pool):
                    continue
                # In this order: a lane that is given back may be due again.
                if not self._active and self.waking.due_in() > self.patience:
                    break
                self._sleep()

    @contextmanager
    def _at_work(self, *more: Callable[[threading.Event], None]) -> Iterator[ThreadPoolExecutor]:
        """Give threads for lanes, with what runs beside them until the last is handed over."""
        ended = threading.Event()
        beside = [threading.Thread(target=one, args=(ended,)) for one in (self._keep, *more)]
        for thread in beside:
            thread.start()
        try:
            with ThreadPoolExecutor(self.threads, thread_name_prefix="lane") as pool:
                yield pool
                self._hurry()
            bell.ring_now(self.to.db)  # others go on with what is left
        finally:
            ended.set()
            for thread in beside:
                thread.join()

    def _hurry(self) -> None:
        """Let no call begin any more that might not end in time."""
        last_call = time.monotonic() + GRACE - self.to.intercom.timeout
        with self._free:
            for lease in self._active:
                lease.last_call = last_call

    # --- lanes --------------------------------------------------------------------------------

    def _turn(self, pool: ThreadPoolExecutor) -> bool:
        """Claim as many lanes as there are free threads; say whether there were any."""
        with self._free:
            free = self.threads - len(self._active)
            if free <= 0:
                self._free.wait(LOOK)
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

    def _sleep(self) -> None:
        try:
            self.waking.sleep(self.stopping)
        except StoreUnavailable:
            self.stopping.wait(LOOK)  # the next turn tells

    def _done(self, lease: Lease) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            with self._free:
                self._active.discard(lease)
                self._free.notify()
            self.waking.wake()
            error = future.exception()
            if error is not None:
                log.error("a lane was left", lane=lease.claim.lane_id, exc_info=error)

        return done

    def _lane(self, lease: Lease) -> None:
        claim = lease.claim
        try:
            try:
                self._work_off(lease)
            except (Busy, LeaseLost) as error:
                if isinstance(error, LeaseLost):
                    log.warning("a lane was left", lane=claim.lane_id, reason=str(error))
                # Where it is another's by now this changes nothing.
                lanes.put_back(self.to.db, claim, 0.05 + self.to.random() / 5)
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
        if outcome.pauses and destinations.pause(self.to.db, outcome.reason):
            log.error("the destination is paused", reason=outcome.reason)
        lanes.put_back(self.to.db, claim, outcome.retry_in or 0)

    # --- beside the lanes -----------------------------------------------------------------------

    def _keep(self, ended: threading.Event) -> None:
        """Renew leases, release events whose waiting is over, remove old ones, ask after the token.

        Whether a refused token works again one worker of all asks once a minute.
        """
        pause = min(_SWEEP, self.to.lease / 3)
        sweeping = Sweeping(self.to.db, self.to.retention_days)
        while not ended.wait(pause):
            try:
                self._renew()
                if not self.stopping.is_set():
                    events.expire_waiting(self.to.db, 100)
                    sweeping.turn()
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
        if not destinations.may_ask(self.to.db, min(_ASK, self.to.lease)):
            return
        try:
            calls.me(self.to.intercom)
        except IntercomUnauthorized as error:
            log.warning("the destination stays paused", reason=str(error))
        except IntercomError as error:
            log.warning("Intercom could not be asked", reason=str(error))
        else:
            destinations.resume(self.to.db)
            log.info("the destination works again")
