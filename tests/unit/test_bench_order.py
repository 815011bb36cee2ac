"""What the comparison of engines calls out of order."""

from __future__ import annotations

from bench.engines.engine import Taken
from bench.engines.order import Seen


def seen(*keys: str) -> Seen:
    """Tell of three events in the order in which they were worked on: b was kept behind a."""
    found = Seen(kept={"a": (1, 2), "b": (3, 4), "c": (1.5, 5)})
    for key in keys:
        taken = Taken("cus_1", (key,), ("abc".index(key),), None)
        found.begin(taken)
        found.end(taken)
    return found


def test_an_event_is_late_only_behind_one_that_came_when_it_had_been_answered() -> None:
    """Of two that came at the same time either may be first."""
    assert seen("a", "b", "c").late() == 0
    assert seen("c", "a", "b").late() == 0
    assert seen("b", "a", "c").late() == 1


def test_an_engine_that_departs_from_its_own_numbers_is_told_so() -> None:
    """Whatever came at the same time, the engine itself has numbered it."""
    assert seen("a", "b", "c").unnumbered() == 0
    assert seen("c", "a", "b").unnumbered() == 2


def test_two_workers_at_one_subject_are_counted() -> None:
    """The second begins before the first has told its end."""
    found = seen("a")
    for key in "bc":
        found.begin(Taken("cus_1", (key,), (1,), None))
    assert found.both == 1
