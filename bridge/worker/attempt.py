"""One try at one event: map it, make its Changes true, record how that went."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from bridge.clock import SECOND, Clock, system_clock
from bridge.errors import BridgeError, Busy, LeaseLost, StoreUnavailable
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client, describe
from bridge.model import Attempt, Claim, Identifier, Json, Mapped, Outcome, State, StoredEvent
from bridge.store.database import Database
from bridge.store.ledger import Ledger
from bridge.worker import erasing
from bridge.worker.dry_run import DryLedger, DryRun, dry
from bridge.worker.lease import Lease, Leased
from bridge.worker.outcome import fault, judged
from bridge.worker.payload import Maps, payload
from bridge.worker.retry import RetrySchedule
from bridge.worker.traces import Person
from handlers import Work, apply
from handlers.work import never

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events are applied: one workspace, its client and registry, and how patient to be.

    `lease` and `search_lag` are in seconds; `unknown_is_new` says whether the store knows
    everybody whom the workspace has. `mapping_of` gives a source's mapping or raises
    MappingError where it is broken or gone. In a `dry_run` nothing is written, see dry_run.py.
    """

    db: Database
    intercom: Client
    attributes: Attributes
    workspace: str
    mapping_of: Callable[[str], Maps]
    lease: int = 60
    search_lag: float = 180.0
    unknown_is_new: Callable[[], bool] = never
    dry_run: bool = False
    applies_tests: bool = True
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    clock: Clock = system_clock
    random: Callable[[], float] = random.random


def attempt(
    claim: Claim, event: StoredEvent, to: Destination, lease: Lease | None = None
) -> Outcome:
    """Try one event and record how it ended; `lease` is the lane's, where somebody renews it.

    Raises Busy or LeaseLost where nothing was recorded because the people are another's just now,
    StoreUnavailable where nothing could be.
    """
    made: list[Mapping[str, Json]] = []
    warnings: list[str] = []
    ledger = _ledger(claim, event, to)
    lease = lease or Lease(to.db, claim, to.lease)
    lease.carry(ledger)
    client = _client(to, lease, made.append)
    work = _work(event, ledger, client, warnings.append, to)
    started = to.clock()
    try:
        outcome = _try(event, work, to)
        _erase(ledger, to)
        if to.dry_run:
            outcome = dry(outcome, sum("planned" in call for call in made))
        outcome = replace(outcome, warnings=(*outcome.warnings, *dict.fromkeys(warnings)))
        outcome = _end(ledger, outcome, partial(_record, event, made, started, to.clock()), to)
    except (Busy, LeaseLost, StoreUnavailable):
        ledger.release()
        raise
    _log(event, outcome, len(made), to.clock() - started)
    return outcome


def _erase(ledger: Ledger, to: Destination) -> None:
    """Wipe what is stored of those whom the attempt erased; its own event is wiped at its end."""
    if ledger.erased and not to.dry_run:
        person = Person.of(ledger.erased)
        ledger.wipe_at_end(erasing.erase(to.db, person, to.mapping_of, ledger.event.id))


def _ledger(claim: Claim, event: StoredEvent, to: Destination) -> Ledger:
    kind = DryLedger if to.dry_run else Ledger
    owner = secrets.token_hex(8)
    return kind(to.db, claim, event, owner=owner, lease=to.lease, workspace=to.workspace)


def _work(
    event: StoredEvent,
    ledger: Ledger,
    client: Client,
    warn: Callable[[str], None],
    to: Destination,
) -> Work:
    return Work(
        event,
        ledger,
        client,
        to.attributes,
        to.clock,
        warn,
        search_lag=to.search_lag,
        unknown_is_new=to.unknown_is_new,
    )


def _client(to: Destination, lease: Lease, note: Callable[[Mapping[str, Json]], None]) -> Client:
    recording = to.intercom.recording(lambda answer: note(describe(answer)))
    leased = Leased(recording, lease)
    return DryRun(leased, note) if to.dry_run else leased


def _end(
    ledger: Ledger, outcome: Outcome, record: Callable[[Outcome], Attempt], to: Destination
) -> Outcome:
    """Record the outcome; where what was learnt cannot be stored, at least that."""
    try:
        ledger.end(outcome, record(outcome))
    except (Busy, LeaseLost, StoreUnavailable):
        raise
    except Exception as error:
        log.exception("fault while storing an event", event_id=ledger.event.id)
        ledger.release()
        outcome = replace(fault(error), route=outcome.route)
        _ledger(ledger.claim, ledger.event, to).end(outcome, record(outcome))
    return outcome


def _try(event: StoredEvent, work: Work, to: Destination) -> Outcome:
    mapped = Mapped()
    try:
        mapped = to.mapping_of(event.source).map(
            payload(event), event, apply_tests=to.applies_tests
        )
        if mapped.skipped is not None:
            return Outcome(
                State.SKIPPED, mapped.skipped, route=mapped.route, warnings=mapped.warnings
            )
        apply(mapped, replace(work, route=mapped.route))
        outcome = Outcome(State.DONE)
    except (Busy, LeaseLost, StoreUnavailable):
        raise
    except Exception as error:
        if not isinstance(error, BridgeError):
            log.exception("fault while handling an event", event_id=event.id)
        outcome = judged(error, event, _people(mapped), to.schedule, to.random)
    return replace(outcome, route=mapped.route, warnings=mapped.warnings)


def _people(mapped: Mapped) -> tuple[Identifier, ...]:
    found = (one for change in mapped.people for one in change.match)
    return tuple(dict.fromkeys(found))


def _record(
    event: StoredEvent,
    calls: list[Mapping[str, Json]],
    started: int,
    ended: int,
    outcome: Outcome,
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
