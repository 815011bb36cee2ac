"""A small world: a database, a sandbox, one clock, and events whose Changes are made by hand."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import text

from bridge.clock import SECOND
from bridge.errors import Busy
from bridge.intercom.client import Client
from bridge.intercom.sandbox import Fault, Sandbox, plant, plant_contact
from bridge.intercom.sandbox.seeds import held
from bridge.model import (
    Answer,
    Call,
    Claim,
    CompanyChange,
    Event,
    Identifier,
    Json,
    Mapped,
    Outcome,
    PersonChange,
    Policy,
    Receipt,
    StoredEvent,
    Target,
    TrackChange,
)
from bridge.store import events, inbox, lanes
from bridge.store.database import Database
from bridge.store.laneless import LanelessLedger, no_event
from bridge.worker.attempt import Destination, attempt
from bridge.worker.batch import work_off
from bridge.worker.lease import Lease

T0 = 1_700_000_000
"""Unix seconds at which every test begins."""

_ID = re.compile(r"/[0-9a-f]{24}(?=/|$)")


@dataclass
class Hour:
    """The one clock of sandbox, worker and tests; it stands until it is moved."""

    now: float = T0

    def __call__(self) -> int:
        return int(self.now * SECOND)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Applied:
    """What became of one event: how its last attempt ended, and the calls of all its attempts."""

    id: int
    outcome: Outcome
    calls: list[str]
    bodies: list[Json]


@dataclass(repr=False)
class World:
    """Short ways to say what happens, and to see what followed."""

    db: Database
    state: Sandbox
    client: Client
    hour: Hour
    to: Destination
    changes: dict[str, Mapped | Exception] = field(default_factory=dict)
    _seen: int = 0

    # --- what happens -------------------------------------------------------------------------

    def receive(
        self, *changes: Any, source: str = "app", at: float = 0, version: int = 0, **more: Any
    ) -> int:
        """Store an event that means these Changes, `at` seconds after the beginning."""
        key = f"{source} {len(self.changes)}"
        self.changes[key] = _mapped(changes)
        event = Event(
            key=key,
            type="test",
            time=int((T0 + at) * SECOND),
            version=version,
            subject=more.pop("subject", key),
        )
        body = more.pop("body", b"{}")
        verdict = more.pop("verdict", "verified")
        headers = (("content-type", "application/json"),)
        receipt = Receipt(source, self.hour(), headers, {}, body, verdict)
        delay = more.pop("delay", 0)
        (stored,) = inbox.receive(self.db, receipt, [event], delay).events
        return stored.id

    def claim(self, event_id: int) -> tuple[Claim, StoredEvent]:
        """Claim the lane of an event, which must be due."""
        event = self.event(event_id)
        claims = lanes.claim(self.db, limit=100, lease=60)
        for one in claims:
            if one.lane_id != event.lane_id:
                lanes.put_back(self.db, one, 0)
        (mine,) = [one for one in claims if one.lane_id == event.lane_id]
        return mine, self.event(event_id)

    def attempt(self, event_id: int) -> Outcome:
        """Try an event once; its lane is due again at once where the outcome says to retry."""
        claim, event = self.claim(event_id)
        try:
            outcome = attempt(claim, event, self.to)
        except Busy:
            lanes.put_back(self.db, claim, 0)
            raise
        if outcome.retry_in is None:
            lanes.complete(self.db, claim, drained=not events.due(self.db, claim, 1))
        else:
            lanes.put_back(self.db, claim, 0)
        return outcome

    def work_off(self, event_id: int, to: Destination | None = None) -> list[str]:
        """Work off the lane of an event as a worker does, until an outcome retries; give the calls.

        What is to be tried again is due at once.
        """
        self.calls()
        claim, _ = self.claim(event_id)
        to = to or self.to
        due = events.due(self.db, claim, 50)
        retried = False
        lease = Lease(self.db, claim, 60)
        for outcome in work_off(claim, due, to, lease, threading.Event()):
            if retried := outcome.retry_in is not None:
                break
        if retried:
            lanes.put_back(self.db, claim, 0)
        else:
            lanes.complete(self.db, claim, drained=True)
        return self.calls()

    def apply(self, *changes: Any, **more: Any) -> Applied:
        """Receive an event and try it once."""
        event_id = self.receive(*changes, **more)
        return self.again(event_id)

    def again(self, event_id: int) -> Applied:
        """Try an event that is due (again)."""
        self.calls()
        outcome = self.attempt(event_id)
        served = self._new()
        return Applied(event_id, outcome, [_short(one) for one in served], _bodies(served))

    def replay(self, event_id: int) -> Applied:
        """Replay an event and try it once."""
        events.replay(self.db, event_id)
        return self.again(event_id)

    def fault(self, kind: Any, method: str, path: str, **more: Any) -> None:
        """Order a fault of the sandbox."""
        self.state.faults.add(Fault(kind, method=method, path=path, **more))

    def fault_at(self, kind: Any, method: str, path: str, **more: Any) -> None:
        """Order a fault for the next call of exactly that path."""
        original = self.state.faults.take

        def take(asked: str, at: str) -> list[Fault]:
            met = original(asked, at)
            if (asked, at) != (method, path):
                return met
            self.state.faults.take = original  # type: ignore[method-assign]
            return [*met, Fault(kind, **more)]

        self.state.faults.take = take  # type: ignore[method-assign]

    def killed(self, event_id: int, after: str, nth: int = 1) -> list[str]:
        """Try an event in a worker that dies at the nth such answer; its leases then end."""
        self.calls()
        claim, event = self.claim(event_id)
        dying = replace(self.to, intercom=Dying(self.client, after, nth))
        with suppress(Killed):
            attempt(claim, event, dying)
            raise AssertionError("it lived")
        self.end_leases()
        return self.calls()

    def killed_at_lane(self, event_id: int, after: str, nth: int = 1) -> list[str]:
        """Work off a lane in a worker that dies at the nth such answer; its leases then end."""
        self.calls()
        with suppress(Killed):
            self.work_off(event_id, replace(self.to, intercom=Dying(self.client, after, nth)))
            raise AssertionError("it lived")
        self.end_leases()
        return self.calls()

    def end_leases(self) -> None:
        """Let every lease be over, as after a minute."""
        with self.db.write() as connection:
            connection.execute(text("UPDATE lanes SET ready_at = 0 WHERE ready_at < :never"), {
                "never": 2**62
            })  # fmt: skip
        self.end_holds()

    def end_holds(self) -> None:
        """Let every hold be over."""
        with self.db.write() as connection:
            connection.execute(text("UPDATE holds SET expires_at = 0"))

    def rules(self, **changed: Any) -> None:
        """Change how the sandbox behaves."""
        self.state.rules = replace(self.state.rules, **changed)

    def plant(self, **contact: Any) -> str:
        """Put a contact into the sandbox and give its id."""
        with self.state.lock:
            return plant_contact(self.state, contact).id

    def plant_all(self, **document: Any) -> None:
        """Put companies, attributes and contacts into the sandbox."""
        plant(self.state, document)

    def edit(self, contact_id: str, **fields: Any) -> None:
        """Change a contact as a person at Intercom would; ten seconds pass before."""
        self.hour.pass_by(10)
        with self.state.lock:
            contact = self.state.contacts[contact_id]
            self.state.put(replace(contact, updated_at=self.state.now(), **fields))

    # --- what followed ------------------------------------------------------------------------

    def _new(self) -> list[dict[str, Json]]:
        served = self.state.journal.listed(self._seen)
        self._seen = max([self._seen, *(one["number"] for one in served)])
        start_up = {("GET", "/data_attributes"), ("GET", "/subscription_types")}
        return [one for one in served if (one["method"], one["path"]) not in start_up]

    def calls(self) -> list[str]:
        """Give the calls since the last look, start-up reads excluded."""
        return [_short(one) for one in self._new()]

    def event(self, event_id: int) -> StoredEvent:
        found = events.get(self.db, event_id)
        assert found is not None
        return found

    def contacts(self) -> list[dict[str, Json]]:
        """Give the contacts that Intercom holds, empty fields left out; deleted ones excluded."""
        return [one for one in held(self.state)["contacts"] if "standing" not in one]

    def contact(self) -> dict[str, Json]:
        """Give the only contact."""
        (only,) = self.contacts()
        return only

    def companies(self) -> list[dict[str, Json]]:
        return held(self.state)["companies"]

    def attributes(self) -> dict[tuple[str, str], str]:
        return {
            (one["model"], one["name"]): one["data_type"] for one in held(self.state)["attributes"]
        }

    def ledger(self) -> LanelessLedger:
        """Open a ledger to look at what is known; it belongs to no work."""
        event = no_event(self.db.destination, "looker", self.hour())
        return LanelessLedger(self.db, event, owner="looker", lease=1, workspace="w")

    def linked(self, name: str, value: str) -> tuple[str, ...]:
        """Give the ids of the contacts that an identifier leads to."""
        return self.ledger().find("contact", Identifier(name, value))

    def writer(self, field_name: str) -> tuple[str, int | None, str] | None:
        """Give who had the only contact's field written: source, event and route."""
        seen = self.ledger().shadow(Target("contact", self.contact()["id"])).fields[field_name]
        return None if seen.by is None else (seen.by.source, seen.by.event_id, seen.by.route)

    def said(self, contact_id: str, field_name: str) -> dict[str, list[Json]]:
        """Give what each source said of a field, by source, in order of time."""
        told: dict[str, list[Json]] = {}
        for run in self.ledger().runs(Target("contact", contact_id)):
            if run.field == field_name:
                told.setdefault(run.source, []).append(run.value)
        return told


