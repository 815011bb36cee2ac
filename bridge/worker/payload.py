"""What was sent, read again from the store, and what is needed of a mapping to understand it."""

from __future__ import annotations

from typing import Protocol

from bridge.errors import Skipped, Unreadable
from bridge.model import Json, Mapped, StoredEvent
from bridge.sources.body import read_body, read_json


class Maps(Protocol):
    """What the worker needs of a mapping."""

    def map(self, body: Json, event: StoredEvent, *, apply_tests: bool) -> Mapped:
        """Give the Changes of an event; `apply_tests` says whether test events are applied."""


def payload(event: StoredEvent) -> Json:
    """Read an event's payload again; raise Skipped where it was erased."""
    if event.is_erased:
        raise Skipped("erased: what this event told of a person was removed")
    if event.payload is not None:
        return read_json(event.payload)
    return read_body(event.receipt.header("content-type"), event.receipt.body)


def as_sent(event: StoredEvent) -> Json:
    """Give what was sent, for people to look at: as text where it cannot be read."""
    try:
        return payload(event)
    except Skipped:
        return None
    except Unreadable:
        return event.receipt.body.decode(errors="replace")
