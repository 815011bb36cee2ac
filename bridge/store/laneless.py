"""The unit of work of what is no event: an operation reads, holds and writes what is known too."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from bridge.clock import SECOND, Micros
from bridge.model import Claim, Receipt, State, StoredEvent
from bridge.store import holds, lanes
from bridge.store.database import Database
from bridge.store.ledger import Ledger


class LanelessLedger(Ledger):
    """A ledger whose writes the holds alone fence.

    `event` is no stored one (id 0): it says source and time of what is recorded. Never `end` it:
    there is no event whose fate could be written.
    """

    def __init__(
        self, db: Database, event: StoredEvent, *, owner: str, lease: float, workspace: str
    ) -> None:
        none = Claim(lane_id=0, token=0, source=event.source, subject="", seq=0)
        super().__init__(db, none, event, owner=owner, lease=lease, workspace=workspace)

    def renew(self) -> None:
        """Lengthen every hold."""
        with self.db.write() as connection:
            holds.renew(connection, self.owner, self.lease)

    def _begin(self, connection: Connection) -> None:
        """Begin nothing: no event is marked as being worked on."""

    def _fence(self, connection: Connection, others: Iterable[int] = ()) -> None:
        lanes.lock(connection, set(others))


def no_event(destination: str, source: str, now: Micros) -> StoredEvent:
    """Give what stands for an event where there is none: the source and time of what is said."""
    return StoredEvent(
        id=0,
        destination=destination,
        source=source,
        key="",
        type="",
        time=now,
        version=0,
        subject="",
        lane_id=0,
        position=0,
        state=State.WORKING,
        reason="",
        notes=(),
        tries=0,
        payload=None,
        receipt=Receipt(source, now, (), {}, b""),
        received_at=now - now % SECOND,
        updated_at=now,
    )
