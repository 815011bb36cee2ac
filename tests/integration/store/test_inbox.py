"""Receiving: together or not at all, each event once, in the order of its lane."""

from __future__ import annotations

import pytest
from sqlalchemy import event as listening

from bridge.errors import StoreUnavailable
from bridge.model import State
from bridge.store import events, inbox, lanes
from bridge.store.database import connect
from bridge.store.inbox import Delivery
from bridge.store.selection import Selection


def test_a_receipt_and_its_events_are_stored_as_they_came(bench):
    """Bytes, headers in order, time and every part of the event come back unchanged."""
    item = bench.event("k", "cus_1", payload=b"\xff\x00{}", version=7, notes=("late",))
    received = inbox.receive(bench.db, bench.receipt(), [item])
    stored = bench.stored(received.events[0].id)
    assert stored.receipt == bench.receipt()
    assert (stored.payload, stored.version, stored.notes) == (b"\xff\x00{}", 7, ("late",))
    assert (stored.key, stored.subject, stored.time) == ("k", "cus_1", 5)
    assert (stored.state, stored.reason, stored.tries) == (State.PENDING, "", 0)


def test_a_receipt_without_events_is_stored_alone(bench):
    """A body that could not be read is kept for the operator to see."""
    received = inbox.receive(bench.db, bench.receipt(), [])
    assert received.events == ()
    assert bench.rows("SELECT id FROM receipts") == [(received.receipt_id,)]


def test_an_event_seen_before_is_answered_with_the_first_ones_id(bench):
    """A repeated delivery stores neither a second event nor a second receipt."""
    first = inbox.receive(bench.db, bench.receipt(), [bench.event("k")])
    again = inbox.receive(bench.db, bench.receipt(), [bench.event("k")])
    assert [(one.id, one.duplicate) for one in first.events] == [(first.events[0].id, False)]
    assert [(one.id, one.duplicate) for one in again.events] == [(first.events[0].id, True)]
    assert again.receipt_id is None
    assert bench.rows("SELECT count(*) FROM events") == [(1,)]
    assert bench.rows("SELECT count(*) FROM receipts") == [(1,)]


def test_the_same_key_of_another_source_is_another_event(bench):
    """Sources number their events independently."""
    for source in ("stripe", "hubspot"):
        received = inbox.receive(bench.db, bench.receipt(source), [bench.event("1")])
        assert not received.events[0].duplicate


def test_one_key_twice_in_a_batch_is_one_event(bench):
    """The second item of the batch is told the first one's id."""
    batch = [bench.event("k"), bench.event("other"), bench.event("k")]
    received = inbox.receive(bench.db, bench.receipt(), batch)
    first, other, second = received.events
    assert (first.id, False, True) == (second.id, first.duplicate, second.duplicate)
    assert other.id != first.id
    assert bench.rows("SELECT count(*) FROM events") == [(2,)]


def test_a_large_batch_keeps_its_order(bench):
    """More items than one statement takes are applied as they stood in the batch."""
    batch = [bench.event(f"k{number}") for number in range(1_200)]
    received = inbox.receive(bench.db, bench.receipt(), batch)
    again = inbox.receive(bench.db, bench.receipt(), batch)
    ids = [one.id for one in received.events]
    assert [one.id for one in again.events] == ids
    assert all(one.duplicate for one in again.events)
    claim = bench.claim()["cus_1"]
    assert [event.id for event in events.due(bench.db, claim, 2_000)] == ids


def test_several_deliveries_are_stored_in_one_transaction(bench):
    """A group keeps the order in which it was gathered, and knows its own duplicates."""
    group = [Delivery(bench.receipt(), [bench.event(key)]) for key in ("b", "a", "b")]
    received = inbox.receive_all(bench.db, group)
    assert [one.events[0].duplicate for one in received] == [False, False, True]
    assert received[2].receipt_id is None
    ids = [one.events[0].id for one in received]
    assert bench.due(bench.claim()["cus_1"]) == ids[:2]


def test_many_deliveries_cost_no_more_statements_than_one(bench):
    """Each is a round trip; only SQLite, which makes none, stores receipts row by row."""
    statements = []

    def note(_, __, statement, *___):
        statements.append(statement)

    listening.listen(bench.db.engine, "before_cursor_execute", note)
    counts = []
    for group in ("a", "bcdefghijklm"):
        statements.clear()
        inbox.receive_all(bench.db, [Delivery(bench.receipt(), [bench.event(k)]) for k in group])
        counts.append(sum("INTO receipts" not in one for one in statements))
        receipts = len(statements) - counts[-1]
    assert counts[0] == counts[1]
    assert receipts == (1 if bench.db.dialect == "postgresql" else 12)


