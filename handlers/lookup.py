"""Whom Intercom finds, for a workspace that was never read as a whole.

The careful order: a direct read by external_id, one search by email, and only then a new contact.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from bridge.errors import IntercomMerged, IntercomNotFound
from bridge.intercom import calls
from bridge.model import Identifier, PersonChange, Target
from handlers import truth
from handlers.candidates import SHARED, Found, ambiguous, is_someone_else
from handlers.identifiers import hold
from handlers.work import Work

_HOPS = 3
"""Merges of merges that are followed."""


def looked_up(change: PersonChange, work: Work) -> Found | None:
    """Give the contact that Intercom finds by the identifiers of a Change, None where none."""
    for identifier in change.match:
        answer = _asked(identifier, change, work)
        if answer is not None:
            return Found(_adopted(answer, work), identifier)
    return None


def _asked(identifier: Identifier, change: PersonChange, work: Work) -> dict[str, Any] | None:
    if identifier.name == "external_id":
        return _by_external_id(identifier.value, work)
    # One search is all: by phone only where there is no address to search by.
    first = next((one for one in change.match if one.name in SHARED), None)
    return _searched(identifier, change, work) if identifier == first else None


def _by_external_id(external_id: str, work: Work) -> dict[str, Any] | None:
    try:
        return calls.find_by_external_id(work.intercom, external_id)
    except IntercomMerged as merged:
        return None if merged.into is None else read(merged.into, work)


def read(contact_id: str, work: Work) -> dict[str, Any] | None:
    """Read a contact by id, through merges; None where it is gone."""
    wanted: str | None = contact_id
    for _ in range(_HOPS):
        if wanted is None:
            break
        try:
            return calls.get_contact(work.intercom, wanted)
        except IntercomMerged as merged:
            wanted = merged.into
        except IntercomNotFound:
            break
    return None


def _searched(identifier: Identifier, change: PersonChange, work: Work) -> dict[str, Any] | None:
    """Search once; a lead somebody else made is never taken for a user."""
    role: Literal["user"] | None = "user" if change.kind == "user" else None
    found = [
        answer
        for answer in _search(identifier, role, work)
        if not is_someone_else(change, identifier, answer.get)
    ]
    best = [answer for answer in found if answer.get("role") == "user"] or found
    if len(best) > 1 and change.policy.ambiguous == "park":
        raise ambiguous(identifier, [(str(answer["id"]), answer.get) for answer in best])
    return max(best, key=lambda answer: answer.get("updated_at") or 0, default=None)


def _search(
    identifier: Identifier, role: Literal["user"] | None, work: Work
) -> Iterable[dict[str, Any]]:
    if identifier.name == "email":
        return calls.search_by_email(work.intercom, identifier.value, role)
    query = {"field": identifier.name, "operator": "=", "value": identifier.value}
    found = calls.search_contacts(work.intercom, query).get("data") or []
    return [answer for answer in found if role in {None, answer.get("role")}]


def _adopted(answer: dict[str, Any], work: Work) -> Target:
    """Take a contact that was found into the store: held, shadowed and linked.

    The answer is older than the hold: what is known of the contact already wins over it.
    """
    target = Target("contact", str(answer["id"]))
    hold(target, work)
    known = work.ledger.shadow(target)
    if not known.complete or int(answer.get("updated_at") or 0) > known.updated_at:
        truth.see_contact(target, answer, {}, work)
    return target
