"""Finds the stored events of erased people, and has them wiped: in small steps, for it takes long.

Theirs is an event in whose texts they stand, or in whose Changes the mapping of today finds them.
Reading holds up nobody; each step writes in one short transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_plus

from bridge.errors import BridgeError, MappingError
from bridge.model import Identifier, Json, StoredEvent
from bridge.store import erasure, events
from bridge.store.database import Database
from bridge.store.erasure import Trace
from bridge.worker.payload import Maps, payload, whole
from bridge.worker.traces import Person, raw, texts

BATCH = 100
"""Events that are read at a time."""

MappingOf = Callable[[str], Maps]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scan: up to which event it came, and what of each person was found."""

    until: int
    found: Sequence[Sequence[Trace]]


def erase(db: Database, person: Person, mapping_of: MappingOf, own: int) -> Trace:
    """Wipe all events of a person but `own`, and give that one's trace: it is wiped at its end."""
    last = Trace(own)
    for step in scan(db, [person], mapping_of):
        [found] = step.found
        last = next((one for one in found if one.event_id == own), last)
        wipe(db, [one for one in found if one.event_id != own])
    return last


def wipe(db: Database, found: Sequence[Trace]) -> None:
    """Wipe events in a transaction of their own."""
    if found:
        with db.write() as connection:
            erasure.wipe(connection, found)


def scan(
    db: Database, people: Sequence[Person], mapping_of: MappingOf, after: int = 0
) -> Iterator[Step]:
    """Look through all events that are stored, those behind the event `after`, step by step."""
    while batch := events.after(db, after, BATCH):
        after = batch[-1].id
        found: list[list[Trace]] = [[] for _ in people]
        for event in batch:
            for number in _whose(event, people, mapping_of):
                found[number].append(trace(event, people[number]))
        yield Step(after, found)


def trace(event: StoredEvent, person: Person) -> Trace:
    """Give what of an event that is a person's names them, so that it can be wiped."""
    values = {one.value for one in person.identifiers}
    subject, key = event.subject, event.key
    in_subject = subject in values or person.is_in(subject)
    return Trace(event.id, in_subject, key in values or person.is_in(key))


def _whose(event: StoredEvent, people: Sequence[Person], mapping_of: MappingOf) -> Iterator[int]:
    """Give the numbers of the people whose event it is."""
    if event.is_erased:
        return
    everything = raw(event)
    likely = [number for number, one in enumerate(people) if one.may_be_in(everything)]
    if not likely:
        return
    body = _body(event)
    told = list(texts(event, body))
    named = _named(event, body, mapping_of)
    for number in likely:
        if people[number].identifiers & named or any(map(people[number].is_in, told)):
            yield number


def _body(event: StoredEvent) -> Json:
    try:
        return payload(event)
    except BridgeError:
        text = event.receipt.body.decode(errors="replace")
        return [text, unquote_plus(text)]


def _named(event: StoredEvent, body: Json, mapping_of: MappingOf) -> set[Identifier]:
    """Give the identifiers of the people that an event is about; none where that cannot be told."""
    try:
        mapped = mapping_of(event.source).map(
            body, event, apply_tests=True, whole=partial(whole, event)
        )
    except (MappingError, BridgeError):
        return set()
    return {one for change in mapped.people for one in change.match}
