"""Lanes: one worker at a time, nothing missed, nobody too early."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bridge.clock import SECOND
from bridge.errors import LeaseLost
from bridge.store import destinations, inbox, lanes
from bridge.store.schema import NEVER

LEASE_OVER = "UPDATE lanes SET ready_at = 1"


def ready_at(bench, subject="a"):
    found = bench.rows("SELECT subject, ready_at FROM lanes")
    return dict(found)[subject]


def test_the_lane_that_is_due_longest_is_claimed_first(bench):
    """A limit takes the oldest lanes, in their order."""
    bench.receive("a", "b", "c")
    for subject, moment in (("a", 30), ("b", 10), ("c", 20)):
        bench.sql("UPDATE lanes SET ready_at = :at WHERE subject = :s", at=moment, s=subject)
    assert list(bench.claim(limit=2)) == ["b", "c"]
    assert list(bench.claim(limit=2)) == ["a"]


def test_a_claimed_lane_is_nobody_elses_until_its_lease_ends(bench):
    """A worker that was killed loses its lane to the next one, by the clock alone."""
    bench.receive("a")
    first = bench.claim()["a"]
    assert bench.claim() == {}
    bench.sql(LEASE_OVER)
    second = bench.claim()["a"]
    assert second.token > first.token


def test_a_claim_that_was_taken_over_can_change_nothing(bench):
    """The first worker cannot renew, complete or put back what is now the second's."""
    bench.receive("a")
    first = bench.claim()["a"]
    bench.sql(LEASE_OVER)
    bench.claim()
    before = ready_at(bench)
    with pytest.raises(LeaseLost):
        lanes.renew(bench.db, first, 60)
    lanes.complete(bench.db, first, drained=True)
    lanes.put_back(bench.db, first, 0)
    assert ready_at(bench) == before


def test_a_renewed_lease_ends_later(bench):
    """Long work keeps its lane."""
    bench.receive("a")
    claim = bench.claim()["a"]
    bench.sql(LEASE_OVER)
    lanes.renew(bench.db, claim, 60)
    assert bench.claim() == {}


def test_a_claim_that_has_ended_cannot_be_renewed(bench):
    """A late heartbeat must not take the lane away from the next worker."""
    bench.receive("a")
    claim = bench.claim()["a"]
    lanes.complete(bench.db, claim, drained=True)
    with pytest.raises(LeaseLost):
        lanes.renew(bench.db, claim, 60)
    assert ready_at(bench) == NEVER


def test_what_comes_while_a_lane_is_worked_on_waits_for_more_as_well(bench):
    """As if the lane had been drained; what then wakes the lane, or is left, waits for nothing."""
    bench.receive("a")
    claim = bench.claim()["a"]
    inbox.receive(bench.db, bench.receipt(), [bench.event("late", "a")], delay=60)
    inbox.receive(bench.db, bench.receipt(), [bench.event("later", "a")], delay=3_600)
    lanes.complete(bench.db, claim, drained=True)
    assert bench.claim() == {}
    assert bench.db.clock() < ready_at(bench) <= bench.db.clock() + 60 * SECOND
    bench.sql(LEASE_OVER)
    claim = bench.claim()["a"]
    bench.receive("a")
    lanes.complete(bench.db, claim, drained=True)
    assert list(bench.claim()) == ["a"]


def test_what_is_left_of_a_lane_does_not_wait_for_what_came_meanwhile(bench):
    """A worker that is told to stop, and a waiting event that is released, are in no one's way."""
    ids = bench.receive("a")
    claim = bench.claim()["a"]
    inbox.receive(bench.db, bench.receipt(), [bench.event("late", "a")], delay=3_600)
    lanes.complete(bench.db, claim, drained=False)
    claim = bench.claim()["a"]
    with bench.db.write() as connection:
        lanes.wake(connection, {claim.lane_id})
    inbox.receive(bench.db, bench.receipt(), [bench.event("later", "a")], delay=3_600)
    lanes.complete(bench.db, claim, drained=True)
    assert bench.due(bench.claim()["a"])[0] == ids[0]


