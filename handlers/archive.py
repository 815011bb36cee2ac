"""Archived contacts: that somebody was put away is a fact with a time, like a value of a field.

What happened before it neither writes nor brings back; what happened after follows `archived`.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.errors import (
    Candidate,
    IntercomBusy,
    IntercomNotFound,
    IntercomRefused,
    Parked,
    Skipped,
)
from bridge.intercom import calls
from bridge.model import PersonChange, Seen, Target
from handlers import truth
from handlers.answers import ARCHIVED
from handlers.facts import winner
from handlers.work import Work


def archive(target: Target, work: Work) -> None:
    """Put a contact away, unless it is or a newer fact says that it came back."""
    if not truth.settle(target, truth.facts({ARCHIVED: True}, work), work)[ARCHIVED]:
        raise Skipped("something newer brought the contact back: it stays")
    if not work.ledger.shadow(target).get(ARCHIVED):
        calls.archive_contact(work.intercom, target.id)
        mark(target, True, work)
        work.ledger.save()


def mark(target: Target, archived: bool, work: Work) -> None:
    """Remember whether Intercom has the contact archived."""
    shadow = work.ledger.shadow(target)
    fields = {name: seen for name, seen in shadow.fields.items() if name != ARCHIVED}
    if archived:
        fields[ARCHIVED] = Seen(True, work.clock(), True)
    work.ledger.see(replace(shadow, fields=fields))


def admit(change: PersonChange, target: Target, work: Work) -> None:
    """Return where the contact can be written; bring it back where it must and may be.

    Raises Skipped for what happened before it was archived, and what `restore` raises.
    """
    if work.ledger.shadow(target).get(ARCHIVED):
        _need_newer(target, work)
        if not _came_back(change, target, work):
            restore(change, target.id, work)
            mark(target, False, work)
            work.ledger.save()


def note_presence(change: PersonChange, target: Target, work: Work) -> None:
    """Record that the contact is wanted: an archiving from before, that comes late, is no news."""
    if change.policy.archived == "unarchive":
        truth.record(target, truth.alike(change, ARCHIVED, False, work), work)


def _need_newer(target: Target, work: Work) -> None:
    said = winner(run for run in work.ledger.runs(target) if run.field == ARCHIVED)
    if said is not None and said.value and work.event.moment < said.first:
        raise Skipped(f"contact {target.id} was archived after this happened")


def _came_back(change: PersonChange, target: Target, work: Work) -> bool:
    """Look whether somebody brought it back at Intercom, where nothing else would tell.

    An event that was parked for it is tried again once that was done.
    """
    if change.policy.archived == "unarchive" or not work.ledger.was_tried():
        return False
    try:
        answer = calls.get_contact(work.intercom, target.id)
    except IntercomNotFound:
        return False
    truth.see_contact(target, answer, {}, work)
    mark(target, False, work)
    return True


def restore(change: PersonChange, contact_id: str, work: Work) -> None:
    """Bring an archived contact back as far as the policy says so; else raise Skipped or Parked."""
    if change.policy.archived == "skip":
        raise Skipped(f"contact {contact_id} is archived in Intercom, and `archived` says skip")
    candidate = Candidate(contact_id, "contact", "archived in Intercom")
    if change.policy.archived == "park":
        raise Parked(
            "archived",
            f"contact {contact_id} is archived in Intercom. Unarchive it there, then replay; or "
            "set `archived: unarchive`.",
            [candidate],
        )
    try:
        calls.unarchive_contact(work.intercom, contact_id)
    except (IntercomRefused, IntercomBusy) as error:
        raise Parked(
            "archived",
            f"contact {contact_id} is archived and Intercom would not restore it: {error}",
            [candidate],
        ) from error
