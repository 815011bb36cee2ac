"""One try at one event: map it, make its Changes true, record how that went."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from bridge.clock import SECOND, Clock, system_clock
from bridge.errors import Busy, LeaseLost, MappingError, StoreUnavailable
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client, describe
from bridge.model import Attempt, Claim, Identifier, Json, Mapped, Outcome, State, StoredEvent
from bridge.sources.body import read_body, read_json
from bridge.store.database import Database
from bridge.store.ledger import Ledger
from bridge.worker.outcome import judged
from bridge.worker.retry import RetrySchedule
from handlers import Work, apply

log = structlog.get_logger()


class Maps(Protocol):
    """What the worker needs of a mapping."""

    def map(self, body: Json, event: StoredEvent) -> Mapped:
        """Give the Changes of an event."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events are applied: one workspace, its client and registry, and how patient to be.

    `lease` and `search_lag` are in seconds. `mapping_of` gives a source's mapping or raises
    MappingError where it is broken or gone.
    """

    db: Database
    intercom: Client
    attributes: Attributes
    workspace: str
    mapping_of: Callable[[str], Maps]
    lease: int = 60
    search_lag: float = 180.0
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    clock: Clock = system_clock
    random: Callable[[], float] = random.random


def attempt(claim: Claim, event: StoredEvent, to: Destination) -> Outcome:
    """Try one event and record how it ended.

    Raises Busy or LeaseLost where nothing was recorded because the people are another's just now,
    StoreUnavailable where nothing could be.
    """
    calls: list[Mapping[str, Json]] = []
    warnings: list[str] = []
    ledger = Ledger(
        to.db, claim, event, owner=secrets.token_hex(8), lease=to.lease, workspace=to.workspace
    )
    intercom = to.intercom.recording(lambda answer: calls.append(describe(answer)))
    work = Work(event, ledger, intercom, to.attributes, to.clock, warnings.append, to.search_lag)
    started = to.clock()
    try:
        outcome = _try(event, work, to)
        outcome = replace(outcome, warnings=(*outcome.warnings, *dict.fromkeys(warnings)))
        ledger.end(outcome, _record(event, outcome, calls, started, to.clock()))
    except (Busy, LeaseLost, StoreUnavailable):
        ledger.release()
        raise
    _log(event, outcome, len(calls), to.clock() - started)
    return outcome


def _try(event: StoredEvent, work: Work, to: Destination) -> Outcome:
    mapped = Mapped()
    try:
        mapped = to.mapping_of(event.source).map(payload(event), event)
        if mapped.skipped is not None:
            return Outcome(State.SKIPPED, mapped.skipped, warnings=mapped.warnings)
        apply(mapped, work)
        outcome = Outcome(State.DONE)
    except (Busy, LeaseLost, StoreUnavailable):
        raise
    except Exception as error:
        if not isinstance(error, MappingError):
            log.debug("attempt ended early", event_id=event.id, error=type(error).__name__)
        outcome = judged(error, event, _people(mapped), to.schedule, to.random)
        if outcome.error.startswith("a fault in the bridge"):
            log.exception("fault while handling an event", event_id=event.id)
    return replace(outcome, route=mapped.route, warnings=mapped.warnings)


def payload(event: StoredEvent) -> Json:
    """Read an event's payload again from what was stored."""
    if event.payload is not None:
        return read_json(event.payload)
    return read_body(event.receipt.header("content-type"), event.receipt.body)


def _people(mapped: Mapped) -> tuple[Identifier, ...]:
    found = (one for change in mapped.people for one in change.match)
    return tuple(dict.fromkeys(found))


def _record(
    event: StoredEvent,
    outcome: Outcome,
    calls: list[Mapping[str, Json]],
    started: int,
    ended: int,
) -> Attempt:
    took = (ended - started) / SECOND
    state = "retry" if outcome.retry_in is not None else outcome.state.value
    return Attempt(event.id, event.tries + 1, started, took, tuple(calls), state, outcome.error)


def _log(event: StoredEvent, outcome: Outcome, calls: int, took: int) -> None:
    log.info(
        "event " + ("put back" if outcome.retry_in is not None else outcome.state.value),
        event_id=event.id,
        source=event.source,
        type=event.type,
        route=outcome.route,
        calls=calls,
        ms=took // 1000,
        reason=outcome.reason,
        retry_in=outcome.retry_in,
    )
