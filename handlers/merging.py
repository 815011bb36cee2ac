"""A lead and a user who prove to be one person: the lead is merged into the user.

Two users never are: nobody can take that back, and who is right is for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridge.errors import IntercomMerged, IntercomNotFound, IntercomRefused
from bridge.intercom import calls
from bridge.model import PersonChange, Target
from handlers import identifiers, truth
from handlers.answers import ARCHIVED
from handlers.candidates import Found, is_someone_else
from handlers.errors import Elsewhere
from handlers.work import Work


def absorb(change: PersonChange, found: Found, work: Work) -> None:
    """Merge the leads that the identifiers of a user Change lead to into the user that others name.

    Raises Elsewhere where any was: the person is looked for anew.
    """
    if change.kind != "user":
        return
    people = dict.fromkeys([found.target, *_others(change, work)])
    users = [one for one in people if work.ledger.shadow(one).get("role") == "user"]
    leads = [one for one in people if work.ledger.shadow(one).get("role") == "lead"]
    if found.target in leads and len(users) > 1:
        return
    merged = [merge(lead, users[0], work) for lead in leads] if users else []
    if any(merged):
        raise Elsewhere


def _others(change: PersonChange, work: Work) -> Iterator[Target]:
    """Give whom the identifiers lead to; a telephone number proves nobody to be the same."""
    for identifier in change.match:
        if identifier.name in {"phone", "intercom_id"}:
            continue
        for one in work.ledger.find("contact", identifier):
            target = Target("contact", one)
            identifiers.hold(target, work)
            shadow = work.ledger.shadow(target)
            if not is_someone_else(change, identifier, shadow.get) and not shadow.get(ARCHIVED):
                yield target


def merge(lead: Target, user: Target, work: Work) -> bool:
    """Merge a lead into a user, and let all that is known of it be known of the user.

    A lead that is gone already was merged by an earlier try, whose answer was lost. Says whether
    they are one now; where Intercom refuses, that they seem to be is noted. A lead whom only an
    open form knows proves nothing.
    """
    if lead == user or not work.ledger.is_proven(lead):
        return False
    try:
        answer = calls.merge_contacts(
            work.intercom, lead.id, user.id, skip_duplicate_validation=True
        )
    except (IntercomNotFound, IntercomMerged):
        answer = _read(user, work)
    except IntercomRefused as refused:
        work.warn(f"contact {lead.id} was not merged into {user.id}: {refused}")
        work.ledger.duplicate(user, lead, "role")
        return False
    work.ledger.forget(lead, user.id)
    if answer:  # none in a dry run
        truth.see_contact(user, answer, {}, work)
    work.ledger.save()
    return True


def _read(user: Target, work: Work) -> dict[str, Any]:
    """Read the user; where it is the user who is gone, forget it and look for the person anew."""
    try:
        return calls.get_contact(work.intercom, user.id)
    except (IntercomNotFound, IntercomMerged) as gone:
        identifiers.forget(user, gone, work)
        raise Elsewhere from gone
