"""Time slots for calls: shared by all processes, evenly spaced, never saved up."""

from __future__ import annotations

import threading

import pytest

from bridge.store.database import Database
from bridge.store.slots import SharedSlots

MOST = 1_666
EVERY = 10 / ((MOST - 1) * 985 // 1000)


@pytest.fixture
def slots(database: Database) -> SharedSlots:
    shared = SharedSlots(database, MOST)
    shared.learn(MOST)
    return shared


def taken(slots: SharedSlots, count: int = 1, within: float = 600, spread: int = 1):
    given = slots.take(count, within, spread)
    assert given is not None
    return given


def test_two_takers_never_get_the_same_moment(database, slots):
    """Whoever comes second gets the slots behind those of the first."""
    first, second = (taken(SharedSlots(database, MOST), 1000) for _ in range(2))
    assert first.apart == pytest.approx(EVERY, abs=1e-6)
    assert second.first >= first.first + 999 * first.apart - 0.5  # what passed in between
    assert second.first > 5


def test_many_takers_at_once_get_one_slot_each(database):
    """The row is locked while slots are taken: nothing is given twice, nothing left out."""
    shared = SharedSlots(database, MOST)
    before = taken(shared).first
    threads = [
        threading.Thread(target=lambda: [taken(shared, 50) for _ in range(5)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    apart = 10 / ((150 - 1) * 985 // 1000)
    assert taken(shared).first + 20 > before + 1000 * apart > 60


def test_until_the_limit_is_told_few_calls_are_made(database):
    """150 in ten seconds, as little as any app has."""
    assert taken(SharedSlots(database, MOST)).apart == pytest.approx(10 / 146, abs=1e-4)


def test_the_limit_told_is_used_but_never_more_than_asked_for(database):
    """An operator's bound stands above Intercom's."""
    shared = SharedSlots(database, 500)
    shared.learn(100)
    assert taken(shared).apart == pytest.approx(10 / 97, abs=1e-4)
    shared.learn(5_000)
    assert taken(shared).apart == pytest.approx(10 / 491, abs=1e-4)
    assert taken(shared).window_calls == 5_000


def test_slots_that_nobody_took_are_not_saved_up(database, slots):
    """After an idle time the pace is the same: a burst would go over the limit."""
    slots.take(1, 60)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE limits SET next_at = next_at - 60000000")
    assert taken(slots, 100).first == pytest.approx(0, abs=0.3)
    assert taken(slots).first > 100 * EVERY - 0.3


def test_what_is_too_far_off_is_not_taken(slots):
    """And costs nobody a slot: the next one is as far off as before."""
    taken(slots, 1000)
    assert slots.take(1, 0.5) is None
    assert 5 < slots.wait() < 6.2


def test_a_shut_limit_gives_nothing_until_it_opens(slots):
    """All processes wait for the end of Intercom's window; a shorter word does not open it."""
    slots.shut(30)
    slots.shut(1)
    assert slots.take(1, 20) is None
    assert 29 < taken(slots, within=31).first <= 30


def test_slower_is_for_a_while_only(database, slots):
    """Where other apps use the limit too, until the window ends."""
    slots.slow(0.5, 30)
    assert taken(slots).apart == 0.5
    slots.slow(0.5, -1)
    assert taken(slots).apart == pytest.approx(EVERY, abs=1e-6)


def test_a_backfill_takes_every_second_slot(slots):
    """Half of the limit is left to live events."""
    assert taken(slots, spread=2).apart == pytest.approx(2 * EVERY, abs=2e-6)
