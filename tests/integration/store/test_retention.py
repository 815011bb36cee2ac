"""What was received goes after a while, in small steps; what is known stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.model import Receipt, State
from bridge.store import events, inbox, retention
from bridge.store.inbox import Delivery
from bridge.store.schema import NEVER
from bridge.worker.sweeping import REST, Sweeping

DAY = 86400 * 1_000_000


@pytest.fixture
def aged(bench: Any) -> Any:
    """Give a function that stores an event of a state that ended so many days ago."""

    def make(key: str, state: State, days: float, subject: str = "cus_1") -> int:
        with bench.db.read() as connection:
            now = connection.exec_driver_sql(_NOW[bench.db.dialect]).scalar_one()
        at = int(now - days * DAY)
        receipt = replace(bench.receipt(), received_at=at)
        event = bench.event(key, subject)
        event_id = inbox.receive(bench.db, receipt, [event]).events[0].id
        bench.sql(
            "UPDATE events SET state = :state, updated_at = :at WHERE id = :id",
            state=state.value,
            at=at,
            id=event_id,
        )
        return event_id

    return make


_NOW = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    "postgresql": "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}


def sweep_all(bench: Any, days: int = 30, limit: int = 2) -> int:
    gone, after = 0, 0
    while True:
        swept = retention.sweep(bench.db, days, after, limit)
        gone += swept.events
        if swept.until is None:
            return gone
        after = swept.until


@pytest.mark.parametrize("state", retention.ENDED)
def test_what_ended_goes_with_all_that_was_sent(bench: Any, aged: Any, state: State) -> None:
    """Event, attempts, journal and receipt; what is younger stays."""
    old, young = aged("old", state, 31), aged("young", state, 29)
    bench.sql(
        "INSERT INTO journal (destination, event_id, step, result, at) "
        "VALUES ('default', :id, 'told', '1', 1)",
        id=old,
    )
    assert sweep_all(bench) == 1
    assert (events.get(bench.db, old), events.get(bench.db, young) is None) == (None, False)
    for table, left in (("receipts", 1), ("journal", 0)):
        assert bench.rows(f"SELECT count(*) FROM {table}") == [(left,)]


@pytest.mark.parametrize("state", retention.UNDECIDED)
def test_what_nobody_decided_is_kept_longer(bench: Any, aged: Any, state: State) -> None:
    """Ninety days, and the log tells before."""
    aged("gone", state, 91), aged("soon", state, 84), aged("later", state, 31)
    assert retention.going_soon(bench.db, 30) == 2
    assert sweep_all(bench) == 1
    assert {row.key for row in events.listing(bench.db)} == {"soon", "later"}


@pytest.mark.parametrize("state", [State.PENDING, State.WORKING])
def test_what_is_still_to_be_applied_never_goes(bench: Any, aged: Any, state: State) -> None:
    """However long Intercom is away."""
    aged("old", state, 400)
    assert sweep_all(bench) == 0


def test_a_receipt_stays_while_one_of_its_events_does(bench: Any, aged: Any) -> None:
    """A batch is read again for those that are left; one without events goes by its age."""
    old, parked = aged("a", State.DONE, 40), aged("b", State.PARKED, 40)
    bench.sql("UPDATE events SET receipt_id = (SELECT min(id) FROM receipts)")
    inbox.receive(bench.db, Receipt("stripe", 5, (), {}, b"[]"), [])
    assert sweep_all(bench) == 1
    assert (events.get(bench.db, old), events.get(bench.db, parked) is None) == (None, False)
    assert bench.rows("SELECT count(*) FROM receipts") == [(1,)]


def test_a_repeat_of_what_went_is_still_known(bench: Any, aged: Any) -> None:
    """Keys stay for their own ninety days, and are forgotten then."""
    aged("old", State.DONE, 31)
    sweep_all(bench)
    again = inbox.receive(bench.db, bench.receipt(), [bench.event("old")])
    assert again.events[0].duplicate
    assert retention.forget_keys(bench.db, 10) == 0
    bench.sql("UPDATE dedup SET expires_at = 1")
    assert retention.forget_keys(bench.db, 10) == 1
    assert not inbox.receive(bench.db, bench.receipt(), [bench.event("old")]).events[0].duplicate


def test_a_key_that_comes_again_as_it_is_forgotten_stays(bench: Any) -> None:
    """Forgetting passes over what a receiver has just taken anew: it must know that event's key."""
    bench.receive("cus_1")
    bench.sql("UPDATE dedup SET expires_at = 1")
    [again] = bench.rows("SELECT key FROM dedup")
    anew = Delivery(bench.receipt(), [bench.event(again[0])])
    with ThreadPoolExecutor(1) as pool:
        with bench.db.write() as connection:
            inbox.store(connection, [anew])
            forgotten = pool.submit(retention.forget_keys, bench.db, 10)
            if bench.db.dialect == "postgresql":
                assert forgotten.result(20) == 0
        assert forgotten.result(20) == 0
    assert inbox.receive_all(bench.db, [anew])[0].events[0].duplicate


