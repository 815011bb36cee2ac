"""Example documents: at once tests, documentation, the desk's "try it" list and the smoke test.

They are the *.yaml files of the folder that is named like the source, beside its mapping. Keys:

- `title` (required), unique among the source's examples; `about`, a sentence or two
- `given`: titles of examples that are sent before this one, in that order
- `intercom`: what Intercom holds before: `contacts` and `companies`, each a list of objects in
  Intercom's own fields (`role: user`, `email: …`, `custom_attributes: {…}`, and `tags: [<name>]`,
  `companies: [<company_id>]`); an `id` may be given, to be used in `calls`
- `send` (required): `payload` (the JSON body) or `body` (text, sent as it is), with `type` (its
  content type; application/json for a payload), `headers` and `query`; the signature is made
- `outcome`: the state the event ends in (done), of a batch every one; `reason`: a part of the
  reason shown with it
- `calls`: all calls that follow, in order, reads included and start-up reads (attributes, tags, me)
  excluded; each a text such as `POST /contacts`, or `call` with the `body` it carries (a subset).
  Absent: not looked at. `calls: []`: none follows
- `holds`: what Intercom holds after: `contacts`, `companies`, `tags` (names) and `events` (data
  events with `event_name`); each object must be found as a subset of one that is held
"""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from bridge.mapping.grammar import Key, Kind
from bridge.model import Json, State

STATES = tuple(
    state.value for state in State if state not in (State.PENDING, State.WORKING, State.DISCARDED)
)
METHODS = ("GET", "POST", "PUT", "DELETE")


def _key(name: str, *kinds: Kind, doc: str, block: str = "", required: bool = False) -> Key:
    return Key(name, kinds, doc, block, (), required)


EXAMPLE_GRAMMAR: MappingOf[str, tuple[Key, ...]] = {
    "example": (
        _key("title", Kind.TEXT, doc="what happens, in a few words", required=True),
        _key("about", Kind.TEXT, doc="why it matters"),
        _key("given", Kind.TEXTS, doc="titles of examples sent before"),
        _key("intercom", Kind.BLOCK, block="intercom", doc="what Intercom holds before"),
        _key("send", Kind.BLOCK, block="send", doc="the request", required=True),
        Key("outcome", (Kind.CHOICE,), "the state the event ends in (done)", choices=STATES),
        _key("reason", Kind.TEXT, doc="a part of the reason shown"),
        _key("calls", Kind.ANY, doc="all calls that follow"),
        _key("holds", Kind.BLOCK, block="holds", doc="what Intercom holds after"),
    ),
    "intercom": (
        _key("contacts", Kind.BLOCKS, doc="people known before"),
        _key("companies", Kind.BLOCKS, doc="companies known before"),
    ),
    "send": (
        _key("payload", Kind.ANY, doc="the JSON body"),
        _key("body", Kind.TEXT, doc="the body as text"),
        _key("type", Kind.TEXT, doc="its content type"),
        _key("headers", Kind.NAMED, doc="further headers"),
        _key("query", Kind.NAMED, doc="what stands behind ? in the URL"),
    ),
    "call": (
        _key("call", Kind.TEXT, doc="method and path", required=True),
        _key("body", Kind.ANY, doc="a part of what it carries"),
    ),
    "holds": (
        _key("contacts", Kind.BLOCKS, doc="people found after"),
        _key("companies", Kind.BLOCKS, doc="companies found after"),
        _key("tags", Kind.TEXTS, doc="names of tags"),
        _key("events", Kind.BLOCKS, doc="data events sent"),
    ),
}


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One call that must follow; `body` is a part of what it carries (None: not looked at)."""

    method: str
    path: str
    body: Json = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What Intercom holds, in its own fields; after the event each is a subset of what is there."""

    contacts: tuple[MappingOf[str, Json], ...] = ()
    companies: tuple[MappingOf[str, Json], ...] = ()
    tags: tuple[str, ...] = ()
    events: tuple[MappingOf[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One example document; `calls` is None where it does not say which calls follow.

    Of `payload` and `raw` one is set: a JSON value to send, or the body as text.
    """

    mapping_source: str
    path: str
    title: str
    about: str = ""
    given: tuple[str, ...] = ()
    before: Holdings = field(default_factory=Holdings)
    payload: Json = None
    raw: str | None = None
    headers: MappingOf[str, str] = field(default_factory=dict)
    query: MappingOf[str, str] = field(default_factory=dict)
    outcome: State = State.DONE
    reason: str = ""
    calls: tuple[ExpectedCall, ...] | None = None
    holds: Holdings = field(default_factory=Holdings)

    @property
    def body(self) -> bytes:
        """Give the bytes to send."""
        if self.raw is not None:
            return self.raw.encode()
        return json.dumps(self.payload, ensure_ascii=False).encode()
