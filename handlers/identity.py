"""Which person: the identifiers of a Change, tried in the order written.

First what the store knows, then — for a workspace that was never read as a whole — the careful
order: a direct read by external_id, one search by email, and only then a new contact. Several
users may share an email, so it never overrules an external_id that stands before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bridge.errors import IntercomMerged, IntercomNotFound, IntercomRefused, Parked
from bridge.intercom import calls
from bridge.model import Identifier, PersonChange, Shadow, Target
from handlers import answers, truth
from handlers.work import Work

_SHARED = {"email", "phone"}


@dataclass(frozen=True, slots=True)
class Found:
    """A contact, and the identifier that led to it."""

    target: Target
    by: Identifier


def find(change: PersonChange, work: Work) -> Found | None:
    """Give the contact a Change means, None where there is none yet.

    Raises Parked where several fit and the policy does not choose, Busy where another lane is at
    work on the contact.
    """
    return _known(change, work) or _looked_up(change, work)


def hold(target: Target, work: Work) -> None:
    """Take the hold of a contact or company that an identifier resolved to."""
    work.ledger.hold([f"{target.kind}:{target.id}"])


def _known(change: PersonChange, work: Work) -> Found | None:
    for identifier in change.match:
        targets = [
            target
            for target in _linked(identifier, work)
            if not _is_someone_else(change, identifier, work.ledger.shadow(target).get)
        ]
        if targets:
            return Found(_one_of(targets, identifier, change, work), identifier)
    return None


def _linked(identifier: Identifier, work: Work) -> list[Target]:
    if identifier.name == "intercom_id":
        target = Target("contact", identifier.value)
        hold(target, work)
        return [target] if work.ledger.shadow(target).complete else []
    ids = work.ledger.find("contact", identifier)
    work.ledger.hold([f"contact:{one}" for one in ids])
    return [Target("contact", one) for one in ids]


def _is_someone_else(change: PersonChange, identifier: Identifier, get: Any) -> bool:
    """Say whether a contact that shares an email or phone has another external_id than asked."""
    if identifier.name not in _SHARED:
        return False
    earlier = change.match[: change.match.index(identifier)]
    asked = next((one.value for one in earlier if one.name == "external_id"), None)
    return asked is not None and get("role") == "user" and get("external_id") not in {None, asked}


def _one_of(
    targets: Sequence[Target], identifier: Identifier, change: PersonChange, work: Work
) -> Target:
    shadows = [work.ledger.shadow(target) for target in targets]
    owners = [shadow for shadow in shadows if shadow.get(identifier.name) == identifier.value]
    best = _users_first(owners or shadows)
    if len(best) == 1:
        return best[0].target
    if change.policy.ambiguous == "newest":
        return max(best, key=lambda shadow: shadow.updated_at).target
    raise _ambiguous(identifier, [shadow.target.id for shadow in best])


def _users_first(shadows: Sequence[Shadow]) -> Sequence[Shadow]:
    return [shadow for shadow in shadows if shadow.get("role") == "user"] or shadows


def _ambiguous(identifier: Identifier, ids: Sequence[str]) -> Parked:
    return Parked(
        "ambiguous",
        f"{len(ids)} contacts share this {identifier.name}: {', '.join(ids)}. Merge them in "
        "Intercom or give the source an external_id, then replay; or set `ambiguous: newest`.",
    )


# --- asking Intercom ------------------------------------------------------------------------------


def _looked_up(change: PersonChange, work: Work) -> Found | None:
    for identifier in change.match:
        answer = _asked(identifier, change, work)
        if answer is not None:
            return Found(adopt(answer, work), identifier)
    return None


def _asked(identifier: Identifier, change: PersonChange, work: Work) -> dict[str, Any] | None:
    if identifier.name == "intercom_id":
        return read(identifier.value, work)
    if identifier.name == "external_id":
        return calls.find_by_external_id(work.intercom, identifier.value)
    if identifier.name == "email":
        return _searched(identifier, change, work)
    return None


def read(contact_id: str, work: Work) -> dict[str, Any] | None:
    """Read a contact by id, through one merge; None where it is gone."""
    try:
        return calls.get_contact(work.intercom, contact_id)
    except IntercomMerged as merged:
        return None if merged.into is None else calls.get_contact(work.intercom, merged.into)
    except IntercomNotFound:
        return None


def _searched(identifier: Identifier, change: PersonChange, work: Work) -> dict[str, Any] | None:
    """Search by email once; a lead somebody else made is never taken for a user."""
    role: Literal["user"] | None = "user" if change.kind == "user" else None
    found = [
        answer
        for answer in calls.search_by_email(work.intercom, identifier.value, role)
        if not _is_someone_else(change, identifier, answer.get)
    ]
    best = [answer for answer in found if answer.get("role") == "user"] or found
    if len(best) > 1 and change.policy.ambiguous == "park":
        raise _ambiguous(identifier, [str(answer["id"]) for answer in best])
    return max(best, key=lambda answer: answer.get("updated_at") or 0, default=None)


def forget(target: Target, gone: IntercomRefused, work: Work) -> None:
    """Rewrite the links of a contact that Intercom no longer holds, or holds as part of another."""
    into = gone.into if isinstance(gone, IntercomMerged) else None
    if into is not None:
        hold(Target(target.kind, into), work)
    work.ledger.forget(target, into)
    work.ledger.save()


def adopt(answer: dict[str, Any], work: Work) -> Target:
    """Take an answered contact into the store: held, shadowed and linked."""
    target = answers.contact_target(answer)
    hold(target, work)
    truth.see_contact(target, answer, {}, work)
    return target


def remember(change: PersonChange, target: Target, work: Work) -> None:
    """Link the identifiers of the Change to its contact; what is another's stays where it is."""
    for identifier in change.match:
        if identifier.name == "intercom_id":
            continue
        others = set(work.ledger.find("contact", identifier)) - {target.id}
        if others and identifier.name not in _SHARED:
            work.warn(
                f"{identifier.name} belongs to contact {', '.join(sorted(others))}, not to "
                f"{target.id}, which a higher identifier names: one person may be there twice"
            )
        elif target.id not in work.ledger.find("contact", identifier):
            work.ledger.link(identifier, target)
