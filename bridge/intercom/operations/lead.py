"""The five operations on leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from bridge.errors import IntercomNotFound
from bridge.intercom import calls
from bridge.intercom.operations import contacts, custom, deletion, kinds, marks, person, search
from bridge.intercom.operations.contacts import Found
from bridge.intercom.operations.declaration import (
    FLAG,
    OBJECT,
    OBJECTS,
    TEXT,
    Result,
    operation,
)
from bridge.intercom.operations.errors import BadParameter
from bridge.intercom.operations.person import Person
from bridge.intercom.operations.workspace import Work
from bridge.model import Identifier, Json, Target

Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCreated(Result):
    """A lead as Intercom has it."""

    lead_id: Annotated[str, TEXT, "Intercom's id of the lead."]
    lead: Annotated[Object, OBJECT, "The whole lead as Intercom's API gives it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFound(Result):
    """One lead."""

    lead: Annotated[Object, OBJECT, "The lead as Intercom's API gives it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsFound(Result):
    """Many leads."""

    results: Annotated[list[Object], OBJECTS, "The leads, the oldest first."]
    next_starting_after: Annotated[str, TEXT, 'The next page\'s StartingAfter; "" on the last.']


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadUpdated(Result):
    """A lead after an update."""

    updated: Annotated[bool, FLAG, "Whether all of the update was done."]
    result: Annotated[Object, OBJECT, "The lead as Intercom answered, before its tags."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDeleted(Result):
    """What became of a deletion."""

    deleted: Annotated[bool, FLAG, "Whether the lead is gone; true also where it was before."]


@operation("lead", "create", "Create a Lead")
def create(
    work: Work,
    *,
    user_id: Annotated[
        str | None, kinds.ID, "Your id of the lead; not needed where Email is given."
    ] = None,
    email: Annotated[
        str | None, kinds.EMAIL_ADDRESS, "The lead's address; not needed where UserId is given."
    ] = None,
    name: Annotated[str | None, kinds.TEXT, "The lead's name."] = None,
    custom_attributes: Annotated[
        Json, kinds.OBJECT, "Custom attributes; those the workspace does not have are created."
    ] = None,
) -> LeadCreated:
    """Create a lead; where a lead or user with this id or address is known, update that one.

    Intercom lets any number of leads share an address, and keeps no id of yours for a lead: the
    store remembers it.
    """
    if user_id is None and email is None:
        raise BadParameter("UserId", "or Email must be given")
    attributes = custom.checked(work, "contact", "CustomAttributes", custom_attributes)
    person.hold(work, user_id, email)
    attributes.create_missing(work)
    body = ({"name": name} if name else {}) | attributes.body()
    answer = _again(work, user_id, email, body) or _made(work, email, body)
    _remember(work, user_id, answer)
    return LeadCreated(lead_id=str(answer["id"]), lead=answer)


def _again(work: Work, user_id: str | None, email: str | None, body: Object) -> Object | None:
    """Update who is known by these identifiers already; None where nobody is."""
    for found in person.leads(work, user_id, email):
        try:
            answer = _update_known(work, found, email, body)
        except IntercomNotFound:
            work.known.forget(Target("contact", found.id))
            continue
        work.remark(f"{found.role} {found.id} has this id or address already: it was updated")
        return answer
    return None


def _update_known(work: Work, found: Person, email: str | None, body: Object) -> Object:
    work.known.hold([f"contact:{found.id}"])
    known_address = email is None or found.role == "user" or _has(found, email)
    wanted = body if known_address else {"email": email, **body}

    def write(now: Found) -> Object:
        return contacts.put(work, now[0], wanted) if wanted else contacts.read(work, now)

    answer = None if found.answer is None else dict(found.answer)
    return contacts.through_merge(work, (found.id, answer), write)


def _has(found: Person, email: str) -> bool:
    return found.answer is not None and str(found.answer.get("email") or "").lower() == email


def _made(work: Work, email: str | None, body: Object) -> Object:
    sent = {"role": "lead", **({"email": email} if email else {}), **body}
    answer = calls.create_contact(work.client, sent)
    work.known.hold([f"contact:{answer['id']}"])
    work.known.saw("contact", answer, contacts.flat(sent))
    return answer


def _remember(work: Work, user_id: str | None, answer: Mapping[str, Any]) -> None:
    if user_id is None or answer.get("role") == "user":
        return
    target = Target("contact", str(answer["id"]))
    if not work.known.link(Identifier(contacts.LEAD_ID, user_id), target):
        work.remark("UserId is not remembered: Intercom keeps none for leads, and no store is here")


@operation("lead", "get", "Get a Lead")
def get(
    work: Work,
    *,
    lead_id: Annotated[str, kinds.ID, "Intercom's id of the lead, or your own."],
) -> LeadFound:
    """Give a lead; one that became a user, or was merged into one, is given as the user it is."""
    answer = contacts.act(work, lead_id, partial(contacts.read, work), contacts.look_for_lead)
    _tell_role(work, answer)
    return LeadFound(lead=answer)


def _tell_role(work: Work, answer: Mapping[str, Any]) -> None:
    if answer.get("role") == "user":
        work.remark(f"contact {answer.get('id')} is a user by now")


@operation("lead", "get-many", "Get Many Leads")
def get_many(
    work: Work,
    *,
    per_page: Annotated[int | str | None, kinds.PAGE_SIZE, "Leads per page (default 150)."] = None,
    starting_after: Annotated[
        str | None, kinds.CURSOR, 'One page only: the first for "", else NextStartingAfter.'
    ] = None,
) -> LeadsFound:
    """Give all leads, page by page to the end; with StartingAfter one page.

    It is a search: what was written in the last minutes may be missing.
    """
    found, following = search.of_role(work, "lead", per_page, starting_after)
    return LeadsFound(results=found, next_starting_after=following)


@operation("lead", "update", "Update a Lead")
def update(
    work: Work,
    *,
    contact_id: Annotated[str, kinds.ID, "Intercom's id of the lead, or your own."],
    name: Annotated[str | None, kinds.TEXT, "The lead's name."] = None,
    email: Annotated[str | None, kinds.EMAIL_ADDRESS, "The lead's address."] = None,
    custom_attributes: Annotated[
        Json, kinds.OBJECT, "Custom attributes; those the workspace does not have are created."
    ] = None,
    tags: Annotated[Json, kinds.NAMES, "Names of tags to put on; none is taken off."] = None,
) -> LeadUpdated:
    """Change a lead and put tags on it; a failing tag does not undo the rest."""
    plain = {"name": name, "email": email}
    changes: Object = {key: value for key, value in plain.items() if value is not None}
    if not (changes or custom_attributes or tags):
        raise BadParameter("Name", "Email, CustomAttributes or Tags must be given: nothing to do")
    attributes = custom.checked(work, "contact", "CustomAttributes", custom_attributes)
    attributes.create_missing(work)
    body = changes | attributes.body()
    answer = contacts.act(work, contact_id, partial(_write, work, body), contacts.look_for_lead)
    _tell_role(work, answer)
    failures = marks.tag(work, str(answer["id"]), tags or [])
    result = LeadUpdated(updated=not failures, result=answer)
    return marks.finished(result, "the lead was updated", failures)


def _write(work: Work, body: Object, found: Found) -> Object:
    return contacts.put(work, found[0], body) if body else contacts.read(work, found)


@operation("lead", "delete", "Delete a Lead")
def delete(
    work: Work,
    *,
    lead_id: Annotated[str, kinds.ID, "Intercom's id of the lead, or your own."],
) -> LeadDeleted:
    """Delete a lead for good. A user is not deleted; what is gone already is no error."""
    status = deletion.delete(work, lead_id, "lead", contacts.look_for_lead)
    return LeadDeleted(deleted=True, status=status)
