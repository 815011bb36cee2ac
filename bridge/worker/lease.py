"""How long a lane at work is ours: renewed while the work goes on, asked before every call.

A call that began while the lease ran must also end in it, for afterwards another worker may be at
the same people.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

from bridge.errors import LeaseLost
from bridge.intercom.client import Client
from bridge.model import Answer, Call, Claim
from bridge.store import lanes
from bridge.store.database import Database
from bridge.store.ledger import Ledger

Monotonic = Callable[[], float]


class Lease:
    """The lease of one claimed lane, and of the holds of the event at work in it.

    `seconds` is its length, `began` when the claim was asked for, `last_call` until when calls may
    begin. Used by two threads: the one that works, and the keeper that renews.
    """

    def __init__(
        self,
        db: Database,
        claim: Claim,
        seconds: float,
        *,
        began: float | None = None,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self.claim = claim
        self.seconds = seconds
        self.last_call = inf
        self._monotonic = monotonic
        self._until = (monotonic() if began is None else began) + seconds
        self._renew: Callable[[], None] = lambda: lanes.renew(db, claim, seconds)

    def carry(self, ledger: Ledger) -> None:
        """Renew from now on what this unit of work holds, too."""
        self._renew = ledger.renew

    def keep(self) -> None:
        """Renew it where a third of it is over; raise LeaseLost where it is another's."""
        now = self._monotonic()
        if self._until - now <= self.seconds * 2 / 3:
            self._renew()
            self._until = now + self.seconds

    def check(self, needed: float) -> None:
        """Raise LeaseLost where less than `needed` seconds are left: nothing may be begun."""
        now = self._monotonic()
        if now > self.last_call:
            raise LeaseLost(f"Lane {self.claim.lane_id} is handed over: this worker ends")
        left = self._until - now
        if left < needed:
            raise LeaseLost(
                f"Lane {self.claim.lane_id} is leased for {max(left, 0):.1f} s more, too short "
                "for a call: it is taken up anew"
            )


class Leased(Client):
    """A client that begins no call which may outlast the lease."""

    def __init__(self, client: Client, lease: Lease) -> None:
        vars(self).update(vars(client))
        self._inner = client
        self._lease = lease

    def send(self, call: Call) -> Answer:
        """Send a call as any client does; raise LeaseLost where too little time is left."""
        self._lease.check(self.longest)
        return self._inner.send(call)
