"""Our own lanes, used as receiver and worker use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.engines.engine import BODY, Fact, Taken
from bench.filling import analyze
from bridge.errors import LeaseLost
from bridge.model import Attempt, Claim, Ending, Event, Outcome, Receipt, State, StoredEvent
from bridge.store import events, inbox, lanes, record
from bridge.store.database import Database, connect
from bridge.store.inbox import Delivery

_SOURCE = "bench"
_MOST = 50


@dataclass(frozen=True, slots=True)
class _Ticket:
    claim: Claim
    due: tuple[StoredEvent, ...]


class Lanes:
    """The store's lanes, on either database."""

    def __init__(self, url: str) -> None:
        self._db: Database = connect(url, pool_size=1)

    @contextmanager
    def keeping(self, facts: Sequence[Fact]) -> Iterator[None]:
        """Keep events as a receiver does."""
        with self._db.write() as connection:
            inbox.store(connection, [_delivery(one) for one in facts])
            yield

    def take(self, subjects: int, lease: float) -> list[Taken]:
        """Claim lanes, and read what is due in each; one that only doubles woke goes to rest."""
        while claims := lanes.claim(self._db, limit=subjects, lease=lease):
            found = [self._taken(one) for one in claims]
            for taken in found:
                if not taken.keys:
                    lanes.complete(self._db, taken.ticket.claim, drained=True)
            if due := [taken for taken in found if taken.keys]:
                return due
        return []

    def _taken(self, claim: Claim) -> Taken:
        due = tuple(events.due(self._db, claim, _MOST))
        keys, numbers = (one.key for one in due), (one.position for one in due)
        return Taken(claim.subject, tuple(keys), tuple(numbers), _Ticket(claim, due))

    def end(self, taken: Taken) -> bool:
        """Write how each event ended, with its attempt, and give the lane back."""
        ticket = taken.ticket
        try:
            with self._db.write() as connection:
                lanes.fence(connection, ticket.claim)
                record.end(connection, [_ending(one) for one in ticket.due])
        except LeaseLost:
            return False
        lanes.complete(self._db, ticket.claim, drained=len(ticket.due) < _MOST)
        return True

    def again(self, taken: Taken, seconds: float) -> None:
        """Put the lane back."""
        lanes.put_back(self._db, taken.ticket.claim, seconds)

    def mend(self, seconds: float) -> None:
        """Do nothing: leases end by themselves."""

    def analyze(self) -> None:
        """Let the database count what it has."""
        analyze(self._db)

    def close(self) -> None:
        """Close the connection."""
        self._db.dispose()


def _delivery(fact: Fact) -> Delivery:
    receipt = Receipt(_SOURCE, 0, [("content-type", "application/json")], {}, BODY)
    return Delivery(receipt, [Event(fact.key, "customer.updated", 0, fact.subject)])


def _ending(event: StoredEvent) -> Ending:
    told: dict[str, Any] = {"number": 1, "started_at": 0, "took": 0, "calls": (), "outcome": "done"}
    return Ending(event, Outcome(State.DONE, ""), Attempt(event.id, **told))
