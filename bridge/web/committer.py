"""Group commit: what many requests bring at once is stored in one transaction.

A commit waits for the disk, and everybody who comes meanwhile can share the next one. Each request
is answered after the commit that holds its receipt, never before. Senders who were answered
together come again one by one: so after a group of several a moment is waited for the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from bridge.errors import StoreUnavailable
from bridge.store import inbox
from bridge.store.database import Database
from bridge.store.inbox import Delivery, Received

A_MOMENT = 0.002
"""Seconds to wait for one more, where there were several the last time."""

_AT_MOST = 10
"""Moments after which nobody is waited for any longer."""

_Waiting = tuple[Delivery, "Future[Received]"]


class Committer:
    """Stores deliveries, by one thread of this process, up to `most` in a transaction.

    The thread begins with the first delivery, so that a Committer made before a fork is harmless.
    `moment` is in seconds: who sends alone never waits for it.
    """

    def __init__(self, db: Database, most: int = 64, moment: float = A_MOMENT) -> None:
        self._db = db
        self._most = most
        self._moment = moment
        self._crowd = False
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def receive(self, delivery: Delivery) -> Received:
        """Store a delivery and give what became of it, once it is committed.

        Raises StoreUnavailable; then nothing of it is stored.
        """
        self._begin()
        waiting: Future[Received] = Future()
        self._queue.put((delivery, waiting))
        return waiting.result()

    def _begin(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="commits", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._commit(self._gathered())

    def _gathered(self) -> list[_Waiting]:
        """Wait for a delivery; give it with all that have come by now, or come close behind."""
        group = [self._queue.get()]
        moment = self._moment if self._crowd else 0.0
        deadline = time.monotonic() + moment * _AT_MOST
        try:
            while len(group) < self._most:
                left = max(0.0, deadline - time.monotonic())
                group.append(self._queue.get(timeout=min(moment, left)))
        except Empty:
            pass
        self._crowd = len(group) > 1
        return group

    def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            received = inbox.receive_all(self._db, [delivery for delivery, _ in group])
        except Exception as error:
            self._one_by_one(group, error)
            return
        for (_, waiting), one in zip(group, received, strict=True):
            waiting.set_result(one)

    def _one_by_one(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Store each alone, so that nobody fails for another's sake.

        Where the store is gone for the first it is gone for all: nobody waits for it in turn.
        """
        if len(group) == 1:
            group[0][1].set_exception(error)
            return
        gone: StoreUnavailable | None = None
        for delivery, waiting in group:
            if gone is not None:
                waiting.set_exception(gone)
                continue
            try:
                waiting.set_result(inbox.receive_all(self._db, [delivery])[0])
            except StoreUnavailable as unavailable:
                gone = unavailable
                waiting.set_exception(gone)
            except Exception as fault:
                waiting.set_exception(fault)


Receive = Callable[[Delivery], Received]
"""Store a delivery, alone or with others; raises StoreUnavailable."""


def alone(db: Database) -> Receive:
    """Give the way to store each delivery in a transaction of its own."""
    return lambda delivery: inbox.receive_all(db, [delivery])[0]
