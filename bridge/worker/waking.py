"""How an idle worker sleeps: until a lane is due, or until it is woken."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from math import inf

import structlog

from bridge.clock import SECOND
from bridge.errors import Deaf, StoreUnavailable
from bridge.store import bell, lanes
from bridge.store.database import Database

log = structlog.get_logger()

LOOK = 0.1
"""Seconds between two looks for work where nobody wakes."""

_LONGEST = 5.0
"""Seconds after which it looks all the same: a bell that was not heard costs no more."""

_SHORTEST = 0.02
"""A lane that is due and cannot be claimed is locked by a transaction for a moment."""

_BREATH = 0.5
_AGAIN = 2.0


class Waking:
    """Sleeps in one thread, and is woken by the bell of the store, or by `wake`.

    `hears` says whether the bell is heard just now: else it wakes often, to look for itself.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._woken = threading.Event()
        self.hears = False

    def wake(self) -> None:
        """End the sleep, or the next one."""
        self._woken.set()

    def forget(self) -> None:
        """Begin to look for work: only what comes from now on ends the next sleep."""
        self._woken.clear()

    def sleep(self, stopping: threading.Event) -> None:
        """Sleep after having found nothing to do; raise StoreUnavailable."""
        seconds = min(_LONGEST, max(_SHORTEST, self.due_in())) if self.hears else LOOK
        until = time.monotonic() + seconds
        while not stopping.is_set() and (left := until - time.monotonic()) > 0:
            if self._woken.wait(min(left, LOOK)):  # a signal handler cannot wake it
                return

    def due_in(self) -> float:
        """Give the seconds until a lane is due; 0 or less: it is, inf: none will be by itself."""
        due = lanes.next_due(self._db)
        return inf if due is None else (due - self._db.clock()) / SECOND

    def listen(self, ended: threading.Event) -> None:
        """Listen to the bell until `ended`; where that cannot be, let it look for itself."""
        while not ended.is_set():
            try:
                self._listen(ended)
            except Deaf as reason:
                log.info("an idle worker looks for work by itself", every=LOOK, reason=str(reason))
                return
            except StoreUnavailable as error:
                log.error("the bell cannot be heard", error=str(error))
            finally:
                self.hears = False
            ended.wait(_AGAIN)

    def _listen(self, ended: threading.Event) -> None:
        with closing(bell.listen(self._db, _BREATH)) as told:
            for rang in told:
                self.hears = True
                if rang:
                    self.wake()
                if ended.is_set():
                    return
