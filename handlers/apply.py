"""Make everything that a mapping asked for true, in the one order that cannot fail half-way.

Companies first, then people, attachments, tags, data events: each step needs only what stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from bridge.errors import IntercomBusy, IntercomMerged, IntercomNotFound
from bridge.intercom import calls
from bridge.model import CompanyChange, Identifier, Mapped, PersonChange, Target, TrackChange
from handlers import edges, identity
from handlers.company import attach, company
from handlers.registry import PERSON
from handlers.track import track
from handlers.work import Work


def apply(mapped: Mapped, work: Work) -> None:
    """Take holds on all that may be touched, then make every Change true."""
    work.ledger.hold(sorted({str(identifier) for identifier in _identifiers(mapped)}))
    companies = [(change, company(change, work)) for change in mapped.companies]
    for change in mapped.people:
        _person(change, companies, mapped.tracks, work)


def _person(
    change: PersonChange,
    companies: list[tuple[CompanyChange, Target]],
    tracks: Sequence[TrackChange],
    work: Work,
) -> None:
    target = PERSON[change.kind](change, work)
    try:
        for company_change, company_target in companies:
            _attach(company_change, target, company_target, work)
        edges.settle_tags(
            target,
            change.add_tags,
            change.remove_tags,
            partial(calls.tag_contact, work.intercom),
            partial(calls.untag_contact, work.intercom),
            work,
        )
        for number, told in enumerate(tracks):
            track(told, target, f"track {number} {target.id}", work)
    except (IntercomNotFound, IntercomMerged) as gone:
        identity.forget(target, gone, work)
        raise _again(target) from gone


def _attach(change: CompanyChange, person: Target, company: Target, work: Work) -> None:
    try:
        attach(change, person, company, work)
    except IntercomNotFound as gone:
        if gone.code != "company_not_found":
            raise
        identity.forget(company, gone, work)
        raise _again(company) from gone


def _again(target: Target) -> IntercomBusy:
    return IntercomBusy(
        f"Intercom no longer holds {target.kind} {target.id}: it is looked for anew", retry_after=1
    )


def _identifiers(mapped: Mapped) -> Iterator[Identifier]:
    for company_change in mapped.companies:
        yield from company_change.match
    for change in mapped.people:
        yield from change.match
