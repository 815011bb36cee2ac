"""The compiled blocks of a route: whom to find, what to set, tag, attach and track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from bridge.mapping.fields import ATTRIBUTES
from bridge.mapping.nodes import Place
from bridge.mapping.records import RecordBlock
from bridge.mapping.value import Value
from bridge.model import Deletion, Now, PersonKind, Policy


@dataclass(frozen=True, slots=True)
class Setting:
    """One field and what it shall hold; `type` is Intercom's (None: the value decides).

    Where the field is `custom_attributes` itself, the value is an object of any names; `declared`
    are the types that the mapping tells of some, `standard` names that are fields already.
    """

    field: str
    type: str | None
    value: Value
    at_most: int | None = None
    declared: Mapping[str, str] | None = None
    standard: frozenset[str] = frozenset()

    @property
    def is_named_by_payload(self) -> bool:
        """Say whether the payload names what is written."""
        return self.field == ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags to add and to remove; a value may give one name or a list."""

    add: tuple[Value, ...] = ()
    remove: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Subscription types to opt in to and out of; a value may give one name or a list."""

    opt_in: tuple[Value, ...] = ()
    opt_out: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonBlock:
    """A `user`, `lead` or `contact` block; `role` is what tells that a `contact` is one of both."""

    kind: PersonKind
    match: Mapping[str, Value]
    when: Value | None = None
    each: Value | None = None
    role: Value | None = None
    set: tuple[Setting, ...] = ()
    set_once: tuple[Setting, ...] = ()
    tags: Tags = Tags()
    subscriptions: Subscriptions = Subscriptions()
    note: Value | None = None
    unlink: tuple[str, ...] = ()
    delete: Deletion = ""
    policy: Policy = field(default_factory=Policy)
    fold: float | None = None


@dataclass(frozen=True, slots=True)
class CompanyBlock:
    """A `company` block."""

    match: Mapping[str, Value]
    when: Value | None = None
    each: Value | None = None
    set: tuple[Setting, ...] = ()
    set_once: tuple[Setting, ...] = ()
    tags: Tags = Tags()
    attach: bool = True
    detach: Literal["", "this", "others"] = ""
    policy: Policy = field(default_factory=Policy)
    fold: float | None = None


@dataclass(frozen=True, slots=True)
class TrackBlock:
    """A `track` block; `metadata` by key, or one expression that gives all of it."""

    name: Value
    only: tuple[str, ...] = ()
    metadata: Mapping[str, Value] = field(default_factory=dict)
    all_metadata: Value | None = None
    when: Value | None = None
    time: Value | None = None


@dataclass(frozen=True, slots=True)
class ObservationBlock:
    """An `intercom` block."""

    workspace: Value
    now: Now = "shown"
    contact: Value | None = None
    company: Value | None = None
    merged_from: Value | None = None
    tag: Value | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """On these types, when this holds, these should look like this."""

    name: str
    place: Place
    on: tuple[str, ...] = ("*",)
    when: Value | None = None
    let: Mapping[str, Value] = field(default_factory=dict)
    records: tuple[RecordBlock, ...] = ()
    person: PersonBlock | None = None
    company: CompanyBlock | None = None
    track: TrackBlock | None = None
    observation: ObservationBlock | None = None

    def takes(self, event_type: str) -> bool:
        """Say whether events of a type are for this route, if its `when` holds."""
        return any(fnmatchcase(event_type, on) for on in self.on)

    @property
    def fold(self) -> float | None:
        """Give for how many seconds a first event waits: the less patient block decides."""
        stated = (one.fold for one in (self.person, self.company) if one is not None)
        return min((one for one in stated if one is not None), default=None)
