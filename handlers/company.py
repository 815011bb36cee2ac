"""The handler of `company`: one upsert by company_id where something differs, then the attach."""

from __future__ import annotations

from functools import partial
from typing import Any

from bridge.errors import IntercomNotFound, Parked
from bridge.intercom import calls
from bridge.model import CompanyChange, Identifier, Json, Shadow, Target
from handlers import edges, identity, truth
from handlers.work import Work
from handlers.writing import write


def company(change: CompanyChange, work: Work) -> Target:
    """Make a company Change true and give the company."""
    key = next((one for one in change.match if one.name == "company_id"), None)
    if key is None:
        raise Parked("unidentified", "`match.company_id` has no usable value in this payload")
    target = _known(key, work)
    if target is None and change.set_once:
        target = _read(key, work)
    shadow = work.ledger.shadow(target) if target else None
    fields = _wanted(change, target, shadow, work)
    if target is None or fields:
        before, target = target, _upsert(key, change, fields, work)
        if before is not None and before != target:
            work.ledger.forget(before, target.id)
    for identifier in change.match:
        if target.id not in work.ledger.find("company", identifier):
            work.ledger.link(identifier, target)
    edges.settle_tags(
        target,
        change.add_tags,
        change.remove_tags,
        partial(calls.tag_company, work.intercom),
        partial(calls.untag_company, work.intercom),
        work,
    )
    return target


def _known(key: Identifier, work: Work) -> Target | None:
    for company_id in work.ledger.find("company", key):
        target = Target("company", company_id)
        identity.hold(target, work)
        return target
    return None


def _read(key: Identifier, work: Work) -> Target | None:
    try:
        answer = calls.find_company(work.intercom, key.value)
    except IntercomNotFound:
        return None
    return None if answer is None else _seen(answer, {}, work)


def _wanted(
    change: CompanyChange, target: Target | None, shadow: Shadow | None, work: Work
) -> dict[str, Json]:
    if target is None or shadow is None:
        said = {name: value for name, value in change.set.items() if value is not None}
        return {**change.set_once, **said}
    once = {name: value for name, value in change.set_once.items() if shadow.get(name) is None}
    return truth.differing(shadow, {**once, **truth.settle(target, change.set, work)})


def _upsert(key: Identifier, change: CompanyChange, fields: dict[str, Json], work: Work) -> Target:
    def send(body: dict[str, Any]) -> dict[str, Any]:
        return calls.upsert_company(work.intercom, {"company_id": key.value, **body})

    answer = write(send, fields, change, "company", work)
    target = _seen(answer, fields, work)
    truth.settle(target, change.set, work)
    work.ledger.save()
    return target


def _seen(answer: dict[str, Any], sent: dict[str, Json], work: Work) -> Target:
    target = Target("company", str(answer["id"]))
    identity.hold(target, work)
    truth.see_company(target, answer, sent, work)
    return target


def attach(change: CompanyChange, person: Target, company: Target, work: Work) -> None:
    """Make the person's edge to the company as the Change says: attached, or detached."""
    wanted = change.detach != "this"
    if not change.attach and wanted:
        return

    def apply(there: bool) -> None:
        call = calls.attach_company if there else calls.detach_company
        call(work.intercom, person.id, company.id)

    edges.settle_edge(person, f"company:{company.id}", wanted, apply, work)
    if change.detach == "others":
        _detach_others(person, company, work)


def _detach_others(person: Target, company: Target, work: Work) -> None:
    """Remove the edges that this source made to other companies; nobody else's."""
    fields = {
        run.field
        for run in work.ledger.runs(person)
        if run.source == work.event.source and run.field.startswith("company:") and run.value
    }
    for field in sorted(fields - {f"company:{company.id}"}):
        other = field.removeprefix("company:")

        def apply(there: bool, other: str = other) -> None:
            call = calls.attach_company if there else calls.detach_company
            call(work.intercom, person.id, other)

        edges.settle_edge(person, field, False, apply, work)