def test_a_drained_lane_rests_until_it_is_woken(bench):
    """A lane without work costs no claims."""
    bench.receive("a")
    lanes.complete(bench.db, bench.claim()["a"], drained=True)
    assert lanes.next_due(bench.db) is None
    bench.receive("a")
    assert list(bench.claim()) == ["a"]


def test_a_lane_that_has_more_is_due_at_once(bench):
    """A worker that stops early leaves the rest to the next claim."""
    bench.receive("a", "a")
    lanes.complete(bench.db, bench.claim()["a"], drained=False)
    assert list(bench.claim()) == ["a"]


def test_an_event_appended_while_leased_is_seen_after_completing(bench):
    """It lets no second worker in, and the first one's "drained" does not hide it."""
    bench.receive("a")
    claim = bench.claim()["a"]
    seen = bench.due(claim)
    appended = bench.receive("a")
    assert bench.claim() == {}
    lanes.complete(bench.db, claim, drained=True)
    assert bench.due(bench.claim()["a"]) == seen + appended


def test_an_event_appended_while_completing_is_not_missed(bench):
    """A receiver that holds the lane's lock makes the worker wait and count again."""
    bench.receive("a")
    claim = bench.claim()["a"]
    with bench.db.write() as connection:
        inbox.store(connection, [inbox.Delivery(bench.receipt(), [bench.event("new", "a")])])
        completing = bench.blocked(lambda: lanes.complete(bench.db, claim, drained=True))
    completing.result()
    assert list(bench.claim()) == ["a"]


def test_a_back_off_is_not_cut_short_by_new_events(bench):
    """A stream of events to a lane that is told to wait makes no storm of retries."""
    bench.receive("a")
    lanes.put_back(bench.db, bench.claim()["a"], 3_600)
    until = ready_at(bench)
    bench.receive("a")
    assert ready_at(bench) == until
    assert bench.claim() == {}


def test_a_lane_knows_how_often_it_was_put_back(bench):
    """Back-off can grow, and begins anew after a success."""
    bench.receive("a")
    for tries in range(3):
        claim = bench.claim()["a"]
        assert claim.tries == tries
        lanes.put_back(bench.db, claim, 0)
    lanes.complete(bench.db, bench.claim()["a"], drained=False)
    assert bench.claim()["a"].tries == 0


def test_only_the_first_event_of_a_fold_sets_the_wait(bench):
    """Later events are folded in; they do not put the moment off."""
    inbox.receive(bench.db, bench.receipt(), [bench.event("1", "a")], delay=60)
    assert bench.claim() == {}
    until = lanes.next_due(bench.db)
    inbox.receive(bench.db, bench.receipt(), [bench.event("2", "a")], delay=3_600)
    assert lanes.next_due(bench.db) == until == ready_at(bench)


def test_nothing_is_claimed_while_the_destination_is_paused(bench):
    """Receiving goes on, and everything is due when it is resumed."""
    bench.receive("a")
    destinations.pause(bench.db, "the token is not accepted")
    destinations.pause(bench.db, "a later reason")
    bench.receive("b")
    assert destinations.paused(bench.db) == "the token is not accepted"
    assert bench.claim() == {}
    assert lanes.next_due(bench.db) is None
    destinations.resume(bench.db)
    assert destinations.paused(bench.db) is None
    assert set(bench.claim()) == {"a", "b"}


def test_workers_pass_over_lanes_that_another_is_just_taking(bench):
    """A claim never waits for another claim."""
    if bench.db.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time: there is nothing to pass over")
    bench.receive("a", "b")
    ids = dict(bench.rows("SELECT subject, id FROM lanes"))
    with bench.db.write() as connection:
        lanes.lock(connection, [ids["a"]])
        assert list(bench.claim()) == ["b"]


