"""What Intercom itself tells, taken into links, shadows and facts. No call is ever made for it.

Notifications come late, doubled and in any order, and most are echoes of what we wrote. What is
not newer than what was last seen is therefore no news: Intercom counts in seconds, so what it shows
of the very second of our last write may be the state before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from bridge.clock import SECOND
from bridge.errors import Erased, Skipped
from bridge.mapping.identify import Unusable, usable
from bridge.model import Identifier, Json, Now, Observation, Shadow, Target, TargetKind
from handlers import answers, archive, identifiers, truth
from handlers.answers import ARCHIVED, GONE
from handlers.facts import same
from handlers.work import Work


def observe(told: Observation, work: Work) -> None:
    """Take a notification in; raise Skipped where it tells nothing new."""
    if told.workspace != work.ledger.workspace:
        raise Skipped(
            f"it is about workspace {told.workspace}, and this bridge writes to "
            f"{work.ledger.workspace}"
        )
    work.ledger.hold(sorted(set(_keys(told))))
    _need_unerased(told, work)
    if not _LEARN[told.now](told, work):
        raise Skipped("nothing new: what Intercom tells is known already")


def _need_unerased(told: Observation, work: Work) -> None:
    """Raise Erased where nothing may be learnt: also not of somebody who came back since."""
    known_by = [*_identifiers(told.contact)] if told.contact else []
    if told.contact:
        known_by.append(Identifier("intercom_id", told.contact["id"]))
    if known_by and work.ledger.erased_at(known_by) is not None:
        raise Erased("erased: this person was erased, and nothing is learnt of them")


def _keys(told: Observation) -> Iterator[str]:
    for kind, item in (("contact", told.contact), ("company", told.company)):
        if item:
            yield f"{kind}:{item['id']}"
            yield from map(str, _identifiers(item))
    if told.contact:
        yield str(Identifier("intercom_id", told.contact["id"]))  # as tombstones know it
    if told.merged_from:
        yield f"contact:{told.merged_from}"


def _identifiers(item: Mapping[str, Json]) -> Iterator[Identifier]:
    for name in ("external_id", "email", "phone", "company_id"):
        with suppress(Unusable):
            if (text := usable(name, item.get(name))) is not None:
                yield Identifier(name, text)


# --- contacts and companies as shown --------------------------------------------------------------


def _shown(told: Observation, work: Work) -> bool:
    news = [_contact(told, work)] if told.contact else []
    return any(news + ([_company(told.company, work)] if told.company else []))


def _contact(told: Observation, work: Work) -> bool:
    """Take a contact in as shown; say whether that was news."""
    target = _target("contact", told.contact)
    before = work.ledger.shadow(target)
    answer = answers.as_answer(told.contact, before)
    if _is_stale(before, answer["updated_at"]):
        return False
    truth.see_contact(target, answer, {}, work)
    return _is_news(before, work.ledger.shadow(target))


def _company(item: Mapping[str, Json], work: Work) -> bool:
    target = _target("company", item)
    before = work.ledger.shadow(target)
    answer = answers.as_answer(item, before)
    if _is_stale(before, answer["updated_at"]) or not item.get("company_id"):
        return False
    for old in _others(item, target, work):
        identifiers.hold(old, work)
        work.ledger.forget(old, target.id)
        work.ledger.link(Identifier("intercom_id", old.id), target)
    truth.see_company(target, answer, {}, work)
    return _is_news(before, work.ledger.shadow(target))


def _others(item: Mapping[str, Json], target: Target, work: Work) -> list[Target]:
    """Give the companies that had this company_id before: each was made anew under another id."""
    key = Identifier("company_id", str(item["company_id"]))
    ids = work.ledger.find("company", key)
    return [Target("company", one) for one in ids if one != target.id]


def _target(kind: TargetKind, item: Mapping[str, Json]) -> Target:
    return Target(kind, item["id"])


def _is_stale(before: Shadow, updated_at: int) -> bool:
    """Say whether what is shown is not newer than what is known; archiving shows no updated_at."""
    archived = before.fields.get(ARCHIVED)
    if before.get(GONE) or (archived is not None and updated_at <= archived.at // SECOND):
        return True
    return updated_at < before.updated_at or (before.complete and updated_at == before.updated_at)


def _is_news(before: Shadow, after: Shadow) -> bool:
    names = {*before.fields, *after.fields}
    known = before.complete and all(same(before.get(one), after.get(one)) for one in names)
    return not known


# --- tags and who belongs to which company --------------------------------------------------------


def _tagged(told: Observation, work: Work) -> bool:
    news = _contact(told, work)
    return _marked(told, f"tag:{told.tag.casefold()}", told.now == "tagged", work) or news


def _attached(told: Observation, work: Work) -> bool:
    """Take in who belongs to which company; the company itself is not shown in full here."""
    news = _contact(told, work)
    company = _target("company", told.company)
    if told.company.get("company_id") and not work.ledger.shadow(company).get(GONE):
        key = Identifier("company_id", str(told.company["company_id"]))
        if not work.ledger.find("company", key):
            work.ledger.link(key, company)
    return _marked(told, f"company:{company.id}", told.now == "attached", work) or news


def _marked(told: Observation, field: str, there: bool, work: Work) -> bool:
    """Take in that a tag or a company was put on or taken off: a fact of the moment it was."""
    target = _target("contact", told.contact)
    before = work.ledger.shadow(target)
    known = before.fields.get(field)
    if before.get(GONE) or (known is not None and known.value is there):
        return False
    if known is not None and work.event.time // SECOND <= known.at // SECOND:
        return False
    truth.announce(target, truth.facts({field: there}, work), work)
    work.ledger.see(answers.marked(before, field, there, work.event.time))
    return True


# --- archived, and gone ---------------------------------------------------------------------------


def _archived(told: Observation, work: Work) -> bool:
    """Remember that a contact is archived, so that later events need no failing call to learn it.

    Late is what tells of a time before the contact was last shown, or archived.
    """
    target, at = _target("contact", told.contact), work.event.time
    before, archived = work.ledger.shadow(target), told.now == "archived"
    known = before.fields.get(ARCHIVED)
    late = at // SECOND < before.updated_at or (known is not None and at < known.at)
    if before.get(GONE) or late or archived is (known is not None):
        return False
    truth.announce(target, truth.facts({ARCHIVED: archived}, work), work)
    if archived:
        work.ledger.see(answers.marked(before, ARCHIVED, True, at))
    else:
        archive.mark(target, False, work)
    return True


def _unarchived(told: Observation, work: Work) -> bool:
    news = _contact(told, work)
    return _archived(told, work) or news


def _deleted(told: Observation, work: Work) -> bool:
    news = [_gone(_target("contact", told.contact), None, work)] if told.contact else []
    if told.company:
        news.append(_gone(_target("company", told.company), None, work))
    return any(news)


def _merged(told: Observation, work: Work) -> bool:
    """Let all that led to the one contact lead to the other; Intercom does not always name it."""
    old = Target("contact", told.merged_from)
    news = bool(told.merged_from) and _gone(old, told.contact["id"], work)
    return _contact(told, work) or news


def _gone(target: Target, into: str | None, work: Work) -> bool:
    """Forget who is gone for good, all but that: a late notification must not bring them back."""
    if work.ledger.shadow(target).get(GONE):
        return False
    work.ledger.forget(target, into)
    work.ledger.see(answers.marked(Shadow(target), GONE, True, work.event.time))
    return True


_LEARN: Mapping[Now, Callable[[Observation, Work], bool]] = {
    "shown": _shown,
    "archived": _archived,
    "unarchived": _unarchived,
    "deleted": _deleted,
    "merged": _merged,
    "tagged": _tagged,
    "untagged": _tagged,
    "attached": _attached,
    "detached": _attached,
}
