"""How an attempt ended: every error becomes the state, reason and wait of its event."""

from __future__ import annotations

from collections.abc import Callable

from bridge.errors import (
    BridgeError,
    IntercomBusy,
    IntercomError,
    IntercomUnauthorized,
    MappingError,
    Parked,
    Skipped,
)
from bridge.model import Identifier, Outcome, State, StoredEvent
from bridge.worker.retry import RetrySchedule
from handlers.errors import Awaited

PAUSED = 1.0
"""Seconds that a lane is put back for: while the destination is paused nothing is claimed anyway,
and once it works again nothing should wait."""


def judged(
    error: Exception,
    event: StoredEvent,
    identifiers: tuple[Identifier, ...],
    schedule: RetrySchedule,
    random: Callable[[], float],
) -> Outcome:
    """Give the outcome that an error means for its event."""
    message = str(error)
    match error:
        case Skipped():
            return Outcome(State.SKIPPED, message)
        case Awaited():
            identifiers = error.identifiers or identifiers
            return Outcome(
                State.WAITING,
                _waits(error, identifiers),
                waits_for=identifiers,
                due_by=error.due_by,
            )
        case Parked():
            return Outcome(State.PARKED, f"{error.reason}: {message}", candidates=error.candidates)
        case IntercomUnauthorized():
            return Outcome(
                State.PENDING, message, retry_in=PAUSED, counts=False, pauses=True, error=message
            )
        case IntercomBusy():
            return _busy(error, event, schedule, random)
        case MappingError():
            # It will be mended, and none of its events is to blame.
            told = f"the mapping has errors, the first: {error.problems[0]}"
            return _later(told, event, schedule.jittered(event.tries + 1, random), schedule)
        case IntercomError() | BridgeError():
            return Outcome(State.FAILED, message, error=message)
    return fault(error)


def fault(error: Exception) -> Outcome:
    """Give the outcome of an error that nobody foresaw; its text may hold personal data."""
    told = f"a fault in the bridge: {type(error).__name__}. See the log, then replay."
    return Outcome(State.FAILED, told, error=told)


def _waits(error: Awaited, identifiers: tuple[Identifier, ...]) -> str:
    names = ", ".join(identifier.name for identifier in identifiers)
    return f"{error} ({names})"


def _busy(
    error: IntercomBusy, event: StoredEvent, schedule: RetrySchedule, random: Callable[[], float]
) -> Outcome:
    """Give when to try again: as told, but no sooner than the schedule says; a limit is no try."""
    counts = error.status != 429
    told = min(error.retry_after or 0, schedule.longest)
    planned = schedule.jittered(event.tries + 1, random) if counts else 0
    wait = max(told, planned) or schedule.first
    return _later(str(error), event, wait, schedule, counts=counts)


def _later(
    error: str, event: StoredEvent, wait: float, schedule: RetrySchedule, *, counts: bool = True
) -> Outcome:
    """Put the event back for `wait` seconds, or give it up where its tries are used up."""
    tries = event.tries + 1
    if counts and schedule.is_exhausted(tries):
        reason = f"given up after {tries} tries; the last: {error}. Replay it when that is mended."
        return Outcome(State.FAILED, reason, error=error)
    return Outcome(
        State.PENDING, f"tries again: {error}", retry_in=wait, counts=counts, error=error
    )
