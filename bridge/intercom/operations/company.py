"""The five operations on companies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from bridge.intercom import calls
from bridge.intercom.calls.ask import listed
from bridge.intercom.operations import companies, custom, fields, kinds, pages
from bridge.intercom.operations.companies import Found
from bridge.intercom.operations.contacts import flat
from bridge.intercom.operations.declaration import (
    FLAG,
    NUMBER,
    OBJECT,
    OBJECT_TEXT,
    OBJECTS,
    OBJECTS_TEXT,
    TEXT,
    Result,
    operation,
)
from bridge.intercom.operations.errors import BadParameter
from bridge.intercom.operations.fields import CUSTOM
from bridge.intercom.operations.workspace import Work
from bridge.model import Json

Object = dict[str, Any]

PER_PAGE = 50
FIELDS = ", ".join(fields.COMPANY)
LISTED = 10_000
"""Companies that Intercom's list gives in all; the rest is for its scroll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyCreated(Result):
    """A company as Intercom has it after it was created or updated."""

    id: Annotated[str, TEXT, "The id Intercom gave the company."]
    type: Annotated[str, TEXT, 'The resource type, "company".']
    company_id: Annotated[str, TEXT, "The company id provided in the request."]
    name: Annotated[str, TEXT, "The company's name."]
    remote_created_at: Annotated[int | None, NUMBER, "When it was created in your system."]
    custom_attributes: Annotated[Object, OBJECT_TEXT, "Its custom attributes, as JSON text."]
    created_at: Annotated[int | None, NUMBER, "When it was created in Intercom (Unix seconds)."]
    updated_at: Annotated[int | None, NUMBER, "When it was last updated in Intercom."]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFound(Result):
    """One company."""

    company: Annotated[Object, OBJECT, "The company as Intercom's API gives it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompaniesFound(Result):
    """Many companies."""

    companies: Annotated[list[Object], OBJECTS_TEXT, "The companies, as JSON text of an array."]
    next_starting_after: Annotated[str, TEXT, 'The next page\'s StartingAfter; "" on the last.']


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyUpdated(Result):
    """A company after an update."""

    company_updated: Annotated[bool, FLAG, "Whether the company was updated."]
    updated_company: Annotated[Object, OBJECT_TEXT, "The updated company, as JSON text."]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersListed(Result):
    """The users of a company."""

    users: Annotated[list[Object], OBJECTS, "The users as Intercom's API gives them."]


@operation("company", "create", "Create a Company")
def create(
    work: Work,
    *,
    company_id: Annotated[str, kinds.ID, "A unique id for the company in your system."],
    name: Annotated[str, kinds.TEXT, "The name of the company."],
    remote_created_at: Annotated[
        int | str | None, kinds.MOMENT, "When the company was created in your system."
    ] = None,
    custom_attributes: Annotated[
        Json, kinds.OBJECT, "Custom attributes; those the workspace does not have are created."
    ] = None,
) -> CompanyCreated:
    """Create a company, or update the one that has this company id already.

    Intercom hides a company from its pages and lists until a user belongs to it.
    """
    attributes = custom.checked(work, "company", "CustomAttributes", custom_attributes)
    attributes.create_missing(work)
    body = {"company_id": company_id, "name": name, "remote_created_at": remote_created_at}
    sent = {key: value for key, value in body.items() if value is not None}
    answer = companies.upsert(work, sent | attributes.body())
    return CompanyCreated(
        id=str(answer.get("id", "")),
        type=str(answer.get("type", "company")),
        company_id=str(answer.get("company_id", company_id)),
        name=str(answer.get("name") or ""),
        remote_created_at=answer.get("remote_created_at"),
        custom_attributes=answer.get(CUSTOM) or {},
        created_at=answer.get("created_at"),
        updated_at=answer.get("updated_at"),
    )


@operation("company", "get", "Get a Company")
def get(
    work: Work,
    *,
    company_id: Annotated[str, kinds.ID, "Intercom's id of the company, or your own."],
) -> CompanyFound:
    """Give a company."""
    return CompanyFound(company=companies.act(work, company_id, partial(companies.read, work)))


@operation("company", "get-many", "Get Many Companies")
def get_many(
    work: Work,
    *,
    per_page: Annotated[
        int | str | None, kinds.PAGE_SIZE, f"Companies per page (default {PER_PAGE})."
    ] = None,
    starting_after: Annotated[
        str | None, kinds.CURSOR, 'One page only: the first for "", else NextStartingAfter.'
    ] = None,
) -> CompaniesFound:
    """Give all companies, page by page to the end; beyond 10,000 by Intercom's scroll.

    With StartingAfter one page is given. Intercom leaves out companies that no user belongs to.
    """
    if starting_after and not starting_after.isdigit():
        raise BadParameter("StartingAfter", "must be the NextStartingAfter of an earlier answer")
    size = int(per_page or PER_PAGE)
    if starting_after is None:
        found = _all(work, size)
        return CompaniesFound(companies=found, next_starting_after="")
    found, following = pages.gather(partial(_page, work, size), starting_after)
    return CompaniesFound(companies=found, next_starting_after=following)


def _page(work: Work, size: int, cursor: str) -> Object:
    return calls.list_companies(work.client, page=int(cursor or 1), per_page=size)


def _all(work: Work, size: int) -> list[Object]:
    first = _page(work, size, "")
    if int(first.get("total_count") or 0) >= LISTED:
        return _scrolled(work)

    def page(cursor: str) -> Object:
        return _page(work, size, cursor) if cursor else first

    return pages.gather(page, None)[0]


def _scrolled(work: Work) -> list[Object]:
    found: list[Object] = []
    param: str | None = None
    while True:
        answer = calls.scroll_companies(work.client, param)
        stretch = listed(answer, "companies")
        if not stretch:
            return found
        found += stretch
        param = str(answer.get("scroll_param") or "") or param


@operation("company", "update", "Update a Company")
def update(
    work: Work,
    *,
    company_id: Annotated[str, kinds.ID, "Intercom's id of the company, or your own."],
    company_data: Annotated[Json, kinds.OBJECT, f"The fields to change: {FIELDS}."],
) -> CompanyUpdated:
    """Change fields of a company that exists; null clears one.

    What Intercom never changes (company_id, remote_created_at, counts, times) is left out with a
    remark; a key it does not know is refused.
    """
    changes, left_out = fields.company_changes("CompanyData", company_data)
    if not changes:
        told = f"names nothing that can be changed (there are: {FIELDS})"
        raise BadParameter("CompanyData", told)
    attributes = custom.checked(work, "company", f"CompanyData.{CUSTOM}", changes.pop(CUSTOM, {}))
    attributes.create_missing(work)
    if left_out:
        work.remark(f"left out, as Intercom does not change it: {', '.join(left_out)}")
    body = changes | attributes.body()
    answer = companies.act(work, company_id, partial(_put, work, body))
    return CompanyUpdated(company_updated=True, updated_company=answer)


def _put(work: Work, body: Object, found: Found) -> Object:
    work.known.hold([f"company:{found[0]}"])
    answer = calls.update_company(work.client, found[0], body)
    work.known.saw("company", answer, flat(body))
    return answer


@operation("company", "list-users", "List Users of a Company")
def list_users(
    work: Work,
    *,
    company_id: Annotated[str, kinds.ID, "Intercom's id of the company, or your own."],
) -> UsersListed:
    """Give all users that belong to a company, page by page to the end; leads are left out."""
    answer = companies.act(work, company_id, partial(_members, work))
    users = [one for one in answer["data"] if one.get("role") == "user"]
    return UsersListed(users=users)


def _members(work: Work, found: Found) -> Object:
    if found[1] is not None:
        companies.read(work, found)

    def page(cursor: str) -> Object:
        number = int(cursor) if cursor.isdigit() else None
        after = None if number else cursor or None
        return calls.list_company_contacts(
            work.client, found[0], per_page=PER_PAGE, page=number, starting_after=after
        )

    return {"data": pages.gather(page, None)[0]}
