"""Holds: what several lanes mean at once is worked on by one of them."""

from __future__ import annotations

import pytest

from bridge.errors import Busy, LeaseLost
from bridge.model import Identifier, Seen, Shadow, State, Target
from bridge.store import holds

EMAIL = Identifier("email", "ada@example.com")
ADA = Target("contact", "c1")


def two_lanes(bench):
    """Claim a lane of each of two sources that mean the same person."""
    bench.receive("cus_1", source="stripe")
    bench.receive("form_1", source="signup")
    claims = bench.claim()
    return bench.ledger(claims["cus_1"]), bench.ledger(claims["form_1"])


def keys_held(bench):
    return [key for (key,) in bench.rows("SELECT key FROM holds ORDER BY key")]


def test_two_lanes_that_mean_one_person_take_turns(bench):
    """Between its read and write the first keeps the second out, which later sees its result."""
    first, second = two_lanes(bench)
    first.hold([str(EMAIL)])
    assert first.find("contact", EMAIL) == ()
    with pytest.raises(Busy):
        second.hold([str(EMAIL)])
    first.link(EMAIL, ADA)
    bench.end(first)
    second.hold([str(EMAIL)])
    assert second.find("contact", EMAIL) == ("c1",)


def test_holds_are_taken_all_or_none(bench):
    """A lane that must come back keeps nothing from others meanwhile, and is not yet working."""
    first, second = two_lanes(bench)
    first.hold(["b"])
    with pytest.raises(Busy):
        second.hold(["a", "b", "c"])
    assert keys_held(bench) == ["b"]
    assert bench.stored(second.event.id).state is State.PENDING
    assert bench.stored(first.event.id).state is State.WORKING


def test_more_holds_can_be_taken_and_all_are_given_back(bench):
    """An identifier that resolves adds its contact's hold; those held already are no obstacle."""
    ledger, _ = two_lanes(bench)
    ledger.hold(["a"])
    ledger.take(["a", "b"])
    assert keys_held(bench) == ["a", "b"]
    ledger.release()
    ledger.release()
    assert keys_held(bench) == []


def test_a_hold_is_not_shared_even_by_one_owner(bench):
    """Two units of work that name themselves alike by mistake still keep each other out."""
    with bench.db.write() as connection:
        holds.take(connection, "same", ["a"], 60)
    with pytest.raises(Busy), bench.db.write() as connection:
        holds.take(connection, "same", ["a"], 60)


def test_a_hold_taken_over_makes_the_first_write_nothing(bench):
    """A worker that slept past its lease cannot overwrite what its successor does."""
    first, second = two_lanes(bench)
    first.hold([str(EMAIL)])
    first.link(EMAIL, ADA)
    first.see(Shadow(ADA, {"name": Seen("Ada", 1)}))
    first.finish_step("create contact", {"id": "c1"})
    bench.sql("UPDATE holds SET expires_at = 1")
    second.hold([str(EMAIL)])
    with pytest.raises(LeaseLost):
        first.save()
    with pytest.raises(LeaseLost):
        bench.end(first)
    assert bench.rows("SELECT * FROM links") == []
    assert bench.rows("SELECT * FROM shadow") == []
    assert bench.rows("SELECT * FROM journal") == []
    assert bench.rows("SELECT * FROM attempts") == []
    first.release()
    assert keys_held(bench) == [str(EMAIL)]


def test_a_lane_taken_over_makes_the_first_write_nothing(bench):
    """The lane's token fences too, even where no hold was lost."""
    first, _ = two_lanes(bench)
    first.hold([str(EMAIL)])
    first.link(EMAIL, ADA)
    bench.sql("UPDATE lanes SET ready_at = 1 WHERE id = :id", id=first.claim.lane_id)
    bench.claim()
    for write in (first.save, lambda: first.hold(["more"]), lambda: bench.end(first), first.renew):
        with pytest.raises(LeaseLost):
            write()
    assert bench.rows("SELECT * FROM links") == []


def test_an_expired_hold_nobody_took_still_counts(bench):
    """Being late is no harm as long as no one else came."""
    first, _ = two_lanes(bench)
    first.hold([str(EMAIL)])
    bench.sql("UPDATE holds SET expires_at = 1")
    first.link(EMAIL, ADA)
    first.save()
    assert len(bench.rows("SELECT * FROM links")) == 1


def test_a_renewed_hold_is_not_taken_over(bench):
    """The heartbeat keeps holds and lane alike."""
    first, second = two_lanes(bench)
    first.hold(["a"])
    bench.sql("UPDATE holds SET expires_at = 1")
    first.renew()
    with pytest.raises(Busy):
        second.hold(["a"])


def test_a_hold_cannot_be_taken_over_while_its_results_are_written(bench):
    """From the check to the commit a successor waits, and then reads what was written."""
    first, second = two_lanes(bench)
    first.hold([str(EMAIL)])
    bench.sql("UPDATE holds SET expires_at = 1")
    with bench.db.write() as connection:
        holds.check(connection, first.owner, [str(EMAIL)])
        late = bench.blocked(lambda: second.hold([str(EMAIL)]))
        holds.release(connection, first.owner)
    late.result()
    assert keys_held(bench) == [str(EMAIL)]


def test_lanes_that_want_the_same_holds_never_wait_in_a_circle(bench):
    """Keys are taken in one order, whatever the order they were named in."""
    with bench.db.write() as connection:
        holds.take(connection, "first", ["a"], 60)
        other = bench.blocked(lambda: _take(bench, "second", ["b", "a"]))
        holds.take(connection, "first", ["b"], 60)
    with pytest.raises(Busy):
        other.result()


def _take(bench, owner, keys):
    with bench.db.write() as connection:
        holds.take(connection, owner, keys, 60)


@pytest.mark.parametrize("step", ["release", "renew"])
def test_holds_are_locked_in_one_order_also_when_renewed_and_given_back(bench, step):
    """Whoever looks whether a key is free locks it, too; so nobody waits in a circle."""
    ledger, _ = two_lanes(bench)
    ledger.hold(["b"])
    ledger.hold(["a"])
    with bench.db.write() as connection:
        assert holds.take_free(connection, "other", ["a"], 60) == frozenset()
        background = bench.blocked(getattr(ledger, step))
        assert holds.take_free(connection, "other", ["b"], 60) == frozenset()
    background.result()
