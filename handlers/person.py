"""What user, lead and contact have in common: find the contact or make it, write what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.errors import IntercomConflict, IntercomMerged, IntercomNotFound, Parked
from bridge.intercom import calls
from bridge.model import Json, PersonChange, Shadow, Target
from handlers import archive, creation, identifiers, identity, lost, merging, truth
from handlers.candidates import Found
from handlers.conflict import settle_conflict
from handlers.errors import Elsewhere
from handlers.work import Work
from handlers.writing import write

_TURNS = 4


def person(change: PersonChange, work: Work, *, new_role: str) -> Target:
    """Make a person Change true and give its contact.

    `new_role` is the role a contact is created with. Raises Parked, Skipped or Awaited where the
    policy says so, and what the calls raise.
    """
    identity.need_some(change)
    joined = False
    for _ in range(_TURNS):
        found = identity.find(change, work)
        try:
            target = _make_true(change, found, work, new_role, joined)
        except Elsewhere:
            joined = True
            continue
        except (IntercomMerged, IntercomNotFound) as gone:
            if found is None or change.sayings:
                raise
            identifiers.forget(found.target, gone, work)
            change = identifiers.without(change, found.target, gone)
            joined = True
            continue
        archive.note_presence(change, target, work)
        _remember(change, target, work)
        if found is None:
            work.ledger.save()
        return target
    raise Parked("moving", "Intercom named another contact at every turn; replay it later")


def _make_true(
    change: PersonChange, found: Found | None, work: Work, new_role: str, joined: bool
) -> Target:
    if found is None:
        return creation.create(change, work, new_role)
    merging.absorb(change, found, work)
    archive.admit(change, found.target, work)
    _update(change, found, work, joined)
    return found.target


def _remember(change: PersonChange, target: Target, work: Work) -> None:
    kept = [one for one in change.match if change.set.get(one.name, one.value) == one.value]
    identifiers.remember(kept, target, work)  # what `set` replaces means them no longer
    for identifier in change.match:
        if identifier.name in change.unlink:
            work.ledger.unlink(identifier, target)


def _update(change: PersonChange, found: Found, work: Work, joined: bool) -> None:
    """Write what differs; twice where only the first answer shows what is empty.

    `joined`: what was said of somebody else may count for this contact now.

    What is said is recorded at the end: an answer may show that somebody else is the person.
    """
    facts = truth.said(change, work)
    said = truth.newest(found.target, facts, work)
    if joined:
        said = {**truth.standing(found.target, work), **said}
    shadow = lost.trusted(_read_if_needed(change, found.target, work), facts, said, work)
    while True:
        differing = truth.differing(shadow, {**_fill(change, shadow), **said})
        if differing:
            _put(change, found, differing, shadow, work)
        before, shadow = shadow, work.ledger.shadow(found.target)
        if before.complete or not shadow.complete:
            break
    truth.record(found.target, facts, work)


def _read_if_needed(change: PersonChange, target: Target, work: Work) -> Shadow:
    """Read the contact where it must be known what is empty and no write will tell."""
    shadow = work.ledger.shadow(target)
    if shadow.complete or change.set:
        return shadow
    answer = calls.get_contact(work.intercom, target.id)
    truth.see_contact(target, answer, {}, work)
    return work.ledger.shadow(target)


def _fill(change: PersonChange, shadow: Shadow) -> dict[str, Json]:
    """Give what is written only where Intercom is empty, and the promotion of a lead."""
    if not shadow.complete:
        return {}
    promoted = change.kind == "user" and shadow.get("role") == "lead"
    once = {name: value for name, value in change.set_once.items() if truth.is_empty(shadow, name)}
    fills = {
        one.name: one.value
        for one in change.match
        if one.name in _fillable(shadow, promoted) and shadow.get(one.name) is None
    }
    return {**once, **fills, **({"role": "user"} if promoted else {})}


def _fillable(shadow: Shadow, promoted: bool) -> set[str]:
    return {"email", "external_id"} if promoted or shadow.get("role") == "user" else {"email"}


def _put(
    change: PersonChange, found: Found, fields: Mapping[str, Json], shadow: Shadow, work: Work
) -> None:
    target = found.target

    def send(body: dict[str, Any]) -> dict[str, Any]:
        return calls.update_contact(work.intercom, target.id, body)

    try:
        answer, sent = write(send, fields, change, shadow, work)
    except IntercomConflict as conflict:
        if change.sayings:
            raise
        rest = settle_conflict(change, found, fields, conflict, work)
        if rest:
            _put(change, found, rest, work.ledger.shadow(target), work)
        return
    if answer:
        truth.see_contact(target, answer, sent, work)
