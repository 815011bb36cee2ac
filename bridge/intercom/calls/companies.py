"""Companies, and which contacts belong to them; ids are Intercom's unless named company_id."""

from __future__ import annotations

from typing import Literal

from bridge.errors import IntercomNotFound
from bridge.intercom.calls.ask import Body, Object, ask, listed, segment
from bridge.intercom.client import Client


def upsert_company(client: Client, body: Body) -> Object:
    """Create or update the company of `body["company_id"]`, in one call that may be repeated."""
    return ask(client, "upsert company", "POST", "/companies", body)


def update_company(client: Client, company_id: str, body: Body) -> Object:
    """Change a company by Intercom's id; company_id and remote_created_at cannot be changed."""
    return ask(client, "update company", "PUT", f"/companies/{segment(company_id)}", body)


def get_company(client: Client, company_id: str) -> Object:
    """Give a company by Intercom's id."""
    return ask(client, "get company", "GET", f"/companies/{segment(company_id)}")


def find_company(client: Client, company_id: str) -> Object | None:
    """Give the company of one's own company_id, None where there is none.

    The description has a list here, the live API answers a single company: both are read.
    """
    try:
        answer = ask(client, "find company", "GET", "/companies", query={"company_id": company_id})
    except IntercomNotFound:
        return None
    if answer.get("type") == "company":
        return answer
    found = [item for item in listed(answer) if item.get("company_id") == company_id]
    return found[0] if found else None


def delete_company(client: Client, company_id: str) -> Object:
    """Delete a company by Intercom's id; its contacts stay."""
    return ask(client, "delete company", "DELETE", f"/companies/{segment(company_id)}")


def list_companies(
    client: Client,
    page: int | None = None,
    per_page: int | None = None,
    order: Literal["asc", "desc"] | None = None,
) -> Object:
    """Give a page of the companies that have a user; 10,000 in all, the rest by scrolling."""
    query = {"page": page, "per_page": per_page, "order": order}
    return ask(client, "list companies", "POST", "/companies/list", query=query)


def scroll_companies(client: Client, scroll_param: str | None = None) -> Object:
    """Give the next stretch of all companies; one scroll per app, forgotten after a minute."""
    query = {"scroll_param": scroll_param}
    return ask(client, "scroll companies", "GET", "/companies/scroll", query=query)


def list_company_contacts(
    client: Client,
    company_id: str,
    per_page: int | None = None,
    page: int | None = None,
    starting_after: str | None = None,
) -> Object:
    """Give a page of the contacts attached to a company, leads among them."""
    query = {"per_page": per_page, "page": page, "starting_after": starting_after}
    path = f"/companies/{segment(company_id)}/contacts"
    return ask(client, "list company contacts", "GET", path, query=query)


def attach_company(client: Client, contact_id: str, company_id: str) -> Object:
    """Make a contact belong to a company and give the company; 1,000 companies per contact."""
    path = f"/contacts/{segment(contact_id)}/companies"
    return ask(client, "attach company", "POST", path, {"id": company_id})


def detach_company(client: Client, contact_id: str, company_id: str) -> Object:
    """End it that a contact belongs to a company, and give the company."""
    path = f"/contacts/{segment(contact_id)}/companies/{segment(company_id)}"
    return ask(client, "detach company", "DELETE", path)


def list_contact_companies(
    client: Client, contact_id: str, page: int | None = None, per_page: int | None = None
) -> list[Object]:
    """Give a page of the companies a contact belongs to (50 where `per_page` is not given).

    The description names the list `companies`, its examples `data`: both are read.
    """
    path = f"/contacts/{segment(contact_id)}/companies"
    query = {"page": page, "per_page": per_page}
    return listed(ask(client, "list contact companies", "GET", path, query=query), "companies")
