"""What was sent, read again from the store, and what is needed of a mapping to understand it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.errors import ExpressionError, Skipped, Unreadable
from bridge.mapping.records import NOTHING, Records
from bridge.model import Json, Mapped, StoredEvent
from bridge.sources.body import read_body, read_json


class Maps(Protocol):
    """What the worker needs of a mapping."""

    @property
    def record_names(self) -> frozenset[str]:
        """Give the names of the records that it keeps."""

    def map(
        self,
        payload: Json,
        event: StoredEvent,
        *,
        apply_tests: bool,
        whole: Callable[[], Json],
        records: Records = NOTHING,
    ) -> Mapped:
        """Give the Changes of an event; `apply_tests` says whether test events are applied.

        `whole` reads the request that the event came in; `records` are what earlier events told.
        """


def payload(event: StoredEvent) -> Json:
    """Read an event's payload again; raise Skipped where it was erased."""
    if event.is_erased:
        raise Skipped("erased: what this event told of a person was removed")
    if event.payload is not None:
        return read_json(event.payload)
    return read_body(event.receipt.header("content-type"), event.receipt.body)


def whole(event: StoredEvent) -> Json:
    """Read the request that an event came in; raise ExpressionError where it was erased."""
    if not event.receipt.body:
        raise ExpressionError("`body` is gone: the request was erased with another person's data")
    return read_body(event.receipt.header("content-type"), event.receipt.body)


def as_sent(event: StoredEvent) -> Json:
    """Give what was sent, for people to look at: as text where it cannot be read."""
    try:
        return payload(event)
    except Skipped:
        return None
    except Unreadable:
        return event.receipt.body.decode(errors="replace")