def test_one_that_came_to_life_meanwhile_stays(bench: Any, aged: Any) -> None:
    """An operator's replay wins over the sweep that had looked before."""
    event_id = aged("old", State.DONE, 31)
    with bench.db.write() as connection:
        due = retention._due(connection, [1], 2**62, 30, 10)
        assert [row.id for row in due] == [event_id]
    events.replay(bench.db, event_id)
    with bench.db.write() as connection:
        retention._remove(connection, due, [1])
    assert events.get(bench.db, event_id) is not None


def test_a_lane_goes_with_its_last_event_and_begins_anew(bench: Any, aged: Any) -> None:
    """Its count starts again only when nothing has a place in it."""
    aged("a", State.DONE, 31), aged("c", State.DONE, 31, "cus_2"), aged("b", State.DONE, 29)
    bench.sql("UPDATE lanes SET ready_at = :never", never=NEVER)
    sweep_all(bench)
    assert bench.rows("SELECT subject, seq FROM lanes") == [("cus_1", 2)]
    bench.receive("cus_1", "cus_2")
    assert bench.rows("SELECT subject, seq FROM lanes ORDER BY subject") == [
        ("cus_1", 3),
        ("cus_2", 1),
    ]


def test_a_lane_that_receives_meanwhile_stays(bench: Any, aged: Any) -> None:
    """A sender and the sweep meet at the lane: whoever has it first, the event finds its place."""
    aged("old", State.SKIPPED, 31)
    bench.sql("UPDATE lanes SET ready_at = :never", never=NEVER)
    with bench.db.write() as connection:
        anew = bench.event("new", skip="a test event")
        inbox.store(connection, [Delivery(bench.receipt(), [anew])])
        sweeping = bench.blocked(lambda: sweep_all(bench))
    assert sweeping.result() == 1
    assert bench.rows("SELECT key, position, seq FROM events, lanes") == [("new", 2, 2)]


def test_a_receipt_of_very_many_events_goes_in_parts(bench: Any, aged: Any) -> None:
    """No transaction is longer than a step, and nothing is passed over."""
    for number in range(5):
        aged(f"e{number}", State.PARKED if number == 2 else State.DONE, 31)
    bench.sql("UPDATE events SET receipt_id = (SELECT max(id) FROM receipts)")
    gone = sweep_all(bench, limit=2)
    assert gone == 4
    assert [row.key for row in events.listing(bench.db)] == ["e2"]
    assert bench.rows("SELECT count(*) FROM receipts") == [(1,)]


def test_what_is_gone_says_why_it_cannot_be_replayed(bench: Any, aged: Any) -> None:
    """An operator who kept the id learns where it went."""
    event_id = aged("old", State.DONE, 31)
    sweep_all(bench)
    with pytest.raises(BridgeError, match="BRIDGE_RETENTION_DAYS"):
        events.replay(bench.db, event_id)


def test_one_worker_removes_at_a_time(bench: Any, aged: Any) -> None:
    """Another goes on where that one is no more; after a pass all rest."""
    hour = [0.0]
    ours, theirs = (Sweeping(bench.db, 30, monotonic=lambda: hour[0]) for _ in range(2))
    assert retention.take_turn(bench.db, ours.owner, 60)
    aged("old", State.DONE, 31)
    theirs.turn()
    assert len(events.listing(bench.db)) == 1
    bench.sql("UPDATE holds SET expires_at = 1")
    hour[0] += REST
    theirs.turn()
    assert events.listing(bench.db) == []
    aged("more", State.DONE, 31)
    ours.turn()
    assert len(events.listing(bench.db)) == 1


def test_a_pass_takes_steps_and_then_rests(bench: Any, aged: Any) -> None:
    """So that it neither blocks the worker nor looks all day."""
    for number in range(3):
        aged(f"e{number}", State.DONE, 31)
    hour = [0.0]
    sweeping = Sweeping(bench.db, 30, monotonic=lambda: hour[0])
    sweeping.turn()
    assert events.listing(bench.db) == []
    aged("more", State.DONE, 31)
    sweeping.turn()
    assert len(events.listing(bench.db)) == 1
    hour[0] += REST
    sweeping.turn()
    assert events.listing(bench.db) == []
