"""Repairing many events at once: everything that was meant, in order, and live events first."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from bridge.clock import SECOND
from bridge.model import Identifier, State
from bridge.store import bulk, events, lanes
from bridge.store.bulk import Repair
from bridge.store.selection import Selection

MANY = 20_000
SHOP = Selection(source="shop")


def repaired(bench, what, chosen):
    """Carry a repair out; give how many it counted before, and how many it changed."""
    counted, stretch = bulk.begin(bench.db, what, chosen)
    return counted, sum(part.changed for part in bulk.carry_out(bench.db, what, chosen, stretch))


def states(bench):
    return {state: number for state, number in events.counts(bench.db).items() if number}


def test_many_are_put_back_with_place_and_time(bench):
    """Twenty thousand, each one pending at its old position, each lane once for a worker."""
    bench.seed(MANY)
    before = bench.rows("SELECT id, lane_id, position, time, received_at FROM events ORDER BY id")
    assert repaired(bench, Repair.REPLAY, SHOP) == (MANY, MANY)
    assert states(bench) == {State.PENDING: MANY}
    after = bench.rows("SELECT id, lane_id, position, time, received_at FROM events ORDER BY id")
    assert after == before
    claims = bench.claim(limit=MANY)
    assert len(claims) == MANY // bench.PER_LANE
    found = [row.position for row in events.due(bench.db, claims["c7"], 10)]
    assert found == list(range(1, bench.PER_LANE + 1))


def test_live_events_go_before_all_that_is_replayed(bench):
    """A worker that is offered a hundred old lanes takes the new one first."""
    bench.seed(500)
    repaired(bench, Repair.REPLAY, SHOP)
    bench.receive("live")
    assert list(bench.claim(limit=1)) == ["live"]
    assert len(bench.claim(limit=1_000)) == 500 // bench.PER_LANE


def test_a_live_event_keeps_its_place_behind_the_replayed_ones_of_its_lane(bench):
    """Its lane is then as urgent as it is."""
    bench.seed(50)
    repaired(bench, Repair.REPLAY, SHOP)
    (live,) = bench.receive("c3", source="shop")
    claim = bench.claim(limit=1)["c3"]
    due = bench.due(claim)
    assert len(due) == bench.PER_LANE + 1
    assert due[-1] == live


def test_what_is_under_way_is_left_alone(bench):
    """A replay of everything takes no event from its worker, and cuts no back-off short."""
    bench.receive("retried", "working", "done")
    claims = bench.claim()
    bench.ledger(claims["working"]).hold(["a"])
    bench.end(bench.ledger(claims["done"]))
    lanes.complete(bench.db, claims["done"], drained=True)
    lanes.put_back(bench.db, claims["retried"], 3_600)
    assert repaired(bench, Repair.REPLAY, Selection()) == (1, 1)
    assert states(bench) == {State.PENDING: 2, State.WORKING: 1}
    assert list(bench.claim()) == ["done"]


def test_work_begins_anew(bench):
    """Finished steps, waiting and candidates are forgotten, as by the replay of one."""
    bench.receive("a")
    ledger = bench.ledger(bench.claim()["a"])
    ledger.finish_step("step", 1)
    wait = (Identifier("stripe_customer", "c"),)
    bench.end(ledger, State.WAITING, reason="nobody", waits_for=wait, due_by=2**60)
    repaired(bench, Repair.REPLAY, Selection(state=State.WAITING))
    assert bench.rows("SELECT * FROM journal") == bench.rows("SELECT * FROM waits") == []
    assert bench.rows("SELECT state, reason, tries, due_by FROM events") == [
        ("pending", "", 0, None)
    ]


def test_a_repair_that_was_killed_goes_on_where_it_was(bench):
    """What was put back stays; nothing is put back twice, nothing left out."""
    bench.seed(2_000)
    counted, stretch = bulk.begin(bench.db, Repair.REPLAY, SHOP)
    part = next(bulk.carry_out(bench.db, Repair.REPLAY, SHOP, stretch))
    assert 0 < part.changed < counted
    assert states(bench) == {State.PENDING: part.changed, State.DONE: counted - part.changed}
    bench.sql("UPDATE events SET state = 'done' WHERE state = 'pending'")  # applied meanwhile
    rest = bulk.carry_out(bench.db, Repair.REPLAY, SHOP, part.left)
    assert sum(one.changed for one in rest) == counted - part.changed


def test_what_comes_meanwhile_is_not_meant(bench):
    """Otherwise a replay of all that is done would never end."""
    bench.seed(1_000)
    _, stretch = bulk.begin(bench.db, Repair.REPLAY, Selection(state=State.DONE))
    bench.receive("new")
    bench.end(bench.ledger(bench.claim()["new"]))
    parts = bulk.carry_out(bench.db, Repair.REPLAY, Selection(state=State.DONE), stretch)
    assert sum(part.changed for part in parts) == 1_000


def test_events_that_arrive_meanwhile_are_neither_lost_nor_misplaced(bench):
    """Receivers and a replay write the same lanes at the same time."""
    bench.seed(2_000)
    stop = threading.Event()
    new: list[int] = []

    def receive():
        while not stop.is_set():
            new.extend(bench.receive("c1", "c2", "c3", source="shop"))

    senders = threading.Thread(target=receive)
    senders.start()
    assert repaired(bench, Repair.REPLAY, Selection(source="shop", until=2)) == (2_000, 2_000)
    stop.set()
    senders.join()
    assert new
    assert states(bench) == {State.PENDING: 2_000 + len(new)}
    claims = bench.claim(limit=1_000).values()
    due = [events.due(bench.db, claim, 100_000) for claim in claims]
    assert sum(map(len, due)) == 2_000 + len(new)
    rows = bench.rows("SELECT lane_id, position, id FROM events ORDER BY lane_id, position")
    assert all(a[2] < b[2] for a, b in pairwise(rows) if a[0] == b[0])


def test_an_event_that_changes_until_its_lane_is_locked_is_no_longer_meant(bench):
    """Discarding what failed does not discard what an operator replays just then."""
    bench.receive("a")
    claim = bench.claim()["a"]
    bench.end(bench.ledger(claim), State.FAILED, reason="because")
    failed = Selection(state=State.FAILED)
    _, stretch = bulk.begin(bench.db, Repair.DISCARD, failed)
    with bench.db.write() as connection:
        lanes.lock(connection, [claim.lane_id])
        discard = bench.blocked(
            lambda: list(bulk.carry_out(bench.db, Repair.DISCARD, failed, stretch))
        )
        connection.exec_driver_sql("UPDATE events SET state = 'pending'")
    assert [part.changed for part in discard.result()] == [0]
    assert states(bench) == {State.PENDING: 1}


@pytest.mark.parametrize("state", list(State))
def test_only_what_can_be_discarded_is_counted_and_discarded(bench, state):
    """What ended, or is being worked on, stays as it is."""
    bench.seed(10, state=state.value)
    number = 10 if state in Repair.DISCARD.states else 0
    assert repaired(bench, Repair.DISCARD, SHOP) == (number, number)
    assert states(bench) == {State.DISCARDED if number else state: 10}


def test_events_are_chosen_by_when_they_were_received(bench):
    """From the first moment on, up to and without the second."""
    bench.receive("a", "b", "c")
    for number, subject in enumerate("abc"):
        bench.sql(
            "UPDATE events SET received_at = :at WHERE subject = :s", at=number * SECOND, s=subject
        )
    chosen = Selection(since=SECOND, until=2 * SECOND)
    assert [row.subject for row in events.listing(bench.db, chosen)] == ["b"]
