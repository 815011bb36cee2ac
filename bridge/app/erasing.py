"""Erasing people on request: first who it would be and what would go, then doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bridge.app import sources
from bridge.app.operations import NO_TOKEN
from bridge.app.remembering import Remembered, Remembering
from bridge.app.worker import client_of, limiter
from bridge.config import Config
from bridge.errors import BridgeError
from bridge.intercom import calls
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.model import Identifier, Target
from bridge.store import erasure
from bridge.store.database import Database
from bridge.store.erasure import Trace
from bridge.worker.erasing import MappingOf, scan, wipe
from bridge.worker.traces import Person
from handlers import deletion, truth

Named = tuple[Identifier, ...]
Progress = Callable[[int], None]
"""Told up to which event a scan came."""


@dataclass(slots=True)
class Erasable:
    """Somebody who shall be erased: by which identifiers asked for, and what there is of them.

    `traces` are the stored events found up to the event `until`; `values` counts what sources said.
    """

    named: Named
    contacts: tuple[Target, ...]
    identifiers: frozenset[Identifier]
    values: int
    until: int = 0
    traces: list[Trace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Erasing:
    """Looks for people, and erases them; one person at a time is held."""

    db: Database
    client: Client
    memory: Remembering
    mapping_of: MappingOf

    def look(self, people: Sequence[Named], progress: Progress) -> list[Erasable]:
        """Find what there is of people, in one scan for all of them; nothing is changed."""
        found = [self._found(named) for named in people]
        wanted = [Person.of(one.identifiers) for one in found]
        for step in scan(self.db, wanted, self.mapping_of):
            for one, traces in zip(found, step.found, strict=True):
                one.traces += traces
                one.until = step.until
            progress(step.until)
        return found

    def erase(self, one: Erasable) -> list[Target]:
        """Erase somebody at Intercom and here; give the contacts that are gone now.

        Raises Busy where a worker is at them for long, and what Intercom's calls raise; it can be
        repeated.
        """
        with self.memory.open("purge") as known:
            known.hold([*map(str, one.identifiers), *(f"contact:{at.id}" for at in one.contacts)])
            gone = deletion.erase(one.contacts, one.identifiers, known.work)
            person = Person.of(known.work.ledger.erased)
            wipe(self.db, one.traces)
            after = one.until if person.identifiers <= one.identifiers else 0
            for step in scan(self.db, [person], self.mapping_of, after):
                wipe(self.db, step.found[0])
                known.hold([])  # renews what is held
            known.changed = True
        return gone

    def _found(self, named: Named) -> Erasable:
        with self.memory.open("purge") as known:
            contacts = {target for one in named for target in self._contacts(one, known)}
            ledger = known.work.ledger
            identifiers = {*named, *(Identifier("intercom_id", target.id) for target in contacts)}
            for target in contacts:
                identifiers |= set(ledger.identifiers(target))
            identifiers |= erasure.awaited_with(self.db, identifiers)
            ids = {target.id for target in contacts}
            alone = {one for one in identifiers if ids.issuperset(ledger.find("contact", one))}
            values = sum(len(ledger.runs(target)) for target in contacts)
        return Erasable(named, tuple(sorted(contacts)), frozenset(alone), values)

    def _contacts(self, one: Identifier, known: Remembered) -> Iterator[Target]:
        """Give the contacts that have an identifier, as the store and as Intercom knows."""
        if one.name == "intercom_id":
            yield Target("contact", one.value)
        for contact_id in known.find("contact", one):
            yield Target("contact", contact_id)
        for answer in self._asked(one):
            target = Target("contact", str(answer["id"]))
            truth.see_contact(target, answer, {}, known.work)  # to know their other identifiers
            yield target

    def _asked(self, one: Identifier) -> list[dict[str, Any]]:
        if one.name == "email":
            return calls.search_by_email(self.client, one.value)
        if one.name == "external_id":
            answer = calls.find_by_external_id(self.client, one.value)
            return [] if answer is None else [answer]
        return []


@contextmanager
def erasing(config: Config, db: Database) -> Iterator[Erasing]:
    """Put together what erasing needs; raise BridgeError without a token."""
    client = client_of(config, limiter(config, db))
    if client is None:
        raise BridgeError(NO_TOKEN)
    with closing(client):
        app = calls.me(client).get("app") or {}
        workspace = str(app.get("id_code") or "unknown")
        lease = float(config.lease_seconds)
        memory = Remembering(db, client, Attributes(client), lambda: workspace, lease=lease)
        mapping_of = partial(sources.mapping_of, sources.load(config))
        yield Erasing(db, client, memory, mapping_of)
