"""A user created, or the one that exists already updated."""

from __future__ import annotations

from typing import Any

from bridge.errors import IntercomConflict, IntercomNotFound
from bridge.intercom import calls
from bridge.intercom.operations import contacts, person
from bridge.intercom.operations.contacts import Found
from bridge.intercom.operations.errors import Ambiguous
from bridge.intercom.operations.workspace import Work
from bridge.model import Target

Object = dict[str, Any]


def create_or_update(work: Work, user_id: str | None, email: str | None, body: Object) -> Object:
    """Write the user of this id or address; Intercom's 409 names one that exists already.

    Raises Ambiguous where it is not certain which user is meant.
    """
    named = {"external_id": user_id, "email": email}
    fields = {name: value for name, value in named.items() if value} | body
    person.hold(work, user_id, email)
    for found in person.users(work, user_id, email):
        try:
            return _update(work, found.id, found.role, fields)
        except IntercomNotFound:
            work.known.forget(Target("contact", found.id))
    sent = {"role": "user", **fields}
    try:
        answer = calls.create_contact(work.client, sent)
    except IntercomConflict as conflict:
        return _take_over(work, user_id, email, fields, conflict)
    work.known.hold([f"contact:{answer['id']}"])
    work.known.saw("contact", answer, contacts.flat(sent))
    return answer


def _update(work: Work, contact_id: str, role: str, fields: Object) -> Object:
    work.known.hold([f"contact:{contact_id}"])
    body = {"role": "user", **fields} if role == "lead" else fields

    def write(found: Found) -> Object:
        return contacts.put(work, found[0], body)

    answer = contacts.through_merge(work, (contact_id, None), write)
    work.remark(f"user {answer['id']} has this id or address already: it was updated")
    return answer


def _take_over(
    work: Work, user_id: str | None, email: str | None, fields: Object, conflict: IntercomConflict
) -> Object:
    """Update whom a 409 names, unless that may be somebody else, or is archived."""
    if conflict.contact_id is None or conflict.archived:
        raise conflict
    if user_id and email:
        held = calls.get_contact(work.client, conflict.contact_id)
        if held.get("external_id") not in {None, "", user_id}:
            raise Ambiguous(
                f"Intercom refuses a second user with this e-mail address: contact "
                f"{conflict.contact_id} has it under another external_id"
            ) from conflict
    return _update(work, conflict.contact_id, "user", fields)
