"""What user, lead and contact have in common: find the contact or make it, write what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.errors import IntercomConflict, IntercomMerged, IntercomNotFound, Parked
from bridge.intercom import calls
from bridge.model import Json, PersonChange, Shadow, Target
from handlers import creation, identity, truth
from handlers.conflict import Elsewhere, settle_conflict
from handlers.identity import Found
from handlers.work import Work
from handlers.writing import write

_TURNS = 4


def person(change: PersonChange, work: Work, *, new_role: str) -> Target:
    """Make a person Change true and give its contact.

    `new_role` is the role a contact is created with. Raises Parked, Skipped or Unknown where the
    policy says so, and what the calls raise.
    """
    if not change.match:
        raise Parked(
            "unidentified",
            "no identifier in `match` has a usable value: look at the payload, mend the mapping, "
            "then replay",
        )
    for _ in range(_TURNS):
        target = _once(change, work, new_role)
        if target is not None:
            _finish(change, target, work)
            return target
    raise Parked("moving", "Intercom named another contact at every turn; replay it later")


def _once(change: PersonChange, work: Work, new_role: str) -> Target | None:
    """Take one turn; None where the contact proved to be another one, which is known now."""
    found = identity.find(change, work)
    try:
        if found is None:
            return creation.create(change, work, new_role)
        _update(change, found, work)
    except Elsewhere:
        return None
    except (IntercomMerged, IntercomNotFound) as gone:
        if found is None:
            raise
        identity.forget(found.target, gone, work)
        return None
    return found.target


def _finish(change: PersonChange, target: Target, work: Work) -> None:
    identity.remember(change, target, work)
    for identifier in change.match:
        if identifier.name in change.unlink:
            work.ledger.unlink(identifier, target)


def _update(change: PersonChange, found: Found, work: Work) -> None:
    target = found.target
    said = truth.settle(target, change.set, work)
    shadow = _read_if_needed(change, target, work)
    while True:
        complete = shadow.complete
        fields = {**said, **_fill(change, shadow)}
        differing = truth.differing(shadow, fields)
        if differing:
            _put(change, found, differing, work)
        shadow = work.ledger.shadow(target)
        if complete or not shadow.complete:
            return


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
    once = {name: value for name, value in change.set_once.items() if shadow.get(name) is None}
    fills = {
        one.name: one.value
        for one in change.match
        if one.name in _fillable(shadow, promoted) and shadow.get(one.name) is None
    }
    return {**once, **fills, **({"role": "user"} if promoted else {})}


def _fillable(shadow: Shadow, promoted: bool) -> set[str]:
    return {"email", "external_id"} if promoted or shadow.get("role") == "user" else {"email"}


def _put(change: PersonChange, found: Found, fields: Mapping[str, Json], work: Work) -> None:
    target = found.target

    def send(body: dict[str, Any]) -> dict[str, Any]:
        return calls.update_contact(work.intercom, target.id, body) if body else {}

    try:
        answer = write(send, fields, change, "contact", work)
    except IntercomConflict as conflict:
        rest = settle_conflict(change, found, fields, conflict, work)
        if rest:
            _put(change, found, rest, work)
        return
    if answer:
        truth.see_contact(target, answer, fields, work)
