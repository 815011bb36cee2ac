"""The mapping language as data: every key, its kind, its allowed values and what it means.

The loader checks files against this table; the JSON Schema for editors and the key tables of the
documentation come from it as well. A key with `later` is part of the language but not yet of this
version: it is refused with those words rather than taken for a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from bridge.model import Now


class Kind(StrEnum):
    """What may stand behind a key."""

    TEXT = "text"
    TEXTS = "one text, or a list of texts"
    VALUE = "a literal, or an expression behind ="
    VALUES = "a value, or a list of values"
    EXPRESSION = "an expression behind ="
    CONDITION = "an expression"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    SECONDS = "a number of seconds"
    DURATION = "a duration such as 72h, 30m or 7d"
    CHOICE = "one of the words listed"
    BLOCK = "a block of keys"
    NAMED = "a block whose keys are names of your own"
    BLOCKS = "a list of blocks"
    ANY = "anything"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what may stand behind it, one line of documentation, and its limits.

    `block` names the table of its own keys, `choices` the words allowed.
    """

    name: str
    kinds: tuple[Kind, ...]
    doc: str
    block: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    later: bool = False


def _key(
    name: str,
    *kinds: Kind,
    doc: str,
    block: str = "",
    choices: tuple[str, ...] = (),
    required: bool = False,
    later: bool = False,
) -> Key:
    return Key(name, kinds, doc, block, choices, required, later)


def _choice(name: str, *choices: str, doc: str, later: bool = False) -> Key:
    return Key(name, (Kind.CHOICE,), doc, choices=choices, later=later)


ON = _key("on", Kind.TEXTS, doc="event types, with * as in file names")
WHEN = _key("when", Kind.CONDITION, doc="only where this expression holds; `=` optional")
LET = _key("let", Kind.NAMED, doc="names for values, in order; a later one sees the earlier ones")

ATTRIBUTES = _choice(
    "attributes",
    "create",
    "drop",
    "park",
    doc="custom attributes written here that Intercom does not have yet (create)",
)
POLICY = (
    _key(
        "missing",
        Kind.CHOICE,
        Kind.BLOCK,
        block="missing",
        choices=("create", "skip"),
        doc="where nobody is known by these identifiers (create)",
    ),
    _choice("archived", "park", "unarchive", "skip", doc="where the contact is archived (park)"),
    _choice("ambiguous", "park", "newest", doc="where several contacts match (park)"),
    ATTRIBUTES,
)

PAYLOAD_ATTRIBUTES = _key(
    "payload_attributes",
    Kind.CHOICE,
    Kind.BLOCK,
    block="payload_attributes",
    choices=("drop",),
    doc="custom attributes named by a payload that Intercom does not have yet (drop)",
)
FOLD = _key("fold", Kind.SECONDS, doc="how long a first event waits for more (BRIDGE_FOLD_SECONDS)")

SET = _key("set", Kind.NAMED, doc="Intercom's fields, and custom_attributes")
SET_ONCE = _key("set_once", Kind.NAMED, doc="the same, written only where Intercom holds nothing")
MATCH = _key(
    "match", Kind.NAMED, doc="identifiers, tried in this order; all are remembered", required=True
)
TAGS = _key("tags", Kind.BLOCK, block="tags", doc="tags to add and to remove")
SUBSCRIPTIONS = _key(
    "subscriptions",
    Kind.BLOCK,
    block="subscriptions",
    doc="kinds of messages that the person wants, or does not want",
)
EACH = _key("each", Kind.EXPRESSION, doc="repeats the block for each of a list, called `this`")

_PERSON_KEYS = (
    WHEN,
    EACH,
    MATCH,
    _key("role", Kind.VALUE, doc="of a `contact`: user or lead, where the payload tells it"),
    SET,
    SET_ONCE,
    TAGS,
    SUBSCRIPTIONS,
    _key("note", Kind.VALUE, doc="a note on the contact, once per event; plain text"),
    _key("unlink", Kind.TEXTS, doc="links of `match` that mean this person no longer"),
    _choice("delete", "permanently", "archive", doc="removes the contact; stands alone"),
)

_ROW_KEYS = (
    WHEN,
    _key(
        "key", Kind.VALUE, doc="what tells a row from the others; the newest counts", required=True
    ),
    _key("keep", Kind.NAMED, doc="the values of a row, by names of your own"),
    _key("delete", Kind.CONDITION, doc="where this holds the row is gone"),
)

