"""What an operator sees of events, and what he may do with them."""

from __future__ import annotations

import pytest

from bridge.errors import BridgeError
from bridge.model import Identifier, State
from bridge.store import events, inbox, lanes
from bridge.store.database import Database
from bridge.store.selection import Selection


def ended(bench, state, subject="a", **more):
    """Receive an event and end it in the given state; its lane is drained."""
    (event_id,) = bench.receive(subject)
    claim = bench.claim()[subject]
    ledger = bench.ledger(claim)
    ledger.finish_step("step", 1)
    bench.end(ledger, state, reason="because", **more)
    lanes.complete(bench.db, claim, drained=True)
    return event_id


def listed(bench, before_id=None, limit=50, **filters):
    page = {"before_id": before_id, "limit": limit}
    return [row.id for row in events.listing(bench.db, Selection(**filters), **page)]


def test_an_event_that_does_not_exist_is_none(bench):
    """Asking for it is no error."""
    assert events.get(bench.db, 404) is None
    assert events.attempts(bench.db, 404) == []


def test_events_are_listed_newest_first_and_page_by_page(bench):
    """The last id of a page continues the list."""
    ids = bench.receive("a", "b", "c")
    assert listed(bench, limit=2) == [ids[2], ids[1]]
    assert listed(bench, limit=2, before_id=ids[1]) == [ids[0]]


def test_events_are_listed_by_what_they_are(bench):
    """State, source, type, subject and moment of receipt each narrow the list."""
    (one,) = bench.receive("a", source="stripe")
    (two,) = bench.receive("b", source="hubspot")
    bench.end(bench.ledger(bench.claim()["a"]))
    assert listed(bench, state=State.DONE) == [one]
    assert listed(bench, source="hubspot") == [two]
    assert listed(bench, subject="b") == [two]
    assert listed(bench, type="customer.updated") == [two, one]
    assert listed(bench, type="customer.deleted") == []
    assert listed(bench, since=bench.stored(one).received_at) == [two, one]
    assert listed(bench, since=2**60) == []


def test_a_list_row_tells_all_but_the_payload(bench):
    """What a table shows is in the row."""
    (event_id,) = bench.receive("a")
    (row,) = events.listing(bench.db)
    stored = bench.stored(event_id)
    shared = set(row.__slots__) - {"route", "candidates"}
    assert {name: getattr(row, name) for name in shared} == {
        name: getattr(stored, name) for name in shared
    }


def test_every_state_is_counted(bench):
    """A state that no event is in counts zero."""
    ended(bench, State.PARKED)
    bench.receive("a", "b")
    expected = dict.fromkeys(State, 0) | {State.PARKED: 1, State.PENDING: 2}
    assert events.counts(bench.db) == expected


@pytest.mark.parametrize(
    "state", [State.DONE, State.SKIPPED, State.WAITING, State.PARKED, State.FAILED]
)
def test_a_replay_keeps_place_and_time(bench, state):
    """The same row is due again, before those that came later; only its work begins anew."""
    wait = (Identifier("stripe_customer", "c"),) if state is State.WAITING else ()
    event_id = ended(bench, state, waits_for=wait, due_by=1 if wait else None)
    before = bench.stored(event_id)
    events.replay(bench.db, event_id)
    after = bench.stored(event_id)
    assert (after.position, after.time, after.moment) == (
        before.position,
        before.time,
        before.moment,
    )
    assert (after.state, after.reason, after.tries) == (State.PENDING, "", 0)
    assert after.due_by is None
    assert bench.rows("SELECT * FROM journal") == bench.rows("SELECT * FROM waits") == []
    assert bench.due(bench.claim()["a"]) == [event_id]


def test_a_replay_of_an_event_under_way_changes_nothing(bench):
    """It is not interrupted, and its lane's back-off stays."""
    (event_id,) = bench.receive("a")
    lanes.put_back(bench.db, bench.claim()["a"], 3_600)
    events.replay(bench.db, event_id)
    assert bench.claim() == {}


def test_a_replayed_event_keeps_its_key(bench):
    """Its sender's repeat is still a duplicate."""
    event_id = ended(bench, State.DONE)
    events.replay(bench.db, event_id)
    item = bench.event(bench.stored(event_id).key, "a")
    again = inbox.receive(bench.db, bench.receipt(), [item]).events[0]
    assert (again.id, again.duplicate) == (event_id, True)


@pytest.mark.parametrize("state", [State.WAITING, State.PARKED, State.FAILED])
def test_an_operator_ends_what_needs_a_decision(bench, state):
    """A discarded event says who ended it, and can still be replayed."""
    event_id = ended(bench, state)
    events.discard(bench.db, event_id)
    assert bench.stored(event_id).state is State.DISCARDED
    assert bench.stored(event_id).reason == "discarded by an operator"
    assert bench.rows("SELECT * FROM journal") == []
    events.replay(bench.db, event_id)
    assert bench.stored(event_id).state is State.PENDING


def test_a_discarded_head_lets_its_lane_go_on(bench):
    """An event that fails again and again can be taken out of the way."""
    head, behind = bench.receive("a", "a")
    events.discard(bench.db, head)
    assert bench.due(bench.claim()["a"]) == [behind]


def test_what_is_done_or_being_done_cannot_be_discarded(bench):
    """The message says in which state it is."""
    done = ended(bench, State.DONE)
    with pytest.raises(BridgeError, match="is done"):
        events.discard(bench.db, done)
    (working,) = bench.receive("a")
    bench.ledger(bench.claim()["a"]).hold(["a"])
    with pytest.raises(BridgeError, match="is working"):
        events.discard(bench.db, working)


def test_an_unknown_event_can_be_neither_replayed_nor_discarded(bench):
    """The message says where to look."""
    for act in (events.replay, events.discard):
        with pytest.raises(BridgeError, match="no event 404"):
            act(bench.db, 404)


def test_a_replay_waits_for_the_worker_that_has_the_lane(bench):
    """An event that ends just now is replayed after its end, not lost between."""
    (event_id,) = bench.receive("a")
    claim = bench.claim()["a"]
    with bench.db.write() as connection:
        lanes.fence(connection, claim)
        replay = bench.blocked(lambda: events.replay(bench.db, event_id))
        connection.exec_driver_sql("UPDATE events SET state = 'failed'")
    replay.result()
    assert bench.stored(event_id).state is State.PENDING
    lanes.complete(bench.db, claim, drained=True)
    assert list(bench.claim()) == ["a"]


def test_another_destination_sees_nothing_of_this_one(bench):
    """One database can serve several workspaces."""
    (event_id,) = bench.receive("a")
    other = Database(bench.db.engine, "other")
    assert events.get(other, event_id) is None
    assert events.listing(other) == []
    assert lanes.claim(other, limit=1, lease=1) == []
    assert lanes.next_due(other) is None
    item = bench.event(bench.stored(event_id).key, "a")
    assert not inbox.receive(other, bench.receipt(), [item]).events[0].duplicate
