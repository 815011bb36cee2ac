"""409: Intercom says that another contact has these details already, and names it."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.errors import (
    BridgeError,
    IntercomBusy,
    IntercomConflict,
    IntercomRefused,
    Parked,
    Skipped,
)
from bridge.intercom import calls
from bridge.model import Identifier, Json, PersonChange, Target
from handlers import identity, truth
from handlers.identity import Found
from handlers.work import Work


class Elsewhere(BridgeError):
    """The person is another contact than thought; the store knows which by now."""


def take_over(change: PersonChange, conflict: IntercomConflict, work: Work) -> None:
    """Make the contact that a refused creation names the person of the Change, or say why not.

    Always raises: Elsewhere where it is known now, Parked or Skipped as the policy says.
    """
    if conflict.contact_id is None:
        raise IntercomBusy(
            "Intercom says that the contact exists but not which; it is looked for again",
            status=409,
            request_id=conflict.request_id,
        )
    if conflict.archived:
        _unarchive(change, conflict.contact_id, work)
    target = Target("contact", conflict.contact_id)
    identity.hold(target, work)
    names = {one.name: one for one in change.match}
    external_id, email = names.get("external_id"), names.get("email")
    if external_id is None or email is None:
        _link(external_id or email, target, work)
    else:
        _link_after_reading(external_id, email, target, work)
    raise Elsewhere


def _link(identifier: Identifier | None, target: Target, work: Work) -> None:
    if identifier is None:
        raise Parked("ambiguous", f"contact {target.id} has these details, but not an identifier")
    work.ledger.link(identifier, target)


def _link_after_reading(
    external_id: Identifier, email: Identifier, target: Target, work: Work
) -> None:
    """Tell by reading which of the two the refusal meant, so that nobody else is overwritten."""
    answer = calls.get_contact(work.intercom, target.id)
    truth.see_contact(target, answer, {}, work)
    if answer.get("external_id") == external_id.value:
        return
    if answer.get("external_id") and answer.get("role") == "user":
        raise Parked(
            "ambiguous",
            f"Intercom refuses a second user with this email: contact {target.id} has it under "
            "another external_id. Decide which is right in Intercom, then replay.",
        )
    work.ledger.link(email, target)


def _unarchive(change: PersonChange, contact_id: str, work: Work) -> None:
    if change.policy.archived == "skip":
        raise Skipped(f"contact {contact_id} is archived in Intercom, and `archived` says skip")
    if change.policy.archived == "park":
        raise Parked(
            "archived",
            f"contact {contact_id} is archived in Intercom. Unarchive it there, then replay; or "
            "set `archived: unarchive`.",
        )
    try:
        calls.unarchive_contact(work.intercom, contact_id)
    except (IntercomRefused, IntercomBusy) as error:
        raise Parked(
            "archived",
            f"contact {contact_id} is archived and Intercom would not restore it: {error}",
        ) from error


def settle_conflict(
    change: PersonChange,
    found: Found,
    fields: Mapping[str, Json],
    conflict: IntercomConflict,
    work: Work,
) -> dict[str, Json]:
    """Decide after a refused update: give the fields to write without those in conflict.

    Raises Elsewhere where the conflict shows that the person is the other contact: its external_id
    is that one's, and it stands above the identifier by which this contact was found.
    """
    external_id = next((one for one in change.match if one.name == "external_id"), None)
    if external_id and "external_id" in fields and _ranks_above(external_id, found.by, change):
        work.warn(
            f"contact {found.target.id} and contact {conflict.contact_id} are the same person: "
            "merge them in Intercom"
        )
        take_over(_only(change, external_id), conflict, work)
    disputed = {"external_id", "email", "role"} & set(fields)
    if not disputed:
        raise conflict
    work.warn(
        f"{', '.join(sorted(disputed))} not written: contact {conflict.contact_id} has it already"
    )
    return {name: value for name, value in fields.items() if name not in disputed}


def _ranks_above(one: Identifier, other: Identifier, change: PersonChange) -> bool:
    return change.match.index(one) < change.match.index(other)


def _only(change: PersonChange, identifier: Identifier) -> PersonChange:
    return PersonChange(change.kind, (identifier,), policy=change.policy)
