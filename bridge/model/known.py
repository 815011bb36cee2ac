"""What is known: targets, what each source said of them, what Intercom holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.clock import Micros
from bridge.model.arrival import Moment
from bridge.model.json import Json, TargetKind


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One contact or company at Intercom, by Intercom's own id."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True)
class Run:
    """One source saying one value of one field, from `first` to `last`, without a change.

    `value` None means that the source cleared the field; `route` is where its mapping said so.
    `row` is where the store keeps it; None: it does not yet.
    """

    source: str
    field: str
    value: Json
    first: Moment
    last: Moment
    event_id: int | None = None
    route: str = ""
    row: int | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who had a field written: the source, as of when, by which event (None: an operation)."""

    source: str
    at: Micros
    event_id: int | None
    route: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One field as Intercom holds it: the value it answered, what was sent for it, and when.

    `sent` differs from `value` where Intercom rewrote what it was given (a rounded number): then
    sending it again changes nothing. `by` had this value written; None where it was not us.
    """

    value: Json
    at: Micros
    sent: Json = None
    by: Writer | None = field(default=None, compare=False)


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
