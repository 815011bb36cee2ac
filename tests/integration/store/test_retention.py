"""What was received goes after a while, in small steps; what is known stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model import Receipt, State
from bridge.store import events, inbox, retention
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


def test_one_that_came_to_life_meanwhile_stays(bench: Any, aged: Any) -> None:
    """An operator's replay wins over the sweep that had looked before."""
    event_id = aged("old", State.DONE, 31)
    with bench.db.write() as connection:
        bench_rows = retention._due(connection, [1], 2**62, 30)
        assert [row.id for row in bench_rows] == [event_id]
    events.replay(bench.db, event_id)
    with bench.db.write() as connection:
        retention._remove(connection, [event_id], [1])
    assert events.get(bench.db, event_id) is not None


def test_a_pass_takes_steps_and_then_rests(bench: Any, aged: Any) -> None:
    """So that it neither blocks the worker nor looks all day."""
    for number in range(3):
        aged(f"e{number}", State.DONE, 31)
    hour = [0.0]
    sweeping = Sweeping(bench.db, 30, monotonic=lambda: hour[0])
    sweeping.step()
    assert events.listing(bench.db) == []
    aged("more", State.DONE, 31)
    sweeping.step()
    assert len(events.listing(bench.db)) == 1
    hour[0] += REST
    sweeping.step()
    assert events.listing(bench.db) == []