GRAMMAR: Mapping[str, tuple[Key, ...]] = {
    "mapping": (
        _key(
            "source", Kind.TEXT, doc="the name in /hooks/<source>: a-z, 0-9, _ and -", required=True
        ),
        _key("title", Kind.TEXT, doc="what people call it"),
        _key("about", Kind.TEXT, doc="what it does, in a sentence or two"),
        _key(
            "verify",
            Kind.BLOCK,
            block="verify",
            doc="how requests prove their sender",
            required=True,
        ),
        _key("receive", Kind.BLOCK, block="receive", doc="how requests are taken in"),
        _key("event", Kind.BLOCK, block="event", doc="how one event is told from another"),
        _key("defaults", Kind.BLOCK, block="defaults", doc="choices for all routes"),
        _key("types", Kind.NAMED, doc="Intercom's type of each custom attribute"),
        LET,
        _key("tables", Kind.NAMED, doc="tables for `lookup`"),
        _key("records", Kind.NAMED, block="record", doc="rows kept of the subject, by any event"),
        _key(
            "routes",
            Kind.BLOCKS,
            block="route",
            doc="the first that matches is taken",
            required=True,
        ),
    ),
    "verify": (
        _key("scheme", Kind.TEXT, doc="a named signature scheme", required=True),
        _key("secret", Kind.TEXT, doc="name of the environment variable holding the secret"),
    ),
    "receive": (
        _key("each", Kind.EXPRESSION, doc="splits a batch: every `item` is an event of its own"),
        _key("max_body", Kind.INTEGER, doc="largest body, in bytes"),
        _key("ack", Kind.BLOCK, block="ack", doc="the answer that the sender wants"),
        _key("handshake", Kind.BLOCK, block="handshake", doc="how the address is confirmed"),
        _key("form", Kind.BLOCK, block="form", doc="what a browser form may send"),
    ),
    "form": (
        _key(
            "origins",
            Kind.TEXTS,
            doc="sites that the form stands on, such as https://www.example.com",
            required=True,
        ),
        _key("fields", Kind.TEXTS, doc="fields that are kept; others are dropped", required=True),
        _key("honeypot", Kind.TEXT, doc="a field that only robots fill"),
        _key("redirect", Kind.TEXT, doc="page shown after a plain form (a page of the bridge's)"),
        _key("per_minute", Kind.INTEGER, doc="forms that one address may send in a minute (10)"),
    ),
    "handshake": (
        _key("get", Kind.TEXT, doc="parameter of a GET that is sent back"),
        _key("token", Kind.TEXT, doc="parameter of that GET which must hold the secret"),
        _key("when", Kind.CONDITION, doc="requests that ask; verified first, and no events"),
        _key("answer", Kind.VALUE, doc="what they want to hear: text, or an object as JSON"),
    ),
    "ack": (
        _key("status", Kind.INTEGER, doc="its status, from 200 to 299 (200)"),
        _key("type", Kind.TEXT, doc="its content type (text/plain)"),
        _key("body", Kind.TEXT, doc="its text (none)"),
    ),
    "event": (
        _key("id", Kind.VALUES, doc="the same id twice is applied once"),
        _key("type", Kind.VALUE, doc="what happened; routes choose by it"),
        _key("time", Kind.VALUE, doc="when: Unix seconds, milliseconds or ISO 8601"),
        _key("version", Kind.VALUE, doc="the sender's counter, where times tie"),
        _key("subject", Kind.VALUE, doc="whose events keep their order"),
        _key("when", Kind.CONDITION, doc="other events are stored as skipped"),
        _key(
            "test", Kind.CONDITION, doc="holds for test events: never applied to a live workspace"
        ),
    ),
    "defaults": (*POLICY, PAYLOAD_ATTRIBUTES, FOLD),
    "missing": (
        _key("wait", Kind.DURATION, doc="how long to wait for the person", required=True),
        _choice("then", "park", "skip", "create", doc="what follows the waiting (park)"),
    ),
    "payload_attributes": (
        _key(
            "at_most",
            Kind.INTEGER,
            doc="create them, no more than so many in all",
            required=True,
        ),
    ),
    "route": (
        ON,
        WHEN,
        LET,
        _key("records", Kind.NAMED, block="row", doc="rows kept of the subject, by this route"),
        _key("user", Kind.BLOCK, block="person", doc="a user: created as one, a lead is promoted"),
        _key("lead", Kind.BLOCK, block="person", doc="a lead: a user stays a user"),
        _key("contact", Kind.BLOCK, block="person", doc="whoever it is; `role` may tell"),
        _key("company", Kind.BLOCK, block="company", doc="a company; the route's person joins it"),
        _key("track", Kind.BLOCK, block="track", doc="a data event of the route's person"),
        _key(
            "intercom",
            Kind.BLOCK,
            block="observation",
            doc="what Intercom itself tells; in the mapping of source `intercom` alone",
        ),
    ),
    "person": (*_PERSON_KEYS, *POLICY, PAYLOAD_ATTRIBUTES, FOLD),
    "company": (
        WHEN,
        EACH,
        MATCH,
        SET,
        SET_ONCE,
        TAGS,
        _key("attach", Kind.BOOLEAN, doc="whether the route's person joins the company (true)"),
        _choice("detach", "this", "others", doc="companies the person leaves"),
        ATTRIBUTES,
        PAYLOAD_ATTRIBUTES,
        FOLD,
    ),
    "observation": (
        _key(
            "workspace",
            Kind.EXPRESSION,
            doc="id of the workspace it is about; another one's is skipped",
            required=True,
        ),
        _key("contact", Kind.EXPRESSION, doc="the contact, as Intercom shows it"),
        _key("company", Kind.EXPRESSION, doc="the company, as Intercom shows it"),
        _key("merged_from", Kind.EXPRESSION, doc="id of the contact that became part of this one"),
        _key("tag", Kind.EXPRESSION, doc="name of the tag"),
        _choice("now", *get_args(Now), doc="what became of it (shown: it is as shown)"),
    ),
    "record": (ON, *_ROW_KEYS),
    "row": _ROW_KEYS,
    "tags": (
        _key("add", Kind.VALUES, doc="tags to add"),
        _key("remove", Kind.VALUES, doc="tags to remove"),
    ),
    "subscriptions": (
        _key("in", Kind.VALUES, doc="subscription types to opt in to, by name or id"),
        _key("out", Kind.VALUES, doc="subscription types to opt out of, by name or id"),
    ),
    "track": (
        _key("name", Kind.VALUE, doc="name of the data event", required=True),
        _key("only", Kind.TEXTS, doc="names allowed (with *), where the payload gives the name"),
        _key("metadata", Kind.NAMED, Kind.EXPRESSION, doc="at most ten values"),
        WHEN,
        _key("time", Kind.VALUE, doc="when it happened (the event's time)"),
    ),
}
