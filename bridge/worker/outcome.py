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
            return Outcome(
                State.WAITING,
                _waits(error, identifiers),
                waits_for=identifiers,
                due_by=error.due_by,
            )
        case Parked():
            return Outcome(State.PARKED, f"{error.reason}: {message}")
        case IntercomUnauthorized():
            return Outcome(
                State.PENDING, message, retry_in=PAUSED, counts=False, pauses=True, error=message
            )
        case IntercomBusy():
            return _busy(error, event, schedule, random)
        case IntercomError() | MappingError() | BridgeError():
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
    tries = event.tries + 1
    counts = error.status != 429
    if counts and schedule.is_exhausted(tries):
        reason = (
            f"given up after {tries} tries; the last: {error}. Replay it when Intercom is well."
        )
        return Outcome(State.FAILED, reason, error=str(error))
    told = min(error.retry_after or 0, schedule.longest)
    planned = schedule.jittered(tries, random) if counts else 0
    return Outcome(
        State.PENDING,
        f"tries again: {error}",
        retry_in=max(told, planned) or schedule.first,
        counts=counts,
        error=str(error),
    )
