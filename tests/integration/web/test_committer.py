"""Group commit: many requests share a transaction, and nobody pays for another."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import text

from bridge.errors import StoreUnavailable
from bridge.model import Event, Receipt
from bridge.store import events
from bridge.store.database import Database
from bridge.store.inbox import Delivery, Received
from bridge.web.committer import Committer
from tests.integration.handlers.world import eventually
from tests.integration.web.conftest import Bench

PEOPLE = 24


def delivery(key: str, **more: object) -> Delivery:
    receipt = Receipt("shop", 1_000_000, (), {}, b"{}")
    return Delivery(receipt, [Event(key=key, type="t", time=5, subject=key, **more)])  # type: ignore[arg-type]


class Commits:
    """Counts the transactions that were committed."""

    def __init__(self, db: Database) -> None:
        self.count = 0
        listening.listen(db.engine, "commit", self._one_more)

    def _one_more(self, _: object) -> None:
        self.count += 1


class Counted(SimpleQueue):  # type: ignore[type-arg]
    """A queue that knows how many came."""

    came = 0

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        self.came += 1


def all_at_once(committer: Committer, db: Database, wanted: list[Delivery]) -> list[object]:
    """Deliver while the store is locked, so that all wait for the same commit."""
    locked, waiting, queue = threading.Event(), threading.Event(), Counted()
    committer._queue = queue

    def lock() -> None:
        with db.write() as connection:
            if db.dialect == "postgresql":
                connection.execute(text("LOCK TABLE lanes IN EXCLUSIVE MODE"))
            locked.set()
            waiting.wait(10)

    def told(one: Delivery) -> object:
        try:
            return committer.receive(one)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(wanted) + 1) as pool:
        held = pool.submit(lock)
        locked.wait(10)
        answers = [pool.submit(told, one) for one in wanted]
        eventually(lambda: queue.came == len(wanted))
        waiting.set()
        held.result()
        return [answer.result(20) for answer in answers]


def test_requests_that_wait_together_are_stored_together(database: Database) -> None:
    """One commit for many: each is told its own event."""
    commits = Commits(database)
    wanted = [delivery(f"e{number}") for number in range(PEOPLE)]
    answers = all_at_once(Committer(database), database, wanted)
    # The lock's own, of those who came first, and of all who came meanwhile.
    assert commits.count <= 3
    ids = [answer.events[0].id for answer in answers]  # type: ignore[attr-defined]
    assert len(set(ids)) == PEOPLE
    for number, event_id in enumerate(ids):
        stored = events.get(database, event_id)
        assert stored is not None
        assert stored.key == f"e{number}"


def test_after_a_crowd_who_comes_close_behind_is_waited_for(database: Database) -> None:
    """Of two who were stored together the one waits for the other, and they share a commit."""
    committer = Committer(database, most=2, moment=20.0)
    waiting: list[Future[Received]] = [Future(), Future()]
    for key, one in zip("ab", waiting, strict=True):
        committer._queue.put((delivery(key), one))
    committer._begin()
    assert waiting[1].result(20).events
    commits = Commits(database)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(committer.receive, delivery("c"))
        with pytest.raises(TimeoutError):
            first.result(0.2)
        second = pool.submit(committer.receive, delivery("d"))
        assert first.result(20) != second.result(20)
    assert commits.count == 1


def test_who_comes_alone_is_stored_at_once(database: Database) -> None:
    """Nobody is waited for where nobody came along the last time."""
    committer = Committer(database, moment=60.0)
    with ThreadPoolExecutor(1) as pool:
        for number in range(2):
            assert pool.submit(committer.receive, delivery(f"e{number}")).result(20).events


def test_one_that_cannot_be_stored_harms_nobody_else(database: Database) -> None:
    """The group is undone and stored one by one; only the offender is told its fault."""
    bad = delivery("bad", version="not a number")
    wanted = [delivery("a"), bad, delivery("b"), delivery("c")]
    answers = all_at_once(Committer(database), database, wanted)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False, False]
    assert {row.key for row in events.listing(database)} == {"a", "b", "c"}


def test_a_store_that_is_gone_is_told_to_all(database: Database) -> None:
    """Nobody waits for it in turn, and nothing is stored."""
    with database.write() as connection:
        connection.execute(text("ALTER TABLE lanes RENAME TO elsewhere"))
    committer = Committer(database)
    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(committer.receive, delivery(f"e{n}")) for n in range(8)]
        for one in told:
            with pytest.raises(StoreUnavailable):
                one.result(20)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO lanes"))
    assert committer.receive(delivery("again")).events[0].id > 0


def test_the_same_event_twice_in_a_group_is_stored_once(database: Database) -> None:
    """As if the second had come later."""
    answers = all_at_once(Committer(database), database, [delivery("e")] * 6)
    told = [answer.events[0] for answer in answers]  # type: ignore[attr-defined]
    assert len({one.id for one in told}) == 1
    assert sorted(one.duplicate for one in told) == [False] + [True] * 5


def test_the_receiver_stores_what_comes_at_once_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request is answered with its own event, and they share a commit."""
    queue = Counted()
    monkeypatch.setattr("bridge.web.committer.SimpleQueue", lambda: queue)
    client = bench.made()
    commits = Commits(bench.db)
    requests = [bench.signed({"id": f"e{number}", "type": "t"}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        with bench.db.write() as connection:
            if bench.db.dialect == "postgresql":
                connection.execute(text("LOCK TABLE lanes IN EXCLUSIVE MODE"))
            posts = [pool.submit(client.post, **one) for one in requests]
            eventually(lambda: queue.came == len(posts))
        answers = [post.result(20) for post in posts]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json["events"][0] for answer in answers if answer.json}) == 8
    assert commits.count <= 3
