"""`delete`: a contact put away, or removed for good with everything that is known of the person."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.clock import SECOND
from bridge.errors import IntercomMerged, IntercomNotFound, Parked, Skipped
from bridge.intercom import calls
from bridge.model import Identifier, PersonChange, Target
from handlers import archive, identifiers, identity, lookup, truth
from handlers.errors import Awaited
from handlers.work import Work

_NOBODY = "nobody to delete: nobody is known by these identifiers"


def delete(change: PersonChange, work: Work) -> None:
    """Remove the contact that a Change means, as its `delete` says.

    Raises Skipped, Parked or Awaited where there is nobody to remove, and what finding them raises.
    """
    identity.need_some(change)
    found = identity.find(change, work)
    if change.delete == "permanently":
        erase([] if found is None else [found.target], change.match, work)
    if found is None:
        _tell_nobody(change, work)
    elif change.delete == "archive":
        _archive(change, found.target, work)


def _tell_nobody(change: PersonChange, work: Work) -> None:
    missing = change.policy.missing
    if change.delete == "archive" and missing.action == "wait":
        due_by = work.event.due_by or work.clock() + missing.wait * SECOND
        if due_by > work.clock():
            raise Awaited(due_by)
        if missing.then == "park":
            raise Parked("unknown", "nobody to archive. Find out who it is, then replay.")
    raise Skipped(_NOBODY)


def _archive(change: PersonChange, target: Target, work: Work) -> None:
    try:
        archive.archive(target, work)
    except (IntercomMerged, IntercomNotFound) as gone:
        identifiers.forget(target, gone, work)
        left = identifiers.without(change, target, gone)
        if not left.match:
            raise Skipped(_NOBODY) from gone
        delete(left, work)
        return
    identifiers.remember(change.match, target, work)


# --- for good -------------------------------------------------------------------------------------


def erase(targets: Iterable[Target], named: Iterable[Identifier], work: Work) -> list[Target]:
    """Delete contacts for good, and gather that they are forgotten and leave a tombstone.

    `named` are identifiers of theirs that the store may not know. Gives the contacts that are gone
    now, those that were merged with them included. One that was gone before is no error.
    """
    left, gone, known = list(targets), [], set(named)
    work.ledger.hold(sorted(map(str, known)))
    while left:
        target = left.pop()
        identifiers.hold(target, work)
        of_target = {Identifier("intercom_id", target.id), *work.ledger.identifiers(target)}
        work.ledger.hold(sorted(map(str, of_target)))
        heir = _remove(target, work)
        known |= of_target
        gone.append(target)
        if heir is not None and heir not in gone:
            left.append(heir)
    work.ledger.erase(gone, known)
    return gone


def _remove(target: Target, work: Work) -> Target | None:
    """Delete a contact; give the one that it was merged into, where it is that which lives on."""
    try:
        calls.delete_contact(work.intercom, target.id)
    except IntercomMerged as merged:
        into = merged.into
        answer = None if into is None else lookup.read(into, work)
    except IntercomNotFound:
        answer = lookup.read(target.id, work)
    else:
        return None
    if answer is None:
        return None
    heir = Target("contact", str(answer["id"]))
    identifiers.hold(heir, work)
    truth.see_contact(heir, answer, {}, work)
    return heir
