"""One try at one event, or at several as one: make the Changes true, record how that went."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from bridge.clock import Clock, system_clock
from bridge.errors import BridgeError, Busy, Erased, LeaseLost, StoreUnavailable
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client, describe
from bridge.model import (
    Claim,
    Ending,
    Identifier,
    Json,
    Mapped,
    Outcome,
    State,
    StoredEvent,
)
from bridge.store.database import Database
from bridge.store.ledger import Ledger
from bridge.worker import erasing
from bridge.worker.dry_run import DryLedger, DryRun, dry
from bridge.worker.ending import endings_of
from bridge.worker.lease import Lease, Leased
from bridge.worker.outcome import fault, judged
from bridge.worker.payload import Maps
from bridge.worker.retry import RetrySchedule
from bridge.worker.task import Group, alone
from bridge.worker.traces import Person
from bridge.worker.understanding import understood
from handlers import Work, apply
from handlers.errors import Apart
from handlers.work import never, no_subscription

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events are applied: one workspace, its client and registry, and how patient to be.

    `lease` and `search_lag` are in seconds; what ended is kept for `retention_days`;
    `unknown_is_new` says whether the store knows everybody whom the workspace has, `subscription`
    gives a subscription type by its name or id. `mapping_of`
    gives a source's mapping or raises MappingError where it is broken or gone. In a `dry_run`
    nothing is written, see dry_run.py.
    """

    db: Database
    intercom: Client
    attributes: Attributes
    workspace: str
    mapping_of: Callable[[str], Maps]
    lease: int = 60
    search_lag: float = 180.0
    retention_days: int = 30
    unknown_is_new: Callable[[], bool] = never
    subscription: Callable[[str], dict[str, Any] | None] = no_subscription
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
    group = alone(understood([event], to)[0])
    return try_(claim, group, to, lease or Lease(to.db, claim, to.lease))


def try_(claim: Claim, group: Group, to: Destination, lease: Lease) -> Outcome:
    """Try the events of a group as one and record how each ended; give how the first did.

    Raises Apart where they must not be tried as one, and else what `attempt` raises.
    """
    made: list[Mapping[str, Json]] = []
    warnings: list[str] = []
    ledger = _ledger(claim, group, to)
    lease.carry(ledger)
    for task in group.tasks:
        ledger.keep(task.mapped.rows)
    client = _client(to, lease, made.append)
    work = _work(group, ledger, client, warnings.append, to)
    started = to.clock()
    try:
        outcome = _try(group, work, to)
        _erase(ledger, to)
        if to.dry_run:
            outcome = dry(outcome, sum("planned" in call for call in made))
        endings = endings_of(group, outcome, warnings, made, (started, to.clock()))
        endings = _end(ledger, group, endings, to)
    except (Busy, LeaseLost, StoreUnavailable):
        ledger.release()
        raise
    except Apart:
        _leave(ledger)
        raise
    _log(group, endings[0].outcome, len(made), to.clock() - started)
    return endings[0].outcome


def _erase(ledger: Ledger, to: Destination) -> None:
    """Wipe what is stored of those whom the attempt erased; its own event is wiped at its end."""
    if ledger.erased and not to.dry_run:
        person = Person.of(ledger.erased)
        ledger.wipe_at_end(erasing.erase(to.db, person, to.mapping_of, ledger.event.id))


def _ledger(claim: Claim, group: Group, to: Destination) -> Ledger:
    kind = DryLedger if to.dry_run else Ledger
    return kind(
        to.db,
        claim,
        group.first.event,
        owner=secrets.token_hex(8),
        lease=to.lease,
        workspace=to.workspace,
        folded=[task.event for task in group.tasks[1:]],
    )


def _work(
    group: Group,
    ledger: Ledger,
    client: Client,
    warn: Callable[[str], None],
    to: Destination,
) -> Work:
    return Work(
        group.first.event,
        ledger,
        client,
        to.attributes,
        to.clock,
        warn,
        search_lag=to.search_lag,
        unknown_is_new=to.unknown_is_new,
        subscription=to.subscription,
        route=group.mapped.route,
    )


def _client(to: Destination, lease: Lease, note: Callable[[Mapping[str, Json]], None]) -> Client:
    recording = to.intercom.recording(lambda answer: note(describe(answer)))
    leased = Leased(recording, lease)
    return DryRun(leased, note) if to.dry_run else leased


def _try(group: Group, work: Work, to: Destination) -> Outcome:
    """Make a group's Changes true; raise Apart where that fails for good for one of several."""
    task = group.first
    if task.mapped.skipped is not None:
        return Outcome(State.SKIPPED, task.mapped.skipped)
    try:
        if task.error is not None:
            raise task.error
        apply(group.mapped, work)
        return Outcome(State.DONE)
    except (Busy, LeaseLost, StoreUnavailable, Apart):
        raise
    except Exception as error:
        if not isinstance(error, BridgeError):
            log.exception("fault while handling an event", event_id=task.event.id)
        if isinstance(error, Erased):
            work.ledger.wipe_at_end(erasing.trace(task.event, Person.of(_named(group.mapped))))
        people = _people(group.mapped)
        outcome = judged(error, task.event, people, to.schedule, to.random)
        if group.is_folded and outcome.retry_in is None:
            raise Apart(str(error), all_=True) from error
        return outcome


# --- how it ended ---------------------------------------------------------------------------------


def _end(
    ledger: Ledger, group: Group, endings: tuple[Ending, ...], to: Destination
) -> tuple[Ending, ...]:
    """Record the outcome; where what was learnt cannot be stored, at least that."""
    first = endings[0]
    try:
        ledger.end(first.outcome, first.attempt, endings[1:])
    except (Busy, LeaseLost, StoreUnavailable):
        raise
    except Exception as error:
        log.exception("fault while storing an event", event_id=first.event.id)
        if group.is_folded:
            raise Apart("a fault while storing them", all_=True) from error
        ledger.release()
        outcome = replace(fault(error), route=first.outcome.route)
        told = replace(first.attempt, outcome=outcome.state.value, error=outcome.error)
        endings = (Ending(first.event, outcome, told),)
        _ledger(ledger.claim, group, to).end(outcome, told)
    return endings


def _leave(ledger: Ledger) -> None:
    """Keep what was learnt until events proved to be no group: Intercom holds some of it."""
    try:
        ledger.leave()
    except (Busy, LeaseLost, StoreUnavailable):
        ledger.release()
        raise
    except Exception:
        log.exception("fault while storing events", event_id=ledger.event.id)
        ledger.release()


def _named(mapped: Mapped) -> Iterator[Identifier]:
    """Give by what an event names its people; Intercom's own webhooks by Intercom's id."""
    yield from _people(mapped)
    if mapped.observed is not None and mapped.observed.contact:
        yield Identifier("intercom_id", str(mapped.observed.contact["id"]))


def _people(mapped: Mapped) -> tuple[Identifier, ...]:
    found = (one for change in mapped.people for one in change.match)
    return tuple(dict.fromkeys(found))


def _log(group: Group, outcome: Outcome, calls: int, took: int) -> None:
    event = group.first.event
    log.info(
        "event " + ("put back" if outcome.retry_in is not None else outcome.state.value),
        event_id=event.id,
        folded=len(group.tasks) - 1,
        source=event.source,
        type=event.type,
        route=outcome.route,
        calls=calls,
        ms=took // 1000,
        reason=outcome.reason,
        retry_in=outcome.retry_in,
    )
