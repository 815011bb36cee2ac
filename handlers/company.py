"""The handler of `company`: one upsert by company_id where something differs."""

from __future__ import annotations

from functools import partial
from typing import Any

from bridge.errors import IntercomNotFound, Parked
from bridge.intercom import calls
from bridge.model import CompanyChange, Identifier, Json, Shadow, Target
from handlers import edges, identifiers, lost, truth
from handlers.work import Work
from handlers.writing import write


def company(change: CompanyChange, work: Work) -> Target | None:
    """Make a company Change true and give the company; None where it need not be there."""
    key = next((one for one in change.match if one.name == "company_id"), None)
    if key is None:
        raise Parked("unidentified", "`match.company_id` has no usable value in this payload")
    target = _find(key, change, work)
    if target is None and _only_detaches(change):
        return None
    target = _write(key, change, target, work)
    identifiers.remember(change.match, target, work)
    _tag(change, target, work)
    return target


def _only_detaches(change: CompanyChange) -> bool:
    return change.detach == "this" and not (change.set or change.set_once or change.add_tags)


def _find(key: Identifier, change: CompanyChange, work: Work) -> Target | None:
    """Give the company as known; asked for only where an upsert would do harm."""
    known = next((Target("company", one) for one in work.ledger.find("company", key)), None)
    if known is not None:
        identifiers.hold(known, work)
        if work.ledger.shadow(known).complete or not change.set_once:
            return known
    elif not change.set_once and not _only_detaches(change):
        return None
    answer = calls.find_company(work.intercom, key.value)
    return None if answer is None else _seen(known, answer, {}, work)


def _write(key: Identifier, change: CompanyChange, target: Target | None, work: Work) -> Target:
    """Upsert what differs; again where only the answer showed what Intercom holds."""
    said, shadow = _said(change, target, work)
    if target is not None and not said:
        return target
    made = _upsert(key, change, target, said, shadow, work)
    return made if made == target else _write(key, change, made, work)


def _said(
    change: CompanyChange, target: Target | None, work: Work
) -> tuple[dict[str, Json], Shadow | None]:
    """Give what is to be written, and what the company holds as far as that can be trusted."""
    if target is None:
        said = {name: value for name, value in change.set.items() if value is not None}
        return {**change.set_once, **said}, None
    shadow = work.ledger.shadow(target)
    once = {name: value for name, value in change.set_once.items() if truth.is_empty(shadow, name)}
    facts = truth.said(change, work)
    newest = truth.settle(target, facts, work)
    shadow = lost.trusted(shadow, facts, newest, work)
    return truth.differing(shadow, {**once, **newest}), shadow


def _upsert(
    key: Identifier,
    change: CompanyChange,
    target: Target | None,
    fields: dict[str, Json],
    shadow: Shadow | None,
    work: Work,
) -> Target:
    def send(body: dict[str, Any]) -> dict[str, Any]:
        return calls.upsert_company(work.intercom, {"company_id": key.value, **body})

    answer, sent = write(send, fields, change, shadow, work)
    if target is not None and not answer:
        return target
    made = _seen(target, answer, sent, work)
    work.ledger.save()
    return made


def _seen(
    before: Target | None, answer: dict[str, Any], sent: dict[str, Json], work: Work
) -> Target:
    """Take an answered company into the store; another one than before was made in its place."""
    target = Target("company", str(answer["id"]))
    identifiers.hold(target, work)
    if before is not None and before != target:
        work.ledger.forget(before, target.id)
        # What was said of its people under the old id is found by it, see membership.py.
        work.ledger.link(Identifier("intercom_id", before.id), target)
    truth.see_company(target, answer, sent, work)
    return target


def _tag(change: CompanyChange, target: Target, work: Work) -> None:
    tag = partial(calls.tag_company, work.intercom)
    untag = partial(calls.untag_company, work.intercom)
    try:
        edges.settle_tags(target, change, tag, untag, work)
    except IntercomNotFound as error:
        raise identifiers.gone(target, error, work) from error
