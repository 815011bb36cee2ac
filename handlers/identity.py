"""Which person: the identifiers of a Change, tried in the order written.

First what the store knows, then — for a workspace that was never read as a whole — the careful
order: a direct read by external_id, one search by email, and only then a new contact. Several
users may share an email, so it never overrules an external_id that stands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bridge.errors import (
    IntercomBusy,
    IntercomMerged,
    IntercomNotFound,
    IntercomRefused,
    Parked,
)
from bridge.intercom import calls
from bridge.model import Identifier, Json, PersonChange, Shadow, Target
from handlers import truth
from handlers.work import Work

SHARED = ("email", "phone")
"""Identifiers that several people may have."""

_HOPS = 3
"""Merges of merges that are followed."""

Get = Callable[[str], Json]


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
    ids: Sequence[str] = [identifier.value]
    if identifier.name != "intercom_id":
        ids = work.ledger.find("contact", identifier)
    work.ledger.hold([f"contact:{one}" for one in ids])
    return [Target("contact", one) for one in ids]


def _is_someone_else(change: PersonChange, identifier: Identifier, get: Get) -> bool:
    """Say whether a contact is a user of another external_id than the Change asks for.

    Only an external_id that is trusted as much as `identifier` or more is asked for: what stands
    behind it in `match` never overrules it.
    """
    trusted = change.match[: change.match.index(identifier) + 1]
    asked = next((one.value for one in trusted if one.name == "external_id"), None)
    return asked is not None and get("role") == "user" and get("external_id") not in {None, asked}


def _one_of(
    targets: Sequence[Target], identifier: Identifier, change: PersonChange, work: Work
) -> Target:
    shadows = [work.ledger.shadow(target) for target in targets]
    owners = [shadow for shadow in shadows if _owns(shadow, identifier)]
    best = _users_first(owners or shadows)
    if len(best) == 1:
        return best[0].target
    if change.policy.ambiguous == "newest":
        return max(best, key=lambda shadow: shadow.updated_at).target
    raise _ambiguous(identifier, [shadow.target.id for shadow in best])


def _owns(shadow: Shadow, identifier: Identifier) -> bool:
    held = shadow.get(identifier.name)
    return isinstance(held, str) and held.casefold() == identifier.value.casefold()


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
        if not _is_someone_else(change, identifier, answer.get)
    ]
    best = [answer for answer in found if answer.get("role") == "user"] or found
    if len(best) > 1 and change.policy.ambiguous == "park":
        raise _ambiguous(identifier, [str(answer["id"]) for answer in best])
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


# --- what becomes of identifiers ------------------------------------------------------------------


def forget(target: Target, gone: IntercomRefused, work: Work) -> None:
    """Rewrite the links of a target that Intercom no longer holds, or holds as part of another."""
    into = gone.into if isinstance(gone, IntercomMerged) else None
    if into is not None:
        hold(Target(target.kind, into), work)
    work.ledger.forget(target, into)
    work.ledger.save()


def gone(target: Target, error: IntercomRefused, work: Work) -> IntercomBusy:
    """Forget a target that proved to be gone on the way; give what has the lane try anew."""
    forget(target, error, work)
    return IntercomBusy(
        f"Intercom no longer holds {target.kind} {target.id}: it is looked for anew", retry_after=1
    )


def without(change: PersonChange, target: Target, gone: IntercomRefused) -> PersonChange:
    """Give the Change without the Intercom id of a contact that is gone, or with its heir's."""
    into = gone.into if isinstance(gone, IntercomMerged) else None
    dead = Identifier("intercom_id", target.id)
    heir = () if into is None else (Identifier("intercom_id", into),)
    match = (after for one in change.match for after in (heir if one == dead else (one,)))
    return replace(change, match=tuple(match))


def remember(match: Sequence[Identifier], target: Target, work: Work) -> None:
    """Link identifiers to their target; what is another's stays where it is."""
    for identifier in match:
        linked = work.ledger.find(target.kind, identifier)
        if identifier.name == "intercom_id" or target.id in linked:
            continue
        others = set(linked) if identifier.name not in SHARED else set()
        if others or _is_anothers(identifier, work.ledger.shadow(target)):
            holder = f"{target.kind} {min(others)}" if others else "somebody else"
            work.warn(
                f"{identifier.name} belongs to {holder}, not to {target.id}, which a higher "
                "identifier names: one person may be there twice"
            )
        else:
            work.ledger.link(identifier, target)


def _is_anothers(identifier: Identifier, shadow: Shadow) -> bool:
    """Say whether Intercom has another external_id for this user, or would not give it this one."""
    if identifier.name != "external_id" or shadow.get("role") != "user":
        return False
    seen = shadow.fields["external_id"]
    return seen.value not in {None, identifier.value} or (
        seen.value is None and seen.sent == identifier.value
    )
