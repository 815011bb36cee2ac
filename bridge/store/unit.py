"""What every unit of work is: the events of a claimed lane, and the holds taken for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from bridge.clock import Micros
from bridge.model import Claim, StoredEvent, Target
from bridge.store import holds, lanes, links, record, tombstones
from bridge.store.database import Database


class Unit:
    """One event, or several that are worked on as one (`folded`), with what is held for them.

    `owner` names this unit of work: no two that run at a time may share it. `lease` is in
    seconds. Every method that reaches the database may raise StoreUnavailable.
    """

    def __init__(
        self,
        db: Database,
        claim: Claim,
        event: StoredEvent,
        *,
        owner: str,
        lease: float,
        workspace: str,
        folded: Sequence[StoredEvent] = (),
    ) -> None:
        self.db = db
        self.claim = claim
        self.event = event
        self.folded = folded
        self.owner = owner
        self.lease = lease
        self.workspace = workspace
        self._begun = False
        self._held: frozenset[str] = frozenset()
        # Tombstones met by the keys of the first take.
        self._erased: dict[str, Micros] = {}

    def take(self, keys: Iterable[str]) -> None:
        """Take the keys not held yet, all or none; the first call marks the events as working.

        Raises Busy where another lane has one of them, LeaseLost where the lane is not ours.
        """
        wanted = frozenset(keys) - self._held
        if self._begun and not wanted:
            return
        with self.db.write() as connection:
            self._take(connection, wanted)
        self._took(wanted)

    hold = take

    def renew(self) -> None:
        """Lengthen the lane's lease and every hold; raise LeaseLost where the lane is not ours.

        Safe to call from another thread than the one that does the work.
        """
        lanes.renew(self.db, self.claim, self.lease)
        with self.db.write() as connection:
            holds.renew(connection, self.owner, self.lease)

    def release(self) -> None:
        """Give the holds back without writing results; a second call does nothing."""
        if self._held:
            with self.db.write() as connection:
                holds.release(connection, self.owner)
            self._held = frozenset()

    def _take(self, connection: Connection, wanted: frozenset[str]) -> None:
        """Take keys in the caller's transaction, which is to be told by `_took` once committed."""
        self._fence(connection)
        if not self._begun:
            self._begin(connection)
        holds.take(connection, self.owner, wanted, self.lease)
        if not self._begun:
            self._erased = tombstones.met(connection, wanted)

    def _took(self, wanted: frozenset[str]) -> None:
        self._begun = True
        self._held |= wanted

    def _begin(self, connection: Connection) -> None:
        record.begin(connection, (self.event, *self.folded))

    def _fence(self, connection: Connection, others: Iterable[int] = ()) -> None:
        """Lock the lane and others with it; raise LeaseLost where the lane is not ours."""
        lanes.fence(connection, self.claim, others)

    def is_proven(self, target: Target) -> bool:
        """Say whether anybody but open sources linked the target."""
        with self.db.read() as connection:
            return links.is_proven(connection, self.workspace, target)
