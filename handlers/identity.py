"""Which person: the identifiers of a Change, tried in the order written.

First what the store knows, then whom Intercom finds, unless the store knows everybody. Several
users may share an email, so it never overrules an external_id that stands before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.errors import Parked
from bridge.model import Identifier, PersonChange, Shadow, Target
from handlers.answers import ARCHIVED
from handlers.candidates import Found, ambiguous, is_someone_else
from handlers.errors import Apart
from handlers.lookup import looked_up
from handlers.once import is_new
from handlers.work import Work


def find(change: PersonChange, work: Work) -> Found | None:
    """Give the contact a Change means, None where there is none yet.

    Raises Parked where several fit and the policy does not choose, Busy where another lane is at
    work on the contact.
    """
    if change.sayings:
        return _agreed(change, work)
    return _known(change, work) or (None if is_new(change, work) else looked_up(change, work))


def need_some(change: PersonChange) -> None:
    """Raise Parked where nothing in `match` can identify anybody."""
    if not change.match:
        raise Parked(
            "unidentified",
            "no identifier in `match` has a usable value: look at the payload, mend the mapping, "
            "then replay",
        )


def _agreed(change: PersonChange, work: Work) -> Found:
    """Give the contact that every event of a folded Change means by itself, without a question."""
    each = [_known(one.change, work) for one in change.sayings]
    found = _known(change, work)
    if found is None or any(one is None or one.target != found.target for one in each):
        raise Apart("these events do not all mean the same known person")
    return found


def _known(change: PersonChange, work: Work) -> Found | None:
    for identifier in change.match:
        targets = [
            target
            for target in _linked(identifier, work)
            if not is_someone_else(change, identifier, work.ledger.shadow(target).get)
        ]
        chosen = _one_of(targets, identifier, change, work)
        if chosen is not None:
            return Found(chosen, identifier)
    return None


def _linked(identifier: Identifier, work: Work) -> list[Target]:
    ids: Sequence[str] = [identifier.value]
    if identifier.name != "intercom_id":
        ids = work.ledger.find("contact", identifier)
    work.ledger.hold([f"contact:{one}" for one in ids])
    return [Target("contact", one) for one in ids]


def _one_of(
    targets: Sequence[Target], identifier: Identifier, change: PersonChange, work: Work
) -> Target | None:
    """Choose among those who have an identifier; of several leads none is surely that user."""
    shadows = [work.ledger.shadow(target) for target in targets]
    owners = [shadow for shadow in shadows if _owns(shadow, identifier)]
    best = _users_first(_present(owners or shadows))
    if len(best) <= 1:
        return best[0].target if best else None
    if change.kind == "user" and best[0].get("role") == "lead":
        return None
    if change.policy.ambiguous == "newest":
        return max(best, key=lambda shadow: shadow.updated_at).target
    raise ambiguous(identifier, [(shadow.target.id, shadow.get) for shadow in best])


def _owns(shadow: Shadow, identifier: Identifier) -> bool:
    held = shadow.get(identifier.name)
    return isinstance(held, str) and held.casefold() == identifier.value.casefold()


def _present(shadows: Sequence[Shadow]) -> Sequence[Shadow]:
    return [shadow for shadow in shadows if not shadow.get(ARCHIVED)] or shadows


def _users_first(shadows: Sequence[Shadow]) -> Sequence[Shadow]:
    return [shadow for shadow in shadows if shadow.get("role") == "user"] or shadows
