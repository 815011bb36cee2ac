"""Short ways to say what the tests of the store need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from bridge.model import Attempt, Claim, Event, Outcome, Receipt, State, StoredEvent
from bridge.store import events, inbox, lanes
from bridge.store.database import Database
from bridge.store.ledger import Ledger
from bridge.store.schema import NEVER

LEASE = 60


class Bench:
    """A database with the few steps that most tests begin with."""

    PER_LANE = 5

    def __init__(self, db: Database) -> None:
        self.db = db
        self._owners = 0
        self._background: list[Background] = []

    def receipt(self, source: str = "stripe") -> Receipt:
        return Receipt(source, 1_000_000, (("content-type", "a"),), {"q": "1"}, b'{"a": 1}')

    def event(self, key: str = "e1", subject: str = "cus_1", **more: Any) -> Event:
        return Event(key=key, type="customer.updated", time=5, subject=subject, **more)

    def receive(self, *subjects: str, source: str = "stripe", prefix: str = "e") -> list[int]:
        """Store one event per subject, each with a key of its own; give their ids."""
        self._owners += 1
        made = [
            self.event(f"{prefix}{self._owners}-{number}", subject)
            for number, subject in enumerate(subjects)
        ]
        received = inbox.receive(self.db, self.receipt(source), made)
        return [one.id for one in received.events]

    def seed(self, count: int, state: str = "done", source: str = "shop") -> None:
        """Let many events have ended: PER_LANE in each lane, the lanes drained."""
        places = {"source": source, "lanes": count // self.PER_LANE, "never": NEVER}
        numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        self.sql(
            """INSERT INTO receipts (destination, source, received_at, headers, query, body,
                   verdict) VALUES ('default', :source, 1, :headers, '{}', :body, '')""",
            source=source,
            headers='[["content-type", "application/json"]]',
            body=b"{}",
        )
        self.sql(
            f"""INSERT INTO lanes (destination, source, subject, seq, ready_at, token, tries)
                {numbers} SELECT 'default', :source, 'c' || i, {self.PER_LANE}, :never, 0, 0
                FROM n WHERE i < :lanes""",
            last=count - 1,
            **places,
        )
        self.sql(
            f"""INSERT INTO events (destination, source, key, type, time, version, subject,
                   lane_id, position, state, reason, notes, tries, receipt_id, received_at,
                   updated_at, route)
                {numbers} SELECT 'default', :source, 'e' || i, 't', 1, 0, l.subject, l.id,
                   i / :lanes + 1, :state, '', '[]', 1, (SELECT max(id) FROM receipts), 1, 1, ''
                FROM n JOIN lanes l ON l.source = :source AND l.subject = 'c' || (i % :lanes)
                WHERE :never > 0 ORDER BY i""",
            last=count - 1,
            state=state,
            **places,
        )

    def claim(self, limit: int = 10) -> dict[str, Claim]:
        """Claim what is due; give the claims by subject."""
        return {one.subject: one for one in lanes.claim(self.db, limit=limit, lease=LEASE)}

    def due(self, claim: Claim) -> list[int]:
        return [event.id for event in events.due(self.db, claim, 100)]

    def stored(self, event_id: int) -> StoredEvent:
        found = events.get(self.db, event_id)
        assert found is not None
        return found

    def ledger(self, claim: Claim, event_id: int | None = None) -> Ledger:
        """Open a ledger on an event of the claimed lane: the first one due, or the one named."""
        self._owners += 1
        chosen = self.stored(event_id or self.due(claim)[0])
        return Ledger(self.db, claim, chosen, owner=f"o{self._owners}", lease=LEASE, workspace="w")

    def end(self, ledger: Ledger, state: State = State.DONE, **more: Any) -> None:
        ledger.end(Outcome(state, **more), self.attempt(ledger.event.id))

    def attempt(self, event_id: int) -> Attempt:
        calls = ({"name": "create contact", "status": 200},)
        return Attempt(event_id, 1, 7, 0.25, calls, "done")

    def sql(self, statement: str, **parameters: object) -> None:
        """Change rows directly: an hour that has passed, a lease that is over."""
        with self.db.write() as connection:
            connection.execute(text(statement), parameters)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.db.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def blocked(self, work: Callable[[], object]) -> Background:
        """Start work that must wait for a lock, and return once it waits."""
        background = Background(work)
        background.start()
        self._background.append(background)
        if self.db.dialect == "postgresql":
            self._until_all_wait()
        assert background.is_alive(), "it went through the lock"
        return background

    def _until_all_wait(self) -> None:
        waiting = """SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        deadline = time.monotonic() + 20
        while self.rows(waiting)[0][0] < sum(one.is_alive() for one in self._background):
            assert time.monotonic() < deadline, "it does not wait for a lock"
            time.sleep(0.01)


class Background(threading.Thread):
    """Work in a thread whose result or error is given to whoever waits for its end."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._result: object = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        self.join(30)
        assert not self.is_alive(), "it never ended"
        if self._error is not None:
            raise self._error
        return self._result


@pytest.fixture
def bench(database: Database) -> Bench:
    """Give the short ways, on each kind of database."""
    return Bench(database)