class Killed(BaseException):
    """The process is gone: nothing happens after this, no clean-up either."""


class Dying(Client):
    """A client whose process dies when a call was answered, before anybody hears of it."""

    def __init__(self, client: Client, after: str, nth: int) -> None:
        vars(self).update(vars(client))
        self._after = after
        self._left = nth

    def send(self, call: Call) -> Answer:
        try:
            return super().send(call)
        finally:
            self._left -= f"{call.method} {_ID.sub('/{id}', call.path)}" == self._after
            if self._left == 0:
                raise Killed


class Table:
    """Maps each event to the Changes it was received with."""

    def __init__(self, changes: Mapping[str, Mapped | Exception]) -> None:
        self._changes = changes

    record_names: frozenset[str] = frozenset()

    def map(self, payload: Json, event: StoredEvent, **_: Any) -> Mapped:
        found = self._changes[event.key]
        if isinstance(found, Exception):
            raise found
        return found


def _mapped(changes: tuple[Any, ...]) -> Mapped | Exception:
    if changes and isinstance(changes[0], Mapped | Exception):
        return changes[0]
    return Mapped(
        route="test",
        companies=tuple(one for one in changes if isinstance(one, CompanyChange)),
        people=tuple(one for one in changes if isinstance(one, PersonChange)),
        tracks=tuple(one for one in changes if isinstance(one, TrackChange)),
    )


