"""The five operations on users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from bridge.errors import IntercomBusy, IntercomError, IntercomUnauthorized
from bridge.intercom.operations import (
    contacts,
    custom,
    deletion,
    fields,
    kinds,
    marks,
    membership,
    search,
    signup,
)
from bridge.intercom.operations.contacts import Found
from bridge.intercom.operations.declaration import FLAG, OBJECT, OBJECTS, TEXT, Result, operation
from bridge.intercom.operations.errors import BadParameter, Incomplete
from bridge.intercom.operations.fields import CUSTOM
from bridge.intercom.operations.workspace import Work
from bridge.model import Json

Object = dict[str, Any]

FIELDS = ", ".join(fields.CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Result):
    """A user as Intercom has it."""

    user: Annotated[Object, OBJECT, "The user as Intercom answered, before joining companies."]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFound(Result):
    """One user."""

    results: Annotated[Object, OBJECT, "The user as Intercom's API gives it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersFound(Result):
    """Many users."""

    results: Annotated[list[Object], OBJECTS, "The users, the oldest first."]
    next_starting_after: Annotated[str, TEXT, 'The next page\'s StartingAfter; "" on the last.']


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(Result):
    """A user after an update."""

    updated_user: Annotated[Object, OBJECT, "The user as Intercom answered, before tags."]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(Result):
    """What became of a deletion, in all and one by one."""

    deleted: Annotated[bool, FLAG, "Whether all are gone; true also for what was gone before."]
    results: Annotated[
        list[Object], OBJECTS, "One by one: UserId, Deleted, StatusCode, ErrorMessage."
    ]


@operation("user", "create", "Create a User")
def create(
    work: Work,
    *,
    user_id: Annotated[
        str | None, kinds.ID, "Your id of the user; not needed where Email is given."
    ] = None,
    email: Annotated[
        str | None, kinds.EMAIL_ADDRESS, "The user's address; not needed where UserId is given."
    ] = None,
    name: Annotated[str | None, kinds.TEXT, "The user's name."] = None,
    phone: Annotated[str | None, kinds.TEXT, "The user's phone number."] = None,
    custom_attributes: Annotated[
        Json, kinds.OBJECT, "Custom attributes; those the workspace does not have are created."
    ] = None,
    companies: Annotated[
        Json, kinds.OBJECTS, "Companies (company_id, name, …) to create or update, and to join."
    ] = None,
) -> UserCreated:
    """Create a user; where one with this id or address exists, update it.

    An archived one is not brought back: that is a 409.
    """
    if user_id is None and email is None:
        raise BadParameter("UserId", "or Email must be given")
    firms = membership.checked(work, "Companies", companies)
    attributes = custom.checked(work, "contact", "CustomAttributes", custom_attributes)
    attributes.create_missing(work)
    joined = membership.write(work, firms)
    plain = {"name": name, "phone": phone}
    body = {key: value for key, value in plain.items() if value is not None}
    answer = signup.create_or_update(work, user_id, email, body | attributes.body())
    failures = marks.attach(work, str(answer["id"]), joined)
    return marks.finished(UserCreated(user=answer), "the user was written", failures)


@operation("user", "get", "Get a User")
def get(
    work: Work,
    *,
    user_id: Annotated[str, kinds.ID, "Intercom's id of the user, or your own."],
) -> UserFound:
    """Give a user; one that was merged is given as the one it was merged into."""
    answer = contacts.act(work, user_id, partial(contacts.read, work), contacts.look_for_user)
    _tell_role(work, answer)
    return UserFound(results=answer)


def _tell_role(work: Work, answer: Mapping[str, Any]) -> None:
    if answer.get("role") == "lead":
        work.remark(f"contact {answer.get('id')} is a lead")


@operation("user", "get-many", "Get Many Users")
def get_many(
    work: Work,
    *,
    per_page: Annotated[int | str | None, kinds.PAGE_SIZE, "Users per page (default 150)."] = None,
    starting_after: Annotated[
        str | None, kinds.CURSOR, 'One page only: the first for "", else NextStartingAfter.'
    ] = None,
) -> UsersFound:
    """Give all users, page by page to the end; with StartingAfter one page.

    It is a search: what was written in the last minutes may be missing.
    """
    found, following = search.of_role(work, "user", per_page, starting_after)
    return UsersFound(results=found, next_starting_after=following)


@operation("user", "update", "Update a User")
def update(
    work: Work,
    *,
    user_id: Annotated[str, kinds.ID, "Intercom's id of the user, or your own."],
    update_data: Annotated[Json, kinds.OBJECT, f"The fields to change: {FIELDS}."] = None,
) -> UserUpdated:
    """Change fields of a user, put tags on it, make it join companies; null clears a field."""
    changes, left_out = fields.contact_changes("UpdateData", update_data or {})
    if not changes:
        told = f"must name a field to change (there are: {FIELDS})"
        raise BadParameter("UpdateData", told)
    tags, firms = changes.pop("tags", []), changes.pop("companies", [])
    wanted = membership.checked(work, "UpdateData.companies", firms)
    attributes = custom.checked(work, "contact", f"UpdateData.{CUSTOM}", changes.pop(CUSTOM, {}))
    attributes.create_missing(work)
    joined = membership.write(work, wanted)
    if left_out:
        work.remark(f"left out, as Intercom does not change it: {', '.join(left_out)}")
    body = _for_version(work, changes) | attributes.body()
    answer = contacts.act(work, user_id, partial(_write, work, body), contacts.look_for_user)
    failures = marks.tag(work, str(answer["id"]), tags)
    failures += marks.attach(work, str(answer["id"]), joined)
    return marks.finished(UserUpdated(updated_user=answer), "the user was updated", failures)


def _write(work: Work, body: Object, found: Found) -> Object:
    return contacts.put(work, found[0], body) if body else contacts.read(work, found)


def _for_version(work: Work, changes: Object) -> Object:
    """Give the owner as a number to the versions that want one: 2.16 made it text."""
    owner = str(changes.get("owner_id"))
    before = tuple(map(int, work.client.version.split("."))) < (2, 16)
    return {**changes, "owner_id": int(owner)} if before and owner.isdigit() else changes


@operation("user", "delete", "Delete a User")
def delete(
    work: Work,
    *,
    user_id: Annotated[Json, kinds.IDS, "Intercom's id of the user, or your own; or many of them."],
) -> UserDeleted:
    """Delete users for good, one after another. A lead is not deleted; what is gone is no error."""
    told: list[Object] = []
    failed: IntercomError | None = None
    for one in user_id:
        if isinstance(failed, IntercomBusy | IntercomUnauthorized):
            told.append(_told(one, failed.status or 500, f"not tried, after: {failed}"))
            continue
        try:
            told.append(_told(one, deletion.delete(work, one, "user", contacts.look_for_user)))
        except IntercomError as error:
            failed = error if failed is None or isinstance(error, IntercomBusy) else failed
            told.append(_told(one, error.status or 500, str(error)))
    return _summed(told, failed)


def _told(user_id: str, status: int, problem: str = "") -> Object:
    return {
        "UserId": user_id,
        "Deleted": not problem,
        "StatusCode": status,
        "ErrorMessage": problem,
    }


def _summed(told: list[Object], failed: IntercomError | None) -> UserDeleted:
    statuses = {one["StatusCode"] for one in told}
    if failed is None:
        status = 200 if 200 in statuses else deletion.GONE
        return UserDeleted(deleted=True, results=told, status=status)
    if len(told) == 1:
        raise failed
    problems = [one for one in told if not one["Deleted"]]
    status = problems[0]["StatusCode"]
    message = "; ".join(f"{one['UserId']}: {one['ErrorMessage']}" for one in problems)
    raise Incomplete(
        f"{len(problems)} of {len(told)} were not deleted: {message}",
        result=UserDeleted(deleted=False, results=told, status=status),
        status=status,
    )
