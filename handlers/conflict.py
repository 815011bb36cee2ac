"""409: Intercom says that another contact has these details already, and names it."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.errors import Candidate, IntercomBusy, IntercomConflict, Parked
from bridge.model import Identifier, Json, PersonChange, Target
from handlers import answers, archive, identifiers, lookup, merging, truth
from handlers.candidates import Found
from handlers.errors import Elsewhere
from handlers.work import Work

_UNIQUE = ("external_id", "email")


def take_over(
    change: PersonChange,
    fields: Mapping[str, Json],
    conflict: IntercomConflict,
    work: Work,
    lead: Target | None = None,
) -> Elsewhere:
    """Link the contact that Intercom named when it refused to write `fields`: it is the person.

    `lead` gives way to it, where one was to become that user. Raises Parked or Skipped where the
    policy says so, IntercomBusy where Intercom named nobody.
    """
    if conflict.contact_id is None:
        raise IntercomBusy(
            "Intercom says that the contact exists but not which; it is looked for again",
            status=409,
            request_id=conflict.request_id,
        )
    if conflict.archived:
        archive.restore(change, conflict.contact_id, work)
    target = Target("contact", conflict.contact_id)
    identifiers.hold(target, work)
    if fields.get("external_id") and (lead is not None or fields.get("email")):
        _need_same(target, fields["external_id"], work)
    if lead is not None and not merging.merge(lead, target, work):
        for one in change.match:
            work.ledger.unlink(one, lead)
    work.ledger.link(_own(change, target), target)
    return Elsewhere()


def _own(change: PersonChange, target: Target) -> Identifier:
    """Give the identifier of the Change by which the contact shall be found from now on."""
    for name in _UNIQUE:
        for one in change.match:
            if one.name == name:
                return one
    raise Parked(
        "ambiguous",
        f"contact {target.id} has the details that this event sets, but `match` names neither "
        "external_id nor email to know it by: add one, then replay",
        [Candidate(target.id, "contact", "has the details that this event sets")],
    )


def _need_same(target: Target, external_id: Json, work: Work) -> None:
    """Read whether a contact is refused for its external_id, or for an email it shares.

    Raises Parked where it is a user of another external_id: nobody else is overwritten.
    """
    answer = lookup.read(target.id, work)
    if answer is None or answer["id"] != target.id:
        raise IntercomBusy(f"Intercom named contact {target.id}, which cannot be read yet")
    truth.see_contact(target, answer, {}, work)
    if work.ledger.shadow(target).get("external_id") not in {None, external_id}:
        raise Parked(
            "ambiguous",
            f"Intercom refuses a second user with this email: contact {target.id} has it under "
            "another external_id. Decide which is right in Intercom, then replay.",
            [Candidate(target.id, "user", "has this email under another external_id")],
        )


def settle_conflict(
    change: PersonChange,
    found: Found,
    fields: Mapping[str, Json],
    conflict: IntercomConflict,
    work: Work,
) -> dict[str, Json]:
    """Decide after a refused update: give the fields to write without those in conflict.

    Raises Elsewhere where the conflict shows that the person is the other contact: a user where
    a lead was to become one, or the one whose external_id stands above the identifier by which
    this contact was found.
    """
    rival = f"contact {conflict.contact_id}" if conflict.contact_id else "another contact"
    _note(found.target, conflict, fields, work)
    if "role" in fields:
        raise take_over(change, fields, conflict, work, lead=found.target)
    if _outranked(change, found, fields):
        work.warn(f"contact {found.target.id} and {rival} are the same person: merge them")
        raise take_over(change, fields, conflict, work)
    disputed = {name: fields[name] for name in _UNIQUE if name in fields}
    if not disputed:
        raise conflict
    work.warn(f"{', '.join(disputed)} not written: {rival} has it already")
    shadow = work.ledger.shadow(found.target)
    work.ledger.see(answers.declined(shadow, disputed, work.clock()))
    return {name: value for name, value in fields.items() if name not in disputed}


def _note(
    target: Target, conflict: IntercomConflict, fields: Mapping[str, Json], work: Work
) -> None:
    """Note that Intercom has the details of one person under two contacts."""
    if conflict.contact_id is not None:
        name = next((one for one in _UNIQUE if one in fields), "role")
        work.ledger.duplicate(target, Target("contact", conflict.contact_id), name)


def _outranked(change: PersonChange, found: Found, fields: Mapping[str, Json]) -> bool:
    index = {one.name: place for place, one in enumerate(change.match)}
    above = index.get("external_id", len(index)) < change.match.index(found.by)
    return above and "external_id" in fields
