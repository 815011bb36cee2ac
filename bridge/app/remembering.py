"""What operations find and leave in the store, as facts of the source `operation`."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from bridge.clock import Clock, system_clock
from bridge.errors import BridgeError, Busy
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.model import Identifier, Json, Shadow, Target
from bridge.model import TargetKind as Kind
from bridge.store.database import Database
from bridge.store.laneless import LanelessLedger, no_event
from handlers import Work, answers, truth

SOURCE = "operation"
"""The source that facts of operations are recorded under; no mapping may have this name."""


@dataclass(frozen=True, slots=True)
class Remembering:
    """The store as the memory of operations.

    `workspace` asks for the workspace's id, as links are kept per workspace. `lease` and
    `patience`, how long a busy hold is waited for, are in seconds.
    """

    db: Database
    client: Client
    attributes: Attributes
    workspace: Callable[[], str]
    lease: float = 60.0
    patience: float = 5.0
    clock: Clock = system_clock
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    @contextmanager
    def open(self, operation: str) -> Iterator[Remembered]:
        """Begin an operation of that name; what it gathered is saved, also where it failed."""
        event = no_event(self.db.destination, SOURCE, self.clock())
        ledger = LanelessLedger(
            self.db,
            event,
            owner=f"{SOURCE} {secrets.token_hex(8)}",
            lease=self.lease,
            workspace=self.workspace(),
        )
        work = Work(
            event,
            ledger,
            self.client,
            self.attributes,
            self.clock,
            warn=_unheard,
            route=operation,
        )
        remembered = Remembered(self, work, renewed=self.monotonic())
        try:
            yield remembered
        except BaseException:
            with suppress(BridgeError):  # what made it fail is the news
                remembered.save()
            raise
        else:
            remembered.save()
        finally:
            ledger.release()


@dataclass(slots=True)
class Remembered:
    """What is known, through the ledger of one operation."""

    memory: Remembering
    work: Work
    changed: bool = False
    held: set[str] = field(default_factory=set)
    renewed: float = 0.0

    def hold(self, keys: Iterable[str]) -> None:
        """Take holds; wait for busy ones as long as patience lasts, then raise Busy."""
        wanted = sorted(set(keys) - self.held)
        if not wanted:
            self._renew()
            return
        until = self.memory.monotonic() + self.memory.patience
        while True:
            try:
                self.work.ledger.take(wanted)
                break
            except Busy as busy:
                if self.memory.monotonic() >= until:
                    told = "is being written by the worker just now: try again in a moment"
                    raise Busy(f"this person or company {told}") from busy
                self.memory.sleep(random.uniform(0.05, 0.25))  # noqa: S311
        self.held |= set(wanted)
        self._renew()

    def _renew(self) -> None:
        """Lengthen the leases before each write: none takes longer than a third of a lease."""
        if self.memory.monotonic() - self.renewed > self.memory.lease / 3:
            self.work.ledger.renew()
            self.renewed = self.memory.monotonic()

    def find(self, kind: Kind, identifier: Identifier) -> tuple[str, ...]:
        """Give the ids of those who have the identifier."""
        return self.work.ledger.find(kind, identifier)

    def shadow(self, target: Target) -> Shadow:
        """Give what Intercom is known to hold of the target."""
        return self.work.ledger.shadow(target)

    def saw(self, kind: Kind, answer: Mapping[str, Any], said: Mapping[str, Json]) -> None:
        """Record what was said and what Intercom answered; what was read may be stale already."""
        target = Target(kind, str(answer["id"]))
        before = self.shadow(target)
        if not said and before.complete and _updated_at(answer) <= before.updated_at:
            return
        self.changed = True
        truth.announce(target, truth.facts(said, self.work), self.work)
        see = truth.see_contact if kind == "contact" else truth.see_company
        see(target, answer, said, self.work)

    def link(self, identifier: Identifier, target: Target) -> bool:
        """Link an identifier that is not another's."""
        linked = self.find(target.kind, identifier)
        if not linked:
            self.work.ledger.link(identifier, target)
            self.changed = True
        return not linked or target.id in linked

    def mark(self, target: Target, field: str, value: bool) -> None:
        """Record that a tag or company edge is there or not."""
        self.changed = True
        truth.announce(target, truth.facts({field: value}, self.work), self.work)
        before = self.shadow(target)
        self.work.ledger.see(answers.marked(before, field, value, self.work.clock()))

    def forget(self, target: Target, into: str | None = None) -> None:
        """Forget a target that is gone."""
        self.hold([f"{target.kind}:{one}" for one in (target.id, into) if one])
        self.changed = True
        self.work.ledger.forget(target, into)

    def save(self) -> None:
        """Write what was gathered, and release the events that waited for it."""
        if self.changed:
            self.work.ledger.save()
            self.changed = False


def _updated_at(answer: Mapping[str, Any]) -> int:
    return int(answer.get("updated_at") or 0)


def _unheard(remark: str) -> None:
    """Drop a remark of the handlers: operations make their own."""
