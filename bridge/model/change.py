"""What an event should become: Changes, plain data without HTTP or Intercom ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from bridge.clock import Micros
from bridge.model.arrival import Moment
from bridge.model.json import Deletion, Json, PersonKind
from bridge.model.observation import Observation
from bridge.model.row import Row

_Change_co = TypeVar("_Change_co", bound="PersonChange | CompanyChange", covariant=True)


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
    """The choices of `defaults`, as they hold for one block.

    `attributes` is about the custom attributes a mapping names; `payload_attributes` is how many
    that only payloads name may be created in all.
    """

    missing: Missing = Missing()
    archived: Literal["park", "unarchive", "skip"] = "park"
    ambiguous: Literal["park", "newest"] = "park"
    attributes: Literal["create", "drop", "park"] = "create"
    payload_attributes: int = 0


@dataclass(frozen=True, slots=True)
class Saying(Generic[_Change_co]):
    """One event's part of a Change that several were folded into: what it said, when, and where.

    The moment's `arrival` is the event's id.
    """

    moment: Moment
    route: str
    change: _Change_co

    def as_of(self, field: str) -> Moment:
        """Give from when what was said of a field counts: see `PersonChange.as_of`."""
        return max(self.moment, self.change.as_of.get(field, self.moment))


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What one person should look like.

    `set` and `set_once` go from field to value, flat: `name`, `custom_attributes.plan`; a None in
    `set` clears the field, a field that is absent is left alone. `types` gives the Intercom type
    of each custom attribute named, `payload_named` are the fields among them that the payload and
    not the mapping names. `as_of` gives for each field that was computed over rows of the subject
    the moment of the newest of them: what an older event computes later over the same rows and its
    own is the better word. `match` holds only usable identifiers, in the order written. Where
    `delete` says so the contact is removed, and nothing is set.
    `opt_in` and `opt_out` are subscription types by name or id; `note` is plain text that the team
    shall read on the contact.
    `sayings` are what the events said that were folded into this, in order; none where it is the
    word of one event.
    """

    kind: PersonKind
    match: tuple[Identifier, ...]
    set: Mapping[str, Json] = field(default_factory=dict)
    set_once: Mapping[str, Json] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    payload_named: frozenset[str] = frozenset()
    as_of: Mapping[str, Moment] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    opt_in: tuple[str, ...] = ()
    opt_out: tuple[str, ...] = ()
    note: str = ""
    unlink: tuple[str, ...] = ()
    delete: Deletion = ""
    policy: Policy = Policy()
    sayings: tuple[Saying[PersonChange], ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyChange:
    """What one company should look like; `attach` says whether the route's people join it.

    `as_of` and `sayings` as for people.
    """

    match: tuple[Identifier, ...]
    set: Mapping[str, Json] = field(default_factory=dict)
    set_once: Mapping[str, Json] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    payload_named: frozenset[str] = frozenset()
    as_of: Mapping[str, Moment] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    attach: bool = True
    detach: Literal["", "this", "others"] = ""
    policy: Policy = Policy()
    sayings: tuple[Saying[CompanyChange], ...] = ()


@dataclass(frozen=True, slots=True)
class TrackChange:
    """A data event of the route's person; `time` is when it happened at the source.

    `event_id` is the event that tells it, where several are applied together.
    """

    name: str
    metadata: Mapping[str, Json]
    time: Micros
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a mapping made of one event: the route taken, its Changes, and remarks.

    `observed` is what Intercom itself told, in place of Changes.

    `rows` are those that the event tells of its subject.

    `skipped` is the reason where there is nothing to do. Applied in this order: companies, people,
    attachments, tags, data events.
    """

    route: str = ""
    companies: tuple[CompanyChange, ...] = ()
    people: tuple[PersonChange, ...] = ()
    tracks: tuple[TrackChange, ...] = ()
    observed: Observation | None = None
    rows: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: str | None = None
