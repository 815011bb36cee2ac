"""What arrives: receipts, and the events in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.clock import Micros
from bridge.model.json import Json

OPEN = "open"
"""The verdict on a request of an open source: taken, and believed no further."""


class State(StrEnum):
    """Where an event stands; each state but pending and working shows its reason in words."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    SKIPPED = "skipped"
    WAITING = "waiting"
    PARKED = "parked"
    FAILED = "failed"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One HTTP request as it arrived: raw body, headers in order, when, and how it was judged.

    `headers` keeps duplicates (a doubled signature header is refused); names are lower case.
    `verdict` is "verified", OPEN where nothing proves the sender, or a reason such as
    "unreadable: …".
    """

    source: str
    received_at: Micros
    headers: Sequence[tuple[str, str]]
    query: Mapping[str, str]
    body: bytes
    verdict: str = "verified"

    def header(self, name: str) -> str | None:
        """Give the first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Verification:
    """How a source's requests prove who sent them: the `verify:` block of its mapping.

    `secret` names an environment variable (several secrets in it, separated by spaces, while
    rotating); `parameters` are those of the scheme that the mapping sets.
    """

    scheme: str
    secret: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact as read at receipt: what the `event:` block of its mapping said of it.

    `key` is what makes it the same event when it comes again; `key_lifetime` is for how many
    seconds that holds (24 h where the source gives no id). `payload` is None where the whole body
    of the receipt is the payload, else the item's JSON bytes. `problem` is set where the item
    could not be read: it is stored as failed. `notes` are remarks such as a time taken from the
    receipt. `skip` is a reason to store it as skipped (the mapping's `event.when`, a test event).
    """

    key: str
    type: str
    time: Micros
    subject: str
    version: int = 0
    payload: bytes | None = None
    key_lifetime: int = 90 * 86400
    problem: str | None = None
    skip: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the store knows it; `receipt` is where its payload comes from.

    `position` is its place in its lane; `tries` how often it was attempted;
    `due_by` the end of its waiting (None: not waiting).
    """

    id: int
    destination: str
    source: str
    key: str
    type: str
    time: Micros
    version: int
    subject: str
    lane_id: int
    position: int
    state: State
    reason: str
    notes: tuple[str, ...]
    tries: int
    payload: bytes | None
    receipt: Receipt
    received_at: Micros
    updated_at: Micros
    due_by: Micros | None = None

    @property
    def was_tried(self) -> bool:
        """Say whether an earlier try began, also one that nobody knows the end of."""
        return self.tries > 0 or self.state is State.WORKING

    @property
    def is_open(self) -> bool:
        """Say whether nothing proves who sent it, so that nobody may be known by its word."""
        return self.receipt.verdict == OPEN

    @property
    def is_erased(self) -> bool:
        """Say whether what was sent is gone, because a person was erased."""
        return self.payload == b""

    @property
    def moment(self) -> Moment:
        """Give the place of this event in the order of facts: (time, version, arrival)."""
        return Moment(self.time, self.version, self.id)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """The order of facts: the sender's time, then its version, then arrival (the event's id)."""

    time: Micros
    version: int
    arrival: int
