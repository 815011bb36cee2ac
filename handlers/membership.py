"""Who belongs to which company: edges of a person with times, kept under Intercom's company id.

What is said of a company before Intercom has it, or under an id that it has no more, is kept under
the id known then, and taken over as soon as the company is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.errors import IntercomNotFound
from bridge.intercom import calls
from bridge.model import CompanyChange, Identifier, Target
from bridge.store.runs import merged
from handlers import answers, edges, truth
from handlers.answers import MEMO
from handlers.facts import fact
from handlers.work import Work

EDGE = "company:"
ONLY = f"{MEMO}only_company"
"""The fact of `detach: others`: the company_id (or a list) of what alone is to be the person's."""


def belong(
    change: CompanyChange,
    person: Target,
    company: Target | None,
    stays_in: Sequence[str],
    work: Work,
) -> None:
    """Make the person's edges as the Change says: attached, detached, among the only ones.

    `company` is None where Intercom has no such company: then there is nothing but to remember it.
    `stays_in` are the company_ids that `detach: others` leaves, the Change's own among them.
    """
    own = key(change)
    if company is None:
        truth.record(person, truth.alike(change, EDGE + own, False, work), work)
        shadow = work.ledger.shadow(person)
        work.ledger.see(answers.marked(shadow, EDGE + own, False, work.clock()))
        return
    _take_over(person, company, work)
    if change.attach or change.detach == "this":
        wanted = change.detach != "this"
        if wanted:
            _leave_as_said(person, company, own, work)
        _settle(change, person, company, wanted, work)
    if change.detach == "others":
        _leave_others(change, person, stays_in, work)


def _leave_others(
    change: CompanyChange, person: Target, stays_in: Sequence[str], work: Work
) -> None:
    only = stays_in[0] if len(stays_in) == 1 else sorted(stays_in)
    truth.record(person, truth.alike(change, ONLY, only, work), work)
    named = (Identifier("company_id", one) for one in stays_in)
    kept = {Target("company", id_) for one in named for id_ in work.ledger.find("company", one)}
    for other in sorted(_attached_by(work.event.source, person, work) - kept):
        _settle(change, person, other, False, work)


def key(change: CompanyChange) -> str:
    """Give the company_id by which a company is found."""
    return next(one.value for one in change.match if one.name == "company_id")


def _attached_by(source: str, person: Target, work: Work) -> set[Target]:
    """Give the companies that a source attached the person to; nobody else's are its business."""
    return {
        Target("company", run.field.removeprefix(EDGE))
        for run in work.ledger.runs(person)
        if run.source == source and run.value is True and run.field.startswith(EDGE)
    }


def _take_over(person: Target, company: Target, work: Work) -> None:
    """Let what was said of the company under another id be said of it."""
    fields = {run.field for run in work.ledger.runs(person) if run.field.startswith(EDGE)}
    if not fields - {EDGE + company.id}:
        return
    for known in work.ledger.identifiers(company):
        if known.name in {"intercom_id", "company_id"}:
            _move(person, EDGE + known.value, EDGE + company.id, work)


def _move(person: Target, old: str, new: str, work: Work) -> None:
    runs = work.ledger.runs(person)
    for source in {run.source for run in runs if run.field == old}:
        own = [run for run in runs if run.source == source and run.field in {old, new}]
        moved = merged(replace(run, field=new) for run in own)
        work.ledger.replace_runs(person, source, new, moved)
        work.ledger.replace_runs(person, source, old, ())
    shadow = work.ledger.shadow(person)
    if shadow.get(old) is False and new not in shadow.fields:
        work.ledger.see(answers.marked(shadow, new, False, work.clock()))


def _leave_as_said(person: Target, company: Target, own: str, work: Work) -> None:
    """Let `detach: others` hold for a company too that the source is heard of only now."""
    source, field = work.event.source, EDGE + company.id
    for run in work.ledger.runs(person):
        only = run.value if isinstance(run.value, list) else [run.value]
        if (run.source, run.field) == (source, ONLY) and own not in only:
            moments = (run.first, run.last)
            left = [fact(source, field, False, moment, run.route) for moment in moments]
            truth.record(person, left, work)


def _settle(
    change: CompanyChange, person: Target, company: Target, wanted: bool, work: Work
) -> None:
    def apply(there: bool) -> None:
        if there:
            calls.attach_company(work.intercom, person.id, company.id)
        else:
            _detach(person, company, work)

    facts = truth.alike(change, EDGE + company.id, wanted, work)
    edges.settle_edge(person, facts, apply, work)


def _detach(person: Target, company: Target, work: Work) -> None:
    try:
        calls.detach_company(work.intercom, person.id, company.id)
    except IntercomNotFound as error:
        # Not attached, or no such company: what was wanted. Any other 404 is the person's.
        if error.code != "company_not_found":
            raise
