"""Guesses which places of a captured payload tell the id, type, time and person of an event.

A guess is a beginning for whoever writes the mapping, nothing that anything relies on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridge.mapping.functions.time import parse_time
from bridge.mapping.leaves import Leaf, Steps
from bridge.model import Json

IDS = ("id", "event_id", "message_id", "webhook_id", "delivery_id", "notification_id", "uuid")
TYPES = ("type", "event_type", "event", "event_name", "topic", "trigger", "trigger_event", "action")
TIMES = (
    *("occurred_at", "created", "created_at", "timestamp", "event_time", "sent_at", "time", "date"),
    *("submitted_at", "updated_at", "received_at", "date_created"),
)
ID_HEADERS = re.compile(
    r"(?:[a-z0-9]+-)*(?:event|webhook|delivery|message|request)-?id|x-.*-delivery"
)
TYPE_HEADERS = re.compile(r"x-(?:[a-z0-9]+-)*(?:topic|event|event-name|event-type)")
PERSONS = ("user_id", "customer_id", "contact_id", "person_id", "customer", "user", "contact")
PERSON_IDS = (*PERSONS, "id", "uuid")
FIRST, LAST = ("first_name", "given_name"), ("last_name", "family_name", "surname")
FULL = ("name", "full_name", "display_name")
PHONES = ("phone", "phone_number", "mobile", "telephone")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What seems to stand where; None where nothing looks like it. Headers are told by name."""

    id: Steps | str | None = None
    type: Steps | str | None = None
    time: Steps | None = None
    email: Steps | None = None
    person: Steps | None = None
    names: tuple[Steps, ...] = ()
    phone: Steps | None = None


def guess(leaves: Sequence[Leaf], headers: Mapping[str, str]) -> Guess:
    """Guess from the places of the payloads and the lower-case headers they came with."""
    email = _nearest(leaves, lambda leaf: is_email(leaf.value))
    around = email.parent if email else ()
    person = _person_id(leaves, email)
    return Guess(
        id=_top(leaves, IDS, _is_id) or _header(headers, ID_HEADERS),
        type=_top(leaves, TYPES, _is_word) or _header(headers, TYPE_HEADERS),
        time=_top(leaves, TIMES, _is_time),
        email=email.steps if email else None,
        person=person.steps if person else None,
        names=_names(leaves, around),
        phone=_beside(leaves, around, PHONES),
    )


def _plain(name: str) -> str:
    """Write `eventType`, `Event-Type` and `event type` alike."""
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


def _nearest(leaves: Sequence[Leaf], good: Callable[[Leaf], bool]) -> Leaf | None:
    """Give the place that is least deep."""
    return min(filter(good, leaves), key=lambda leaf: len(leaf.steps), default=None)


def _top(
    leaves: Sequence[Leaf], names: Sequence[str], good: Callable[[Json], bool]
) -> Steps | None:
    """Give the place with the best name, not deeper than one object inside."""
    fitting = [
        (len(leaf.steps), names.index(_plain(leaf.name)), leaf.steps)
        for leaf in leaves
        if len(leaf.steps) <= 2 and _plain(leaf.name) in names and good(leaf.value)
    ]
    return min(fitting)[2] if fitting else None


def _header(headers: Mapping[str, str], pattern: re.Pattern[str]) -> str | None:
    return next((name for name in headers if pattern.fullmatch(name)), None)


def _is_id(value: Json) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _is_word(value: Json) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[\w.:/-]{1,80}", value))


def _is_time(value: Json) -> bool:
    return parse_time(value) is not None


def is_email(value: Json) -> bool:
    """Say whether a value looks like an email address."""
    return isinstance(value, str) and bool(_EMAIL.fullmatch(value.strip()))


def _beside(leaves: Sequence[Leaf], around: Steps, names: Sequence[str]) -> Steps | None:
    found = {_plain(leaf.name): leaf for leaf in leaves if leaf.parent == around and leaf.value}
    return next((found[name].steps for name in names if name in found), None)


def _names(leaves: Sequence[Leaf], around: Steps) -> tuple[Steps, ...]:
    whole = _beside(leaves, around, FULL)
    parts = (_beside(leaves, around, FIRST), _beside(leaves, around, LAST))
    named = tuple(part for part in parts if part is not None)
    return named or ((whole,) if whole is not None else ())


def _person_id(leaves: Sequence[Leaf], email: Leaf | None) -> Leaf | None:
    """Give the sender's own id of the person: beside the address, else a name that says so."""
    objects = [email.parent] if email and email.parent else []
    for around in objects:
        steps = _beside(leaves, around, PERSON_IDS)
        if steps is not None:
            return next(leaf for leaf in leaves if leaf.steps == steps and _is_id(leaf.value))
    return _nearest(leaves, _names_a_person)


def _names_a_person(leaf: Leaf) -> bool:
    return _plain(leaf.name) in PERSONS and _is_id(leaf.value)
