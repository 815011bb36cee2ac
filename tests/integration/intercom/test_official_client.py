"""Intercom's own Python client works against the sandbox: what it reads is what was meant."""

import httpx
import pytest
from intercom import Intercom
from intercom.core.api_error import ApiError


@pytest.fixture
def official(server):
    headers = {"Intercom-Version": "2.16"}
    with httpx.Client() as connection:
        yield Intercom(token="t", base_url=server.url, headers=headers, httpx_client=connection)


def test_contacts_are_created_updated_found_and_searched(official):
    """By the models of the official client."""
    body = {"role": "user", "external_id": "u1", "email": "a@example.com"}
    made = official.contacts.create(request=body)
    assert (made.external_id, made.role) == ("u1", "user")
    assert official.contacts.update(made.id, name="Ada").name == "Ada"
    assert official.contacts.find(made.id).name == "Ada"
    assert official.contacts.show_contact_by_external_id("u1").id == made.id
    query = {"field": "email", "operator": "=", "value": "a@example.com"}
    assert [each.id for each in official.contacts.search(query=query)] == [made.id]


def test_companies_are_attached(official):
    """And seen from the contact."""
    person = official.contacts.create(request={"role": "user", "external_id": "u1"})
    company = official.companies.create_or_update(request={"company_id": "c1", "name": "Acme"})
    assert official.companies.attach_contact(person.id, company_id=company.id).id == company.id
    assert official.contacts.find(person.id).companies.total_count == 1


def test_a_conflict_is_an_error_with_its_text(official):
    """The official client has no class for it, only the body."""
    body = {"role": "user", "external_id": "u1"}
    made = official.contacts.create(request=body)
    with pytest.raises(ApiError) as caught:
        official.contacts.create(request=body)
    assert caught.value.status_code == 409
    assert made.id in str(caught.value.body)
