"""Intercom's own Python client works against the sandbox: what it reads is what was meant.

It is an independent judge: its models are generated from the description by others.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from intercom import Intercom, SingleFilterSearchRequest, StartingAfterPaging
from intercom.core.api_error import ApiError
from intercom.core.request_options import RequestOptions

from bridge.intercom.sandbox import Sandbox, SandboxServer, plant
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract

USERS = SingleFilterSearchRequest(field="role", operator="=", value="user")


@pytest.fixture
def official(server: SandboxServer) -> Iterator[Intercom]:
    headers = {"Intercom-Version": "2.16"}
    with httpx.Client() as connection:
        yield Intercom(token="t", base_url=server.url, headers=headers, httpx_client=connection)


def test_contacts_are_created_updated_found_and_deleted(official: Intercom) -> None:
    """By the models of the official client."""
    body = {"role": "user", "external_id": "u1", "email": "a@example.com"}
    made = official.contacts.create(request=body)
    assert (made.external_id, made.role) == ("u1", "user")
    assert official.contacts.update(made.id, name="Ada").name == "Ada"
    assert official.contacts.find(made.id).name == "Ada"
    assert official.contacts.show_contact_by_external_id("u1").id == made.id
    assert official.contacts.archive(made.id).archived is True
    assert official.contacts.unarchive(made.id).archived is False
    gone = official.contacts.delete(made.id)
    assert (gone.id, gone.external_id, gone.deleted) == (made.id, "u1", True)
    with pytest.raises(ApiError, match="User Not Found"):
        official.contacts.find(made.id)


def test_lists_and_searches_are_followed_page_by_page(official: Intercom, state: Sandbox) -> None:
    """The client's own pagers find every contact once, by the cursors of the sandbox."""
    plant(state, {"contacts": [{"external_id": f"u{n}"} for n in range(25)]})
    everybody = {contact.id for contact in state.contacts.values()}
    listed = [contact.id for contact in official.contacts.list(per_page=10)]
    assert (len(listed), set(listed)) == (25, everybody)
    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        # By hand: the search pager of 5.0.1 asks for its first page again and again.
        page = official.contacts.search(
            query=USERS, pagination=StartingAfterPaging(per_page=7, starting_after=cursor)
        )
        found += [contact.id for contact in page.items or ()]
        following = page.response.pages and page.response.pages.next
        cursor = following.starting_after if following else None
    assert (len(found), set(found)) == (25, everybody)


def test_companies_are_made_attached_and_listed(official: Intercom) -> None:
    """And seen from both sides."""
    person = official.contacts.create(request={"role": "user", "external_id": "u1"})
    firms = [
        official.companies.create_or_update(request={"company_id": f"c{n}", "name": f"Acme {n}"})
        for n in range(3)
    ]
    for firm in firms:
        attached = official.companies.attach_contact(person.id, company_id=firm.id)
        assert (attached.id, attached.company_id) == (firm.id, firm.company_id)
    assert official.contacts.find(person.id).companies.total_count == 3
    members = official.companies.list_attached_contacts(firms[0].id)
    assert [each.id for each in members.data] == [person.id]
    first = official.companies.list(page=1, per_page=2)
    assert [each.name for each in first.items or ()] == ["Acme 0", "Acme 1"]
    assert official.companies.scroll().items is not None
    assert official.companies.detach_contact(person.id, firms[0].id).id == firms[0].id
    assert official.companies.delete(firms[1].id).deleted is True


def test_a_lead_is_merged_into_a_user(official: Intercom) -> None:
    """They are duplicates: version 2.16 asks for an address in common."""
    lead = official.contacts.create(request={"role": "lead", "email": "a@example.com"})
    user = official.contacts.create(request={"external_id": "u1", "email": "a@example.com"})
    merged = official.contacts.merge_lead_in_user(lead_id=lead.id, contact_id=user.id)
    assert (merged.id, merged.external_id) == (user.id, "u1")
    with pytest.raises(ApiError) as caught:
        official.contacts.find(lead.id)
    assert caught.value.status_code == 410
    assert caught.value.headers["link"] == f'</contacts/{user.id}>; rel="canonical"'


def test_tags_notes_events_and_attributes_are_what_its_models_expect(official: Intercom) -> None:
    """What goes on around a contact."""
    person = official.contacts.create(request={"role": "user", "external_id": "u1"})
    tag = official.tags.create(request={"name": "VIP"})
    assert official.tags.tag_contact(person.id, tag_id=tag.id).name == "VIP"
    assert [each.name for each in official.contacts.list_attached_tags(person.id).data] == ["VIP"]
    note = official.notes.create(person.id, body="<p>Hello</p>")
    assert official.notes.find(int(note.id)).body == "<p>Hello</p>"
    assert [each.id for each in official.notes.list(person.id)] == [note.id]
    bought = {"event_name": "bought", "created_at": 1_700_000_000, "id": person.id}
    official.events.create(request=bought)
    told = official.events.list(type="user", intercom_user_id=person.id, summary=True)
    assert [(each.name, each.count) for each in told.events if each] == [("bought", 1)]
    row = {"name": "tier", "model": "contact", "data_type": "string"}
    made = official.data_attributes.create(request=row)
    assert made.full_name == "custom_attributes.tier"
    names = [each.name for each in official.data_attributes.list(model="contact").data]
    assert "tier" in names
    kinds = official.subscription_types.list().data
    assert [each.consent_type for each in kinds] == ["opt_in", "opt_out"]


def test_a_conflict_is_an_error_with_its_text(official: Intercom) -> None:
    """The official client has no class for it, only the body; and it must not be tried again."""
    body = {"role": "user", "external_id": "u1"}
    made = official.contacts.create(request=body)
    with pytest.raises(ApiError) as caught:
        official.contacts.create(request=body, request_options=RequestOptions(max_retries=0))
    assert caught.value.status_code == 409
    assert made.id in str(caught.value.body)


def test_what_the_official_client_sends_and_gets_is_as_described(
    official: Intercom, contract: Contract, exchanges: list[Exchange]
) -> None:
    """The description, its own client and the sandbox agree."""
    person = official.contacts.create(request={"role": "user", "external_id": "u1"})
    official.contacts.update(person.id, name="Ada")
    list(official.contacts.list())
    list(official.contacts.search(query=USERS))
    assert contract.check_all(exchanges) == 4
