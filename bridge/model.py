"""The nouns of the bridge as plain values: no IO, no imports of anything that does IO.

Times are microseconds since 1970-01-01 UTC (`Micros`) unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeAlias

from bridge.clock import Micros

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict. Never NaN or Infinity."""

TargetKind = Literal["contact", "company"]
PersonKind = Literal["user", "lead", "contact"]


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


# --- what arrives -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receipt:
    """One HTTP request as it arrived: raw body, headers in order, when, and how it was judged.

    `headers` keeps duplicates (a doubled signature header is refused); names are lower case.
    `verdict` is "verified" or a reason such as "unreadable: …".
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
    def moment(self) -> Moment:
        """Give the place of this event in the order of facts: (time, version, arrival)."""
        return Moment(self.time, self.version, self.id)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """The order of facts: the sender's time, then its version, then arrival (the event's id)."""

    time: Micros
    version: int
    arrival: int


# --- what it should become ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A name and value that mean one person or company: a field of Intercom's, or a link."""

    name: str
    value: str

    FIELDS = ("intercom_id", "external_id", "email", "phone", "company_id")

    @property
    def is_link(self) -> bool:
        """Say whether the name is no field of Intercom's but a source's own."""
        return self.name not in self.FIELDS

    def __str__(self) -> str:
        return f"{self.name}:{self.value}"


@dataclass(frozen=True, slots=True)
class Missing:
    """What to do when nobody is known by these identifiers; `wait` in seconds, then `then`."""

    action: Literal["create", "skip", "wait"] = "create"
    wait: int = 0
    then: Literal["park", "skip", "create"] = "park"


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of `defaults`, as they hold for one block."""

    missing: Missing = Missing()
    archived: Literal["park", "unarchive", "skip"] = "park"
    ambiguous: Literal["park", "newest"] = "park"
    attributes: Literal["create", "drop", "park"] = "create"


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What one person should look like.

    `set` and `set_once` go from field to value, flat: `name`, `custom_attributes.plan`; a None in
    `set` clears the field, a field that is absent is left alone. `types` gives the Intercom type
    of each custom attribute named. `match` holds only usable identifiers, in the order written.
    """

    kind: PersonKind
    match: tuple[Identifier, ...]
    set: Mapping[str, Json] = field(default_factory=dict)
    set_once: Mapping[str, Json] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    unlink: tuple[str, ...] = ()
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class CompanyChange:
    """What one company should look like; `attach` says whether the route's people join it."""

    match: tuple[Identifier, ...]
    set: Mapping[str, Json] = field(default_factory=dict)
    set_once: Mapping[str, Json] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    attach: bool = True
    detach: Literal["", "this", "others"] = ""
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class TrackChange:
    """A data event of the route's person; `time` is when it happened at the source."""

    name: str
    metadata: Mapping[str, Json]
    time: Micros


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a mapping made of one event: the route taken, its Changes, and remarks.

    `skipped` is the reason where there is nothing to do. Applied in this order: companies, people,
    attachments, tags, data events.
    """

    route: str = ""
    companies: tuple[CompanyChange, ...] = ()
    people: tuple[PersonChange, ...] = ()
    tracks: tuple[TrackChange, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: str | None = None


# --- what is known ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One contact or company at Intercom, by Intercom's own id."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True)
class Run:
    """One source saying one value of one field, from `first` to `last`, without a change.

    `value` None means that the source cleared the field.
    """

    source: str
    field: str
    value: Json
    first: Moment
    last: Moment
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One field as Intercom holds it: the value it answered, what was sent for it, and when.

    `sent` differs from `value` where Intercom rewrote what it was given (a rounded number): then
    sending it again changes nothing.
    """

    value: Json
    at: Micros
    sent: Json = None


@dataclass(frozen=True, slots=True)
class Shadow:
    """What Intercom is known to hold of one target, field by field.

    `complete` is true once a full answer was seen: only then is an absent field known to be
    empty. `updated_at` is Intercom's own (Unix seconds).
    """

    target: Target
    fields: Mapping[str, Seen] = field(default_factory=dict)
    updated_at: int = 0
    complete: bool = False

    def get(self, name: str) -> Json:
        """Give the value of a field, None where it is empty or not known."""
        seen = self.fields.get(name)
        return None if seen is None else seen.value


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane taken by a worker until its lease ends: results count only while `token` is its own.

    `seq` is the lane's counter as read at the claim; `tries` how often its head was put back.
    """

    lane_id: int
    token: int
    source: str
    subject: str
    seq: int
    tries: int = 0


# --- what was done ------------------------------------------------------------------------------


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
    """

    state: State
    reason: str = ""
    retry_in: float | None = None
    counts: bool = True
    pauses: bool = False
    waits_for: tuple[Identifier, ...] = ()
    due_by: Micros | None = None
    route: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at an event: when, how long (seconds), its calls with answers, how it ended."""

    event_id: int
    number: int
    started_at: Micros
    took: float
    calls: Sequence[Mapping[str, Json]]
    outcome: str
    error: str = ""


# --- what the layers give each other --------------------------------------------------------------


class Recorder(Protocol):
    """Told of every Call and its Answer, as it happens."""

    def __call__(self, answer: Answer) -> None:
        """Take note of one answered (or unanswered) call."""


class Permits(Protocol):
    """Gives leave to make calls within Intercom's limit."""

    def take(self, call: Call) -> None:
        """Wait until one more call may be made; raise IntercomBusy where that takes too long."""

    def learn(self, answer: Answer) -> None:
        """Take note of the limit the answer tells."""


class Holds(Protocol):
    """Short leases on everything a Change may touch."""

    def take(self, keys: Iterable[str]) -> None:
        """Take all keys or none; raise Busy where another has one of them."""
