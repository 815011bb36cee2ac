"""Contacts and companies as Intercom lists them, taken for what it holds. Nobody's word is made.

What was unknown is written a page at a time; what is known otherwise is compared one by one, as
any answer is: a change since it was last seen is an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.clock import Micros
from bridge.model import Identifier, Shadow, Target, TargetKind
from bridge.store.pages import Listed
from handlers import answers, identifiers, truth
from handlers.work import Work

NAMES: Mapping[TargetKind, tuple[str, ...]] = {
    "contact": ("external_id", "email", "phone"),
    "company": ("company_id",),
}
"""What Intercom's own answers say that one is known by."""

_FIELDS: Mapping[TargetKind, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "contact": answers.contact_fields,
    "company": answers.company_fields,
}


def listed(kind: TargetKind, answer: Mapping[str, Any], at: Micros) -> Listed:
    """Give what an item of a list says: its shadow and its identifiers."""
    target = Target(kind, str(answer["id"]))
    fields = _FIELDS[kind](answer)
    seen = answers.observed(Shadow(target), fields, {}, int(answer.get("updated_at") or 0), at)
    known_by = (truth.identifier(name, fields.get(name)) for name in NAMES[kind])
    return Listed(seen, tuple(one for one in known_by if one is not None))


def compare(kind: TargetKind, answer: Mapping[str, Any], work: Work) -> None:
    """Take an item of a list for what Intercom holds, unless as much or more is known.

    Raises Busy where somebody is at work on it.
    """
    target = Target(kind, str(answer["id"]))
    identifiers.hold(target, work)
    known = work.ledger.shadow(target)
    if known.get(answers.GONE):
        return
    if known.complete and int(answer.get("updated_at") or 0) <= known.updated_at:
        return
    if kind == "contact":
        truth.see_contact(target, answer, {}, work)
        return
    own = Identifier("company_id", str(answer["company_id"]))
    for other in set(work.ledger.find(kind, own)) - {target.id}:
        identifiers.hold(Target(kind, other), work)
        work.ledger.forget(Target(kind, other), target.id)
    truth.see_company(target, answer, {}, work)