def _short(served: Mapping[str, Json]) -> str:
    return f"{served['method']} {_ID.sub('/{id}', served['path'])}"


def _bodies(served: list[dict[str, Json]]) -> list[Json]:
    return [one["body"] for one in served]


# --- Changes ----------------------------------------------------------------------------------


def _match(identifiers: Mapping[str, str | None]) -> tuple[Identifier, ...]:
    return tuple(Identifier(name, value) for name, value in identifiers.items() if value)


def person(kind: Any, *, policy: Mapping[str, Any] | None = None, **parts: Any) -> PersonChange:
    """Give a Change of a person; what is no part of it is an identifier, in the order written."""
    names = (
        "set",
        "set_once",
        "types",
        "payload_named",
        "add_tags",
        "remove_tags",
        "opt_in",
        "opt_out",
        "note",
        "unlink",
        "delete",
    )
    own = {name: parts.pop(name) for name in names if name in parts}
    return PersonChange(kind, _match(parts), policy=Policy(**(policy or {})), **own)


def company(company_id: str, *, policy: Mapping[str, Any] | None = None, **parts: Any) -> Any:
    """Give a Change of a company."""
    match = (Identifier("company_id", company_id),)
    return CompanyChange(match, policy=Policy(**(policy or {})), **parts)


def eventually(told: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; fail where it never is."""
    deadline = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)
