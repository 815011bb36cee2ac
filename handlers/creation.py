"""A person nobody knows yet: created, awaited or left alone, as `missing` says."""

from __future__ import annotations

from typing import Any

from bridge.clock import SECOND, Micros
from bridge.errors import IntercomBusy, IntercomConflict, Parked, Skipped, Unknown
from bridge.intercom import calls
from bridge.model import Json, PersonChange, Target
from handlers import identity, truth
from handlers.conflict import take_over
from handlers.facts import fact, told
from handlers.work import Work
from handlers.writing import write

_STEP = "create lead"
_NEVER: Micros = 0
_WAIT_FOR_LINK = 72 * 3600


class Awaited(Unknown):
    """The event waits until `due_by` for somebody to be known by one of its identifiers."""

    def __init__(self, due_by: Micros) -> None:
        self.due_by = due_by
        super().__init__("waits for the person: nobody is known by these identifiers yet")


def create(change: PersonChange, work: Work, role: str) -> Target:
    """Create the contact, or raise what `missing` says instead.

    Raises Awaited, Skipped, Parked; Elsewhere where Intercom proves to have the contact already.
    """
    _check_missing(change, work)
    if role == "lead":
        _look_before_repeating(change, work)
    said = {name: value for name, value in change.set.items() if value is not None}
    fields = {**_identity(change, role), **change.set_once, **said}

    def send(body: dict[str, Any]) -> dict[str, Any]:
        return calls.create_contact(work.intercom, body)

    try:
        answer = write(send, fields, change, "contact", work)
    except IntercomConflict as conflict:
        take_over(change, conflict, work)
        raise
    except IntercomBusy as busy:
        if role == "lead" and not busy.lost:
            work.ledger.finish_step(_STEP, _NEVER)
        raise
    target = Target("contact", str(answer["id"]))
    identity.hold(target, work)
    _record(change, target, work)
    truth.see_contact(target, answer, fields, work)
    return target


def _record(change: PersonChange, target: Target, work: Work) -> None:
    source, moment = work.event.source, work.event.moment
    for field, value in change.set.items():
        runs = told((), fact(source, field, value, moment))
        work.ledger.replace_runs(target, source, field, runs)


def _identity(change: PersonChange, role: str) -> dict[str, Json]:
    allowed = {"email", "phone"} if role == "lead" else {"email", "phone", "external_id"}
    known = {one.name: one.value for one in change.match if one.name in allowed}
    return {"role": role, **known}


def _check_missing(change: PersonChange, work: Work) -> None:
    missing = change.policy.missing
    over = _is_over(work)
    action: str = missing.action
    if action == "create" and all(one.is_link for one in change.match):
        # A link alone creates nobody: whoever has it may still be on its way.
        action = "park" if over else "wait"
    elif action == "wait" and over:
        action = missing.then
    if action == "wait":
        wait = missing.wait or _WAIT_FOR_LINK
        raise Awaited(work.event.due_by or work.clock() + wait * SECOND)
    if action == "skip":
        raise Skipped("nobody is known by these identifiers, and `missing` says skip")
    if action == "park" or all(one.is_link for one in change.match):
        raise Parked(
            "unknown",
            "nobody became known by these identifiers in time. Find out who it is, then replay.",
        )


def _is_over(work: Work) -> bool:
    return work.event.due_by is not None and work.event.due_by <= work.clock()


def _look_before_repeating(change: PersonChange, work: Work) -> None:
    """Note that a lead is about to be made, since Intercom would make it again without a word.

    Where an earlier try got this far, its lead may be there: identity.find has just looked; until
    the search can be trusted to show it, the lane waits.
    """
    begun = work.ledger.finished(_STEP) or _NEVER
    left = begun / SECOND + work.search_lag - work.clock() / SECOND
    if left > 0:
        raise IntercomBusy(
            "an earlier try may have made this lead; it is looked for until Intercom's search "
            "would show it",
            retry_after=left,
        )
    work.ledger.finish_step(_STEP, work.clock())
    work.ledger.save()