def test_what_cannot_be_read_or_is_not_wanted_does_not_wake_its_lane(bench):
    """A broken item is failed, an unwanted one skipped, each with its reason."""
    batch = [
        bench.event("1", "a", problem="no id at body.id"),
        bench.event("2", "b", skip="test event"),
    ]
    received = inbox.receive(bench.db, bench.receipt(), batch)
    broken, unwanted = (bench.stored(one.id) for one in received.events)
    assert (broken.state, broken.reason) == (State.FAILED, "no id at body.id")
    assert (unwanted.state, unwanted.reason) == (State.SKIPPED, "test event")
    assert bench.claim() == {}
    assert lanes.next_due(bench.db) is None


def test_an_expired_key_is_taken_over_by_a_new_event(bench):
    """A key that the bridge made up itself holds for its lifetime only."""
    item = bench.event("k", key_lifetime=86_400)
    first = inbox.receive(bench.db, bench.receipt(), [item]).events[0]
    bench.sql("UPDATE dedup SET expires_at = 1")
    second = inbox.receive(bench.db, bench.receipt(), [item]).events[0]
    third = inbox.receive(bench.db, bench.receipt(), [item]).events[0]
    assert (second.duplicate, third.duplicate) == (False, True)
    assert second.id == third.id != first.id


def test_two_requests_with_one_key_make_one_event(bench):
    """The second waits for the first to commit and is told its event, though lanes differ."""
    with bench.db.write() as connection:
        winner = inbox.store(connection, [Delivery(bench.receipt(), [bench.event("k", "a")])])
        late = bench.blocked(
            lambda: inbox.receive(bench.db, bench.receipt(), [bench.event("k", "b")])
        )
    assert late.result().events[0].duplicate
    assert late.result().events[0].id == winner[0].events[0].id
    assert bench.rows("SELECT count(*) FROM events") == [(1,)]


def test_a_key_whose_first_request_failed_is_free(bench):
    """A transaction that is rolled back leaves nothing that a repeat could be taken for."""
    with bench.db.write() as connection:
        inbox.store(connection, [Delivery(bench.receipt(), [bench.event("k", "a")])])
        late = bench.blocked(
            lambda: inbox.receive(bench.db, bench.receipt(), [bench.event("k", "b")])
        )
        connection.rollback()
    assert not late.result().events[0].duplicate
    assert bench.rows("SELECT count(*) FROM events") == [(1,)]


def test_an_event_cannot_become_visible_before_one_that_precedes_it(bench):
    """Who comes later to a lane waits until the earlier one has committed."""
    with bench.db.write() as connection:
        early = inbox.store(connection, [Delivery(bench.receipt(), [bench.event("1")])])
        late = bench.blocked(lambda: inbox.receive(bench.db, bench.receipt(), [bench.event("2")]))
        assert events.listing(bench.db) == []
    ids = [early[0].events[0].id, late.result().events[0].id]
    assert bench.due(bench.claim()["cus_1"]) == ids


def test_order_comes_from_the_lane_and_not_from_the_identity(bench):
    """An event whose id is higher still comes first where its position does."""
    first, second = bench.receive("a", "a")
    bench.sql("UPDATE events SET id = 9000 WHERE id = :id", id=first)
    assert bench.due(bench.claim()["a"]) == [9000, second]


def test_requests_that_share_lanes_never_wait_in_a_circle(bench):
    """Lanes are locked in one order, whatever the order of the items."""
    bench.receive("a", "b")
    ids = dict(bench.rows("SELECT subject, id FROM lanes"))
    with bench.db.write() as connection:
        lanes.lock(connection, [ids["a"]])
        other = bench.blocked(lambda: bench.receive("b", "a", prefix="other"))
        lanes.wake(connection, [ids["b"], ids["a"]])
    assert len(other.result()) == 2


def test_no_text_of_a_sender_is_too_odd_to_store(bench):
    """NUL, lone surrogates, endless keys and numbers beyond any column are kept somehow."""
    odd = "a\x00\ud800" + "x" * 5_000
    item = bench.event(odd, odd, version=10**40, problem=odd, notes=(odd,))
    receipt = bench.receipt()
    first = inbox.receive(bench.db, receipt, [item]).events[0]
    assert inbox.receive(bench.db, receipt, [item]).events[0].duplicate
    stored = bench.stored(first.id)
    assert stored.notes == (odd,)
    assert stored.reason.startswith("a\ufffd\ufffdx")
    assert stored.subject.startswith("sha256:")
    assert [row.id for row in events.listing(bench.db, Selection(subject=odd))] == [first.id]


def test_an_unreachable_database_is_unavailable_and_tells_no_data():
    """The message names the place and the kind of fault; a sender is told to come back."""
    db = connect("postgres://someone:geheim@127.0.0.1:1/none?connect_timeout=1")
    with pytest.raises(StoreUnavailable, match=r"postgresql 127\.0\.0\.1/none") as caught:
        inbox.receive(db, None, [])  # type: ignore[arg-type]
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is not None
