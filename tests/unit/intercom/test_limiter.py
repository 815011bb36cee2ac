"""The limiter: when a call may be made, and what is learnt from answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from bridge.clock import SECOND
from bridge.errors import IntercomBusy
from bridge.intercom.limiter import LATE, Limiter
from bridge.model import Answer, Call, Slots

FIND = Call("find contact", "GET", "/contacts/1")
SEARCH = Call("search contacts", "POST", "/contacts/search")


@dataclass
class Time:
    """One clock, that sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Given:
    """A source of slots of one process."""

    time: Time
    apart: float = 0.1
    next_at: float = 0.0
    told: list[tuple[str, float]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def take(self, count: int, within: float, spread: int = 1) -> Slots | None:
        first = max(self.next_at, self.time())
        if first > self.time() + within:
            return None
        self.next_at = first + count * self.apart * spread
        self.counts.append(count)
        return Slots(first - self.time(), self.apart * spread, count, 0)

    def wait(self) -> float:
        return max(0.0, self.next_at - self.time())

    def learn(self, window_calls: int) -> None:
        self.told.append(("learn", window_calls))

    def slow(self, every: float, seconds: float) -> None:
        self.told.append(("slow", round(every, 3)))
        self.apart = every

    def shut(self, seconds: float) -> None:
        self.told.append(("shut", seconds))
        self.next_at = self.time() + seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def source(time: Time) -> Given:
    return Given(time)


def limiter(source: Given, time: Time, **more) -> Limiter:
    return Limiter(
        source,
        clock=lambda: int(time.now * SECOND),
        monotonic=time,
        sleep=time.sleep,
        uniform=lambda low, _: low,
        **more,
    )


def answer(status: int = 200, call: Call = FIND, body: object = None, **headers: object) -> Answer:
    told = {f"x-ratelimit-{name}": str(value) for name, value in headers.items()}
    return Answer(call, status, body, told, 0.1)


def test_calls_are_evenly_spaced(source, time):
    """A call waits for its slot, and the slots of a batch are used one by one."""
    paced, moments = limiter(source, time), []
    for _ in range(20):
        paced.take(FIND)
        moments.append(time.now)
    gaps = [after - before for before, after in pairwise(moments)]
    assert min(gaps) >= 0.1 - 1e-6
    assert sum(gaps) < 20 * 0.1 + 0.2


def test_the_source_is_asked_seldom_under_load(source, time):
    """Slots are taken by the handful once one after another is used up."""
    source.apart = 0.005
    paced = limiter(source, time)
    for _ in range(100):
        paced.take(FIND)
    assert len(source.counts) < 15
    assert max(source.counts) == 16


def test_slots_that_were_slept_through_are_void(source, time):
    """Late calls would crowd those on time, and go over the limit together."""
    source.apart = 0.01
    paced = limiter(source, time)
    for _ in range(8):
        paced.take(FIND)
    time.now += LATE + 0.2
    before = len(source.counts)
    paced.take(FIND)
    assert len(source.counts) == before + 1


def test_a_slot_too_far_off_says_when_to_come_back(source, time):
    """The lane is put back meanwhile: no lease is spent on waiting, and no try."""
    source.next_at = time.now + 30
    with pytest.raises(IntercomBusy, match=r"used up for 30\.0 s") as caught:
        limiter(source, time).take(FIND)
    assert (caught.value.status, caught.value.retry_after, caught.value.lost) == (429, 30, False)
    assert time.slept == []


def test_a_limit_is_told_to_all_once(source, time):
    """Every answer names it; only news is written."""
    paced = limiter(source, time)
    for _ in range(3):
        paced.learn(answer(limit=166, remaining=160, reset=1005))
    assert source.told == [("learn", 166)]


def test_a_limit_that_was_hit_shuts_all_calls_until_its_window_ends(source, time):
    """Also those whose slots were taken already."""
    paced = limiter(source, time)
    paced.take(FIND)
    paced.learn(answer(429, limit=166, remaining=0, reset=1004))
    assert ("shut", 4.0) in source.told
    paced.take(FIND)
    assert time.now == pytest.approx(1004)


def test_others_in_the_workspace_slow_us_down(source, time):
    """Where less is left than our own pace would leave, the rest is spread over the window."""
    paced = limiter(source, time)
    paced.take(FIND)
    paced.learn(answer(limit=100, remaining=80, reset=1008))
    assert ("slow", pytest.approx(0.1)) not in source.told
    paced.learn(answer(limit=100, remaining=10, reset=1008))
    assert ("slow", round(7 / 9, 3)) in source.told


def test_a_throttled_resource_waits_alone(source, time):
    """Searches pause, longer each time; everything else goes on."""
    paced = limiter(source, time)
    refused = answer(429, SEARCH, {"type": "error.list", "errors": [{"code": "too_many_requests"}]})
    waits = []
    for _ in range(3):
        paced.learn(refused)
        with pytest.raises(IntercomBusy) as caught:
            paced.take(SEARCH)
        assert caught.value.resource_only
        waits.append(caught.value.retry_after)
        paced.take(FIND)
        time.now += 61
    assert waits == [1, 2, 4]
    assert not any(name == "shut" for name, _ in source.told)
    paced.take(SEARCH)
    paced.learn(answer(200, SEARCH))
    paced.learn(refused)
    with pytest.raises(IntercomBusy) as caught:
        paced.take(SEARCH)
    assert caught.value.retry_after == 1


def test_a_backfill_waits_for_a_slot_that_nobody_wants(source, time):
    """It takes none ahead, and no more than every second one."""
    source.next_at = time.now + 2
    paced = limiter(source, time, low=True)
    paced.take(FIND)
    assert time.now == pytest.approx(1002, abs=0.1)
    before = time.now
    for _ in range(10):
        paced.take(FIND)
    assert time.now - before >= 9 * 2 * 0.1
    assert set(source.counts) == {1}


def test_a_backfill_that_finds_no_room_says_so(source, time):
    """After as long as a call may wait."""
    source.next_at = time.now + 60
    with pytest.raises(IntercomBusy):
        limiter(source, time, low=True).take(FIND)
    assert 5 <= time.now - 1000 < 6
