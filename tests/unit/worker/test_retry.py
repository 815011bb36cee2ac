"""When to try again, and when to give up."""

from __future__ import annotations

import pytest

from bridge.worker.retry import RetrySchedule

DAY = 86_400


def test_each_wait_is_three_times_the_one_before_up_to_six_hours() -> None:
    """5 s, 15 s, 45 s … 6 h."""
    schedule = RetrySchedule()
    assert [schedule.wait(tries) for tries in (1, 2, 3)] == [5, 15, 45]
    assert schedule.wait(9) == schedule.wait(50) == schedule.wait(10**6) == 6 * 3600


def test_about_three_days_are_tried_in_all() -> None:
    """As long as the most patient senders."""
    schedule = RetrySchedule()
    last = next(tries for tries in range(1, 100) if schedule.is_exhausted(tries))
    waited = sum(schedule.wait(tries) for tries in range(1, last))
    assert 2.5 * DAY < waited <= 3 * DAY
    assert schedule.is_exhausted(last + 1)
    assert not schedule.is_exhausted(last - 1)


@pytest.mark.parametrize(("random", "factor"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_waits_differ_by_a_quarter_at_most(random: float, factor: float) -> None:
    """So that lanes which failed together do not come back together."""
    assert RetrySchedule().jittered(3, lambda: random) == pytest.approx(45 * factor)
