"""Tags, by their names: Intercom compares them without regard to case."""

from __future__ import annotations

from bridge.errors import IntercomNotFound
from bridge.intercom.calls.ask import Object, ask, listed, segment
from bridge.intercom.client import Client


def create_tag(client: Client, name: str) -> Object:
    """Give the tag of that name, made where there is none."""
    return ask(client, "create tag", "POST", "/tags", {"name": name})


def list_tags(client: Client) -> list[Object]:
    """Give all tags of the workspace (Intercom has no pages here)."""
    return listed(ask(client, "list tags", "GET", "/tags"))


def list_contact_tags(client: Client, contact_id: str) -> list[Object]:
    """Give the tags of one contact."""
    path = f"/contacts/{segment(contact_id)}/tags"
    return listed(ask(client, "list contact tags", "GET", path))


def tag_contact(client: Client, name: str, contact_id: str) -> Object:
    """Put a tag on a contact in one call; the tag is made where there is none.

    Since 2.16 Intercom passes over contacts it does not know and still answers 200: then
    IntercomNotFound is raised here.
    """
    body = {"name": name, "users": [{"id": contact_id}]}
    answer = ask(client, "tag contact", "POST", "/tags", body)
    return _applied(answer, "tag contact", "users", contact_id, tagged=True)


def untag_contact(client: Client, name: str, contact_id: str) -> Object | None:
    """Take a tag off a contact and give the tag; None where the contact does not have it.

    The description untags companies by name, contacts only by the tag's id: that is read first.
    """
    wanted = name.casefold()
    for tag in list_contact_tags(client, contact_id):
        if str(tag.get("name", "")).casefold() == wanted:
            path = f"/contacts/{segment(contact_id)}/tags/{segment(str(tag['id']))}"
            return ask(client, "untag contact", "DELETE", path)
    return None


def tag_company(client: Client, name: str, company_id: str) -> Object:
    """Put a tag on a company (by Intercom's id); the tag is made where there is none."""
    body = {"name": name, "companies": [{"id": company_id}]}
    answer = ask(client, "tag company", "POST", "/tags", body)
    return _applied(answer, "tag company", "companies", company_id, tagged=True)


def untag_company(client: Client, name: str, company_id: str) -> Object:
    """Take a tag off a company (by Intercom's id)."""
    body = {"name": name, "companies": [{"id": company_id, "untag": True}]}
    answer = ask(client, "untag company", "POST", "/tags", body)
    return _applied(answer, "untag company", "companies", company_id, tagged=False)


def _applied(answer: Object, name: str, key: str, target: str, *, tagged: bool) -> Object:
    reported = answer.get(key)
    if not isinstance(reported, list):
        return answer  # before 2.16 nothing is reported, and a stranger is a 404
    done = {"id": target, "tagged": tagged}
    if any(isinstance(item, dict) and done.items() <= item.items() for item in reported):
        return answer
    raise IntercomNotFound(
        f"{name}: Intercom passed over {target}, which it does not know", status=404
    )