def test_everyone_locks_lanes_in_the_order_in_which_they_are_reserved(bench):
    """A worker that waits for the first of several lanes keeps the others from nobody."""
    for subject in ("b", "a", "c"):
        bench.receive(subject)
    ids = dict(bench.rows("SELECT subject, id FROM lanes"))
    with bench.db.write() as connection:
        lanes.lock(connection, [ids["a"]])
        other = bench.blocked(lambda: lock_all(bench, ids))
        lanes.lock(connection, [ids["b"], ids["c"]])
    assert len(other.result()) == 3


def lock_all(bench, ids):
    with bench.db.write() as connection:
        return lanes.lock(connection, ids.values())


def rest(bench, *subjects):
    """Let lanes be known and drained."""
    bench.receive(*subjects)
    for claim in bench.claim().values():
        lanes.complete(bench.db, claim, drained=True)


def wake_later(bench, *subjects):
    ids = [
        id_ for id_, subject in bench.rows("SELECT id, subject FROM lanes") if subject in subjects
    ]
    with bench.db.write() as connection:
        lanes.wake(connection, ids, later=True)


def test_what_can_wait_is_claimed_behind_all_that_is_due(bench):
    """However long it waits already; and at once where nothing else is due."""
    rest(bench, "old")
    wake_later(bench, "old")
    bench.receive("live", "more")
    assert set(bench.claim(limit=2)) == {"live", "more"}
    assert list(bench.claim()) == ["old"]


def test_what_can_wait_is_due_for_whoever_asks_when_to_come(bench):
    """An idle worker does not sleep beside it, whatever appointment lies ahead."""
    bench.receive("retried")
    lanes.put_back(bench.db, bench.claim()["retried"], 3_600)
    rest(bench, "old")
    wake_later(bench, "old")
    assert (lanes.next_due(bench.db) or 0) <= bench.db.clock()
    assert lanes.next_due(bench.db) is not None
    destinations.pause(bench.db, "no token")
    assert lanes.next_due(bench.db) is None
    assert bench.claim() == {}


def test_a_live_event_takes_its_lane_out_of_those_that_can_wait(bench):
    """Its lane then has the turn of a live one; an event that wakes nobody changes nothing."""
    rest(bench, "a", "b")
    wake_later(bench, "a", "b")
    inbox.receive(bench.db, bench.receipt(), [bench.event("odd", "a", problem="unreadable")])
    bench.receive("b")
    assert list(bench.claim(limit=1)) == ["b"]
    assert list(bench.claim()) == ["a"]


def test_what_can_wait_changes_no_appointment(bench):
    """Neither a lease nor a back-off is cut short, nor lengthened."""
    bench.receive("leased", "retried")
    claims = bench.claim()
    lanes.put_back(bench.db, claims["retried"], 3_600)
    before = ready_at(bench, "leased"), ready_at(bench, "retried")
    wake_later(bench, "leased", "retried")
    assert (ready_at(bench, "leased"), ready_at(bench, "retried")) == before
    lanes.complete(bench.db, claims["leased"], drained=True)
    assert list(bench.claim()) == ["leased"]


@pytest.mark.parametrize(
    ("later", "place"), [(False, "(ready_at <= (InitPlan"), (True, "(ready_at >=")]
)
def test_claiming_reads_the_due_lanes_only(bench, later, place):
    """The index bounds the scan by the moment, so that drained lanes cost nothing."""
    query = lanes.due("default", 10, later=later).compile(
        bench.db.engine, compile_kwargs={"literal_binds": True}
    )
    with bench.db.write() as connection:
        if bench.db.dialect == "sqlite":
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
            assert "destination=? AND ready_at" in str(plan)
            assert "ready_at<?" in str(plan)
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
            plan = connection.execute(text(f"EXPLAIN {query}")).all()
            assert "ix_lanes_destination_ready_at" in str(plan)
            assert place in str(plan)
