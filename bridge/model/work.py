"""What is done: calls with their answers, attempts with their outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.clock import Micros
from bridge.errors import Candidate
from bridge.model.arrival import State, StoredEvent
from bridge.model.change import Identifier
from bridge.model.json import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Intercom: `name` is the field's word for it ("create contact")."""

    name: str
    method: str
    path: str
    body: Json = None
    query: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Intercom answered to a Call; `status` 0 means that no answer came.

    `body` is the parsed JSON (None where empty), header names are lower case, `took` is in seconds.
    """

    call: Call
    status: int
    body: Json
    headers: Mapping[str, str]
    took: float
    error: str = ""

    @property
    def request_id(self) -> str | None:
        """Give the id by which Intercom's support finds the request."""
        told = self.headers.get("x-request-id")
        if told is None and isinstance(self.body, dict):
            told = self.body.get("request_id")
        return told if isinstance(told, str) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt at an event ended.

    `retry_in` (seconds) is set where the lane must wait and try again: the state stays pending.
    `counts` is false where the try is not the event's fault (a busy hold, a paused destination).
    `pauses` is true where the whole destination must wait: Intercom does not take the token.
    `waits_for` are the identifiers whose linking releases a waiting event, until `due_by`.
    `candidates` are those between whom a person must decide.
    """

    state: State
    reason: str = ""
    retry_in: float | None = None
    counts: bool = True
    pauses: bool = False
    waits_for: tuple[Identifier, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    due_by: Micros | None = None
    route: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at an event: when, how long (seconds), its calls with answers, how it ended.

    `folded_into` is the event with which it was applied, and whose attempt has the calls.
    """

    event_id: int
    number: int
    started_at: Micros
    took: float
    calls: Sequence[Mapping[str, Json]]
    outcome: str
    error: str = ""
    folded_into: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How one event came out of an attempt."""

    event: StoredEvent
    outcome: Outcome
    attempt: Attempt
