"""What each error means for its event."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.errors import (
    BridgeError,
    ExpressionError,
    IntercomBusy,
    IntercomConflict,
    IntercomNotFound,
    IntercomRefused,
    IntercomUnauthorized,
    MappingError,
    Parked,
    Problem,
    Skipped,
)
from bridge.model import Identifier, Outcome, Receipt, State, StoredEvent
from bridge.worker.outcome import PAUSED, judged
from bridge.worker.retry import RetrySchedule
from handlers.errors import Awaited

ADA = Identifier("stripe_customer", "cus_1")


def outcome(error: Exception, tries: int = 0) -> Outcome:
    event = StoredEvent(
        1, "default", "app", "e", "t", 0, 0, "s", 1, 1, State.WORKING, "", (), tries, None,
        Receipt("app", 0, (), {}, b""), 0, 0,
    )  # fmt: skip
    return judged(error, event, (ADA,), RetrySchedule(), lambda: 0.5)


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Skipped("nobody"), State.SKIPPED, "nobody"),
        (Parked("archived", "look"), State.PARKED, "archived: look"),
        (IntercomRefused("no", status=400), State.FAILED, "no"),
        (IntercomNotFound("gone", status=404), State.FAILED, "gone"),
        (IntercomConflict("taken", contact_id="1", archived=False), State.FAILED, "taken"),
        (ExpressionError("a.yaml:3:1: null"), State.FAILED, "a.yaml:3:1: null"),
        (BridgeError("something"), State.FAILED, "something"),
    ],
)
def test_a_permanent_error_ends_the_event_with_its_reason(
    error: Exception, state: State, reason: str
) -> None:
    """The operator reads what happened and what to do."""
    told = outcome(error)
    assert (told.state, told.reason, told.retry_in) == (state, reason, None)
    assert bool(told.error) is (state is State.FAILED)


def test_a_broken_mapping_holds_its_events_back_until_it_is_mended() -> None:
    """None of them is to blame; only after days are they given up."""
    broken = MappingError([Problem("a.yaml", 1, 2, "bad"), Problem("a.yaml", 3, 4, "worse")])
    told = outcome(broken)
    assert (told.state, told.retry_in) == (State.PENDING, 5.0)
    assert told.reason == "tries again: the mapping has errors, the first: a.yaml:1:2: bad"
    assert outcome(broken, tries=40).state is State.FAILED


def test_an_unforeseen_error_fails_the_event_without_its_text() -> None:
    """The text may hold personal data; the log has the trace."""
    told = outcome(KeyError("ada@example.com"))
    assert told.state is State.FAILED
    assert told.reason == "a fault in the bridge: KeyError. See the log, then replay."


def test_an_awaited_person_is_waited_for_by_every_identifier() -> None:
    """Linking any of them releases the event."""
    told = outcome(Awaited(due_by=77))
    assert (told.state, told.waits_for, told.due_by) == (State.WAITING, (ADA,), 77)
    assert told.reason.endswith("(stripe_customer)")


def test_a_refused_token_pauses_the_destination_and_uses_no_try() -> None:
    """Events stay pending: nothing is wrong with them."""
    told = outcome(IntercomUnauthorized("token", status=401), tries=10**6)
    assert (told.state, told.pauses, told.counts) == (State.PENDING, True, False)
    assert told.retry_in == PAUSED


def busy(**more: Any) -> IntercomBusy:
    return IntercomBusy("later", **more)


@pytest.mark.parametrize(
    ("error", "tries", "wait"),
    [
        (busy(status=503), 0, 5),
        (busy(status=503), 1, 15),
        (busy(status=503, retry_after=120), 0, 120),
        (busy(status=503, retry_after=1), 2, 45),
        (busy(status=503, retry_after=0), 0, 5),
        (busy(status=429, retry_after=7), 3, 7),
        (busy(status=429), 3, 5),
        (busy(status=429, retry_after=0), 3, 5),
        (busy(status=503, retry_after=10**9), 0, 6 * 3600),
        (busy(status=429, retry_after=10**9), 0, 6 * 3600),
    ],
)
def test_a_busy_intercom_is_asked_again_when_it_says_or_the_schedule_does(
    error: IntercomBusy, tries: int, wait: float
) -> None:
    """Whichever is later, but never for longer than the longest wait."""
    told = outcome(error, tries)
    assert (told.state, told.retry_in) == (State.PENDING, pytest.approx(wait))
    assert told.reason == "tries again: later"


def test_the_rate_limit_uses_no_try() -> None:
    """It says nothing of the event, however often it comes."""
    assert not outcome(busy(status=429), tries=10**6).counts
    assert outcome(busy(status=429), tries=10**6).state is State.PENDING
    assert outcome(busy(status=500)).counts


def test_after_three_days_of_faults_the_event_fails_and_says_how_often_it_was_tried() -> None:
    """A replay begins anew."""
    told = outcome(busy(status=500), tries=40)
    assert told.state is State.FAILED
    assert told.reason == "given up after 41 tries; the last: later. Replay it when that is mended."
