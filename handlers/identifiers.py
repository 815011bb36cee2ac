"""What becomes of identifiers: held, linked to whom they mean, rewritten when that one is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.errors import IntercomBusy, IntercomMerged, IntercomRefused
from bridge.model import Identifier, PersonChange, Shadow, Target
from handlers.candidates import SHARED
from handlers.work import Work


def hold(target: Target, work: Work) -> None:
    """Take the hold of a contact or company that an identifier resolved to."""
    work.ledger.hold([f"{target.kind}:{target.id}"])


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
    """Link identifiers to their target; what is another's stays where it is.

    What only an open form said is linked anew by the first who can prove it.
    """
    unproven = _is_unproven(target, work)
    for identifier in match:
        linked = work.ledger.find(target.kind, identifier)
        if identifier.name == "intercom_id" or (target.id in linked and not unproven):
            continue
        others = set(linked) - {target.id} if identifier.name not in SHARED else set()
        if others or _is_anothers(identifier, work.ledger.shadow(target)):
            holder = f"{target.kind} {min(others)}" if others else "somebody else"
            for other in others:
                work.ledger.duplicate(target, Target(target.kind, other), identifier.name)
            work.warn(
                f"{identifier.name} belongs to {holder}, not to {target.id}, which a higher "
                "identifier names: one person may be there twice"
            )
        else:
            work.ledger.link(identifier, target)


def _is_unproven(target: Target, work: Work) -> bool:
    """Say whether this event can prove a lead whom only open forms knew so far."""
    if work.event.is_open or work.ledger.shadow(target).get("role") != "lead":
        return False
    return not work.ledger.is_proven(target)


def _is_anothers(identifier: Identifier, shadow: Shadow) -> bool:
    """Say whether Intercom has another external_id for this user, or would not give it this one."""
    if identifier.name != "external_id" or shadow.get("role") != "user":
        return False
    seen = shadow.fields["external_id"]
    return seen.value not in {None, identifier.value} or (
        seen.value is None and seen.sent == identifier.value
    )
