"""Make everything that a mapping asked for true, in the one order that cannot fail half-way.

Companies first, then people, attachments, tags, data events, notes, subscriptions: each step
needs only what stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from bridge.errors import Erased, IntercomMerged, IntercomNotFound, Parked
from bridge.intercom import calls
from bridge.model import (
    CompanyChange,
    Identifier,
    Mapped,
    PersonChange,
    Target,
    TargetKind,
    TrackChange,
)
from handlers import deletion, edges, identifiers
from handlers.company import company
from handlers.membership import belong, key
from handlers.note import note
from handlers.observed import observe
from handlers.registry import PERSON
from handlers.subscriptions import settle_subscriptions
from handlers.track import track
from handlers.troubles import Troubles
from handlers.work import Work

Companies = Sequence[tuple[CompanyChange, Target | None]]


def apply(mapped: Mapped, work: Work) -> None:
    """Take holds on all that may be touched, then make every Change true.

    Raises Skipped where nothing was to be done, and what the handlers raise.
    """
    if mapped.observed is not None:
        observe(mapped.observed, work)
        return
    work.ledger.open([*_matches("company", mapped.companies), *_matches("contact", mapped.people)])
    several = len(mapped.companies) + len(mapped.people)
    troubles = Troubles(several)
    companies = list(_companies(mapped.companies, troubles, work))
    for change in mapped.people:
        with troubles.apart(change, alone=several == 1):
            _person(change, companies, mapped.tracks, work)
        if len(mapped.people) > 1:
            work.ledger.save()
    troubles.tell(work.warn)


def _companies(
    changes: Sequence[CompanyChange], troubles: Troubles, work: Work
) -> Iterator[tuple[CompanyChange, Target | None]]:
    for change in changes:
        with troubles.apart(change, alone=len(changes) == 1):
            yield change, company(change, work)


def _person(
    change: PersonChange, companies: Companies, tracks: Sequence[TrackChange], work: Work
) -> None:
    if change.delete:
        deletion.delete(change, work)
        return
    _need_unerased(change, work)
    target = PERSON[change.kind](change, work)
    try:
        stays_in = [key(one) for one, _ in companies if one.detach == "others"]
        for company_change, company_target in companies:
            _belong(company_change, target, company_target, stays_in, work)
        tag = partial(calls.tag_contact, work.intercom)
        untag = partial(calls.untag_contact, work.intercom)
        edges.settle_tags(target, change, tag, untag, work)
        for told in tracks:
            track(told, target, work)
        if change.note:
            note(change.note, target, work)
        # Last: what Intercom does not offer is for a person to mend, and all else stands by then.
        settle_subscriptions(change, target, work)
    except (IntercomNotFound, IntercomMerged) as error:
        raise identifiers.gone(target, error, work) from error


def _need_unerased(change: PersonChange, work: Work) -> None:
    """Raise Erased or Parked where a person of these identifiers was erased."""
    erased_at = work.ledger.erased_at(change.match)
    if erased_at is None:
        return
    if work.event.time <= erased_at:
        raise Erased("erased: this person was erased after this happened")
    raise Parked(
        "erased",
        "this person was erased before this happened. If they came back by their own will, lift "
        "that with `bridge purge --lift` and one of their identifiers, then replay; else discard.",
    )


def _belong(
    change: CompanyChange,
    person: Target,
    company: Target | None,
    stays_in: Sequence[str],
    work: Work,
) -> None:
    try:
        belong(change, person, company, stays_in, work)
    except IntercomNotFound as error:
        if company is None or error.code != "company_not_found":
            raise
        raise identifiers.gone(company, error, work) from error


def _matches(
    kind: TargetKind, changes: Iterable[CompanyChange | PersonChange]
) -> Iterator[tuple[TargetKind, Sequence[Identifier]]]:
    return ((kind, change.match) for change in changes)
