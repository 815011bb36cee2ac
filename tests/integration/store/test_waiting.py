"""Waiting events: released by the link they wait for, or by the end of their patience."""

from __future__ import annotations

import pytest

from bridge.errors import Busy, LeaseLost
from bridge.model import Identifier, State, Target
from bridge.store import events, lanes

CUSTOMER = Identifier("stripe_customer", "cus_9")
OTHER = Identifier("hubspot_contact", "7")
ADA = Target("contact", "c1")


def make_wait(bench, subject, identifier, **more):
    """Receive an event that ends up waiting for an identifier; its lane is drained."""
    (event_id,) = bench.receive(subject)
    claim = bench.claim()[subject]
    ledger = bench.ledger(claim)
    ledger.hold([str(identifier)])
    bench.end(ledger, State.WAITING, waits_for=(identifier,), reason="not known yet", **more)
    lanes.complete(bench.db, claim, drained=True)
    return event_id


def linking(bench, subject, identifier):
    """Receive an event whose work links the identifier; nothing is saved yet."""
    bench.receive(subject)
    ledger = bench.ledger(bench.claim()[subject])
    ledger.hold([str(identifier)])
    ledger.link(identifier, ADA)
    return ledger


def test_a_waiting_event_does_not_hold_its_lane(bench):
    """What comes behind it is applied meanwhile."""
    waiting = make_wait(bench, "a", CUSTOMER)
    assert bench.stored(waiting).reason == "not known yet"
    behind = bench.receive("a")
    assert bench.due(bench.claim()["a"]) == behind


def test_a_link_releases_what_waits_for_it_in_its_old_place(bench):
    """The event stands before those that came after it, and its lane is due."""
    waiting = make_wait(bench, "a", CUSTOMER, due_by=2**60)
    place = bench.stored(waiting).position
    ledger = linking(bench, "b", CUSTOMER)
    bench.end(ledger)
    released = bench.stored(waiting)
    assert (released.state, released.position) == (State.PENDING, place)
    assert bench.rows("SELECT * FROM waits") == []
    behind = bench.receive("a")
    assert bench.due(bench.claim()["a"]) == [waiting, *behind]


def test_saving_in_the_middle_of_the_work_releases_too(bench):
    """The first link that is known is enough."""
    waiting = make_wait(bench, "a", CUSTOMER)
    linking(bench, "b", CUSTOMER).save()
    assert bench.stored(waiting).state is State.PENDING


def test_nothing_waits_for_what_was_linked_while_it_was_at_work(bench):
    """Intercom told of the link in passing, so nobody held it: the event is tried again at once."""
    [event_id] = bench.receive("a")
    ledger = bench.ledger(bench.claim()["a"])
    ledger.hold([])
    assert ledger.find("contact", CUSTOMER) == ()
    linking(bench, "b", CUSTOMER).save()
    with pytest.raises(Busy):
        bench.end(ledger, State.WAITING, waits_for=(CUSTOMER,))
    assert bench.stored(event_id).state is State.WORKING


def test_an_event_waits_though_somebody_else_has_its_identifier(bench):
    """It had seen that one, and did not mean them."""
    linking(bench, "b", CUSTOMER).save()
    bench.sql("DELETE FROM holds")
    [event_id] = bench.receive("a")
    ledger = bench.ledger(bench.claim()["a"])
    ledger.hold([])
    assert ledger.find("contact", CUSTOMER) == ("c1",)
    bench.end(ledger, State.WAITING, waits_for=(CUSTOMER,))
    assert bench.stored(event_id).state is State.WAITING


def test_a_link_that_is_not_written_releases_nothing(bench):
    """Link and release are one transaction: both or neither."""
    waiting = make_wait(bench, "a", CUSTOMER)
    ledger = linking(bench, "b", CUSTOMER)
    bench.sql("DELETE FROM holds")
    with pytest.raises(LeaseLost):
        ledger.save()
    assert bench.stored(waiting).state is State.WAITING
    assert bench.claim() == {}


def test_another_identifier_releases_nothing(bench):
    """Neither another name with the same value nor another value will do."""
    waiting = make_wait(bench, "a", CUSTOMER)
    linking(bench, "b", Identifier("other_customer", "cus_9")).save()
    assert bench.stored(waiting).state is State.WAITING


def test_a_release_into_a_leased_lane_is_seen_when_it_completes(bench):
    """The worker that has the lane need not know; its lease stays its own."""
    waiting = make_wait(bench, "a", CUSTOMER)
    later = bench.receive("a")
    claim = bench.claim()["a"]
    bench.end(bench.ledger(claim, later[0]))
    linking(bench, "b", CUSTOMER).save()
    assert bench.claim() == {}
    lanes.complete(bench.db, claim, drained=True)
    assert bench.due(bench.claim()["a"]) == [waiting]


def test_an_event_may_release_another_of_its_own_lane(bench):
    """Completing then finds the lane not drained."""
    waiting = make_wait(bench, "a", CUSTOMER)
    ledger = linking(bench, "a", CUSTOMER)
    bench.end(ledger)
    lanes.complete(bench.db, ledger.claim, drained=True)
    assert bench.due(bench.claim()["a"]) == [waiting]


def test_two_workers_that_release_each_others_lanes_do_not_block_for_ever(bench):
    """Each locks its own and the other's lane, both in the same order."""
    in_a, in_b = make_wait(bench, "a", OTHER), make_wait(bench, "b", CUSTOMER)
    bench.receive("a", "b")
    claims = bench.claim()
    ledgers = [bench.ledger(claims["a"]), bench.ledger(claims["b"])]
    for ledger, identifier in zip(ledgers, (CUSTOMER, OTHER), strict=True):
        ledger.hold([str(identifier)])
        ledger.link(identifier, ADA)
    with bench.db.write() as connection:
        lanes.lock(connection, [claims["a"].lane_id])
        # Locking its own lane first, b's worker would hold what a's, who is before it, needs next.
        saving = [bench.blocked(ledger.save) for ledger in ledgers]
    for one in saving:
        one.result()
    assert {bench.stored(one).state for one in (in_a, in_b)} == {State.PENDING}


def test_patience_that_is_over_makes_an_event_due_and_says_so(bench):
    """The worker sees by `due_by` that it must not wait again; others go on waiting."""
    over = make_wait(bench, "a", CUSTOMER, due_by=1)
    patient = make_wait(bench, "b", CUSTOMER, due_by=2**60)
    endless = make_wait(bench, "c", CUSTOMER)
    assert events.expire_waiting(bench.db, 10) == 1
    assert events.expire_waiting(bench.db, 10) == 0
    assert (bench.stored(over).state, bench.stored(over).due_by) == (State.PENDING, 1)
    assert {bench.stored(one).state for one in (patient, endless)} == {State.WAITING}
    assert list(bench.claim()) == ["a"]


def test_an_event_that_waits_again_waits_for_the_new_identifiers_only(bench):
    """What it waited for before no longer wakes it."""
    waiting = make_wait(bench, "a", CUSTOMER, due_by=1)
    events.expire_waiting(bench.db, 10)
    claim = bench.claim()["a"]
    bench.end(bench.ledger(claim), State.WAITING, waits_for=(OTHER,))
    linking(bench, "b", CUSTOMER).save()
    assert bench.stored(waiting).state is State.WAITING
