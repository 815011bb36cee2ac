"""A person nobody knows yet: created, awaited or left alone, as `missing` says."""

from __future__ import annotations

from typing import Any

from bridge.clock import SECOND, Micros
from bridge.errors import IntercomBusy, IntercomConflict, IntercomError, Parked, Skipped
from bridge.intercom import calls
from bridge.model import Json, PersonChange, Target
from handlers import identifiers, once, truth
from handlers.candidates import SHARED
from handlers.conflict import take_over
from handlers.errors import Awaited
from handlers.work import Work
from handlers.writing import write

_WAIT_FOR_LINK = 72 * 3600
_IDENTITY = {
    "user": ("external_id", "email"),
    "lead": ("external_id", "email", "phone"),
}
"""What one must be known by to be created, by role."""


def create(change: PersonChange, work: Work, role: str) -> Target:
    """Create the contact, or raise what `missing` says instead.

    Raises Awaited, Skipped, Parked; Elsewhere where Intercom proves to have the contact already.
    """
    _check_missing(change, work, role)
    said = {name: value for name, value in change.set.items() if value is not None}
    fields = {**_identity(change, role), **change.set_once, **said}

    def send(body: dict[str, Any]) -> dict[str, Any]:
        if role == "lead":
            return _create_lead(change, body, work)
        return calls.create_contact(work.intercom, body)

    try:
        answer, sent = write(send, fields, change, None, work)
    except IntercomConflict as conflict:
        raise take_over(change, fields, conflict, work) from conflict
    target = Target("contact", str(answer["id"]))
    identifiers.hold(target, work)
    truth.record(target, truth.said(change, work), work)
    truth.see_contact(target, answer, sent, work)
    return target


def _identity(change: PersonChange, role: str) -> dict[str, Json]:
    # Intercom gives leads an external_id of its own making.
    allowed = {"email", "phone"} if role == "lead" else {"email", "phone", "external_id"}
    known = {one.name: one.value for one in change.match if one.name in allowed}
    return {"role": role, **known}


# --- nobody is known ------------------------------------------------------------------------------


def _check_missing(change: PersonChange, work: Work, role: str) -> None:
    missing = change.policy.missing
    over = work.event.due_by is not None and work.event.due_by <= work.clock()
    can_be_made = any(one.name in _IDENTITY[role] for one in change.match)
    action: str = missing.action
    if action == "wait" and over:
        action = missing.then
    if action == "create" and not can_be_made:
        # A link alone creates nobody: whoever has it may still be on its way.
        action = "park" if over or not any(one.is_link for one in change.match) else "wait"
    if action == "wait":
        wait = missing.wait or _WAIT_FOR_LINK
        raise Awaited(work.event.due_by or work.clock() + wait * SECOND)
    if action == "skip":
        raise Skipped("nobody is known by these identifiers, and `missing` says skip")
    if action == "park":
        raise Parked(
            "unknown",
            "nobody is known by these identifiers, and they are not enough to create somebody. "
            "Find out who it is, then replay.",
        )


# --- leads: made once -----------------------------------------------------------------------------


def _create_lead(change: PersonChange, body: dict[str, Any], work: Work) -> dict[str, Any]:
    """Create a lead; note before that it is begun, since Intercom would make it again silently."""
    _look_before_repeating(change, once.begun(change, work), work)
    once.begin(change, work)
    try:
        return calls.create_contact(work.intercom, body)
    except IntercomError as error:
        if not (isinstance(error, IntercomBusy) and error.lost):
            once.take_back(change, work)
        raise


def _look_before_repeating(change: PersonChange, begun: Micros, work: Work) -> None:
    """Wait where an earlier try began to make the lead, whose answer was lost.

    identity.find has just looked for it in vain; only when the search can be trusted to show it
    is it made again. What cannot be searched for is for a person to find.
    """
    if begun == once.NOT_BEGUN:
        return
    if not any(one.name in SHARED for one in change.match):
        raise Parked(
            "unsure",
            "Intercom may have made this lead, but did not answer, and it has neither email nor "
            "phone to look for it by. Look in Intercom; replay it to make it (again).",
        )
    left = begun / SECOND + work.search_lag - work.clock() / SECOND
    if left > 0:
        raise IntercomBusy(
            "an earlier try may have made this lead; it is looked for until Intercom's search "
            "would show it",
            retry_after=left,
        )
