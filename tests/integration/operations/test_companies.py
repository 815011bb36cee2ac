"""The operations on companies, on a sandbox over a real socket."""

from __future__ import annotations

import json

import pytest

from bridge.errors import IntercomNotFound
from bridge.intercom.client import Client
from bridge.intercom.operations import company
from bridge.intercom.sandbox import companies as rules
from tests.integration.operations.conftest import Desk

ACME = "5f0000000000000000000001"


def test_the_seeds_example_creates_a_company_with_its_attributes(desk: Desk) -> None:
    """CustomAttributes as JSON text in and out; attributes that are new are created."""
    told = desk.done(
        "company",
        "create",
        CompanyId="CLIENT-12345",
        Name="New Client Inc.",
        CustomAttributes='{"plan": "premium", "signup_source": "workflow"}',
    )
    assert (told["StatusCode"], told["Type"], told["CompanyId"]) == (200, "company", "CLIENT-12345")
    assert json.loads(told["CustomAttributes"]) == {"plan": "premium", "signup_source": "workflow"}
    assert len(told["Remarks"]) == 2
    held = desk.company("CLIENT-12345")
    assert (held["id"], held["name"]) == (told["Id"], "New Client Inc.")


def test_creating_a_company_again_updates_it(desk: Desk) -> None:
    """It is an upsert by company_id: one call, no second company."""
    first = desk.done("company", "create", CompanyId="acme", Name="Acme", RemoteCreatedAt=0)
    again = desk.done("company", "create", CompanyId="acme", Name="Acme Ltd")
    assert again["Id"] == first["Id"]
    assert first["RemoteCreatedAt"] == 0
    assert desk.calls() == ["POST /companies"]


def test_false_and_zero_arrive_as_they_are(desk: Desk) -> None:
    """Neither becomes empty on the way."""
    given = {"vip": False, "seats": 0, "rate": 0.5}
    told = desk.done("company", "create", CompanyId="acme", Name="A", CustomAttributes=given)
    assert json.loads(told["CustomAttributes"]) == given
    types = {one.name: one.data_type for one in desk.state.attributes.values() if one.custom}
    assert types == {"vip": "boolean", "seats": "integer", "rate": "float"}


@pytest.mark.parametrize("company_id", [ACME, "acme"])
def test_a_company_is_found_by_either_id(desk: Desk, company_id: str) -> None:
    """Intercom's and one's own; one call each."""
    desk.plant(companies=[{"id": ACME, "company_id": "acme", "name": "Acme"}])
    told = desk.done("company", "get", CompanyId=company_id)
    assert told["Company"]["id"] == ACME
    assert len(desk.calls()) == 1


def test_an_own_id_that_looks_like_intercoms_is_found_too(desk: Desk) -> None:
    """Intercom's is tried first."""
    own = "5f" * 12
    desk.plant(companies=[{"id": ACME, "company_id": own, "name": "Acme"}])
    assert desk.done("company", "get", CompanyId=own)["Company"]["id"] == ACME
    assert desk.calls() == [f"GET /companies/{own}", "GET /companies"]


@pytest.mark.parametrize(
    ("name", "more"), [("get", {}), ("update", {"CompanyData": {"name": "x"}}), ("list-users", {})]
)
def test_a_company_that_is_not_there_is_a_404(
    desk: Desk, name: str, more: dict[str, object]
) -> None:
    """And an update does not create it."""
    told = desk.do("company", name, CompanyId="nobody", **more)
    assert told["StatusCode"] == 404
    assert "no company of this id" in told["ErrorMessage"]
    assert desk.state.companies == {}


@pytest.mark.parametrize("company_id", [ACME, "acme"])
def test_an_update_changes_only_what_can_be_changed(desk: Desk, company_id: str) -> None:
    """What cannot is left out and told; the answer is JSON text."""
    desk.plant(companies=[{"id": ACME, "company_id": "acme", "name": "Acme"}])
    data = {"size": 0, "company_id": "other", "custom_attributes": {"vip": False}}
    told = desk.done("company", "update", CompanyId=company_id, CompanyData=json.dumps(data))
    assert told["CompanyUpdated"] is True
    assert json.loads(told["UpdatedCompany"])["custom_attributes"] == {"vip": False}
    assert any("company_id" in remark for remark in told["Remarks"])
    assert desk.sent()[-1]["body"] == {"size": 0, "custom_attributes": {"vip": False}}
    assert desk.company("acme")["size"] == 0


def test_all_pages_of_companies_are_followed(desk: Desk) -> None:
    """PerPage is the size of the pages, not the end of the list."""
    _many(desk, 7)
    told = desk.done("company", "get-many", PerPage=3)
    assert len(json.loads(told["Companies"])) == 7
    assert told["NextStartingAfter"] == ""
    assert len(desk.calls()) == 3


def test_with_starting_after_one_page_is_given(desk: Desk) -> None:
    """The first for "", then the one after the cursor, until there is none."""
    _many(desk, 5)
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        told = desk.done("company", "get-many", PerPage="2", StartingAfter=cursor)
        assert len(desk.calls()) == 1
        found += json.loads(told["Companies"])
        cursor, pages = told["NextStartingAfter"], pages + 1
    assert len({one["id"] for one in found}) == 5
    assert pages == 3


def test_companies_beyond_the_lists_end_are_scrolled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the list says that it ends, Intercom's scroll goes on."""
    monkeypatch.setattr(company, "LISTED", 120)
    _many(desk, 120)
    told = desk.done("company", "get-many")
    assert len(json.loads(told["Companies"])) == 120
    assert desk.calls() == ["POST /companies/list", *["GET /companies/scroll"] * 3]


def test_only_users_of_a_company_are_listed_from_all_pages(desk: Desk) -> None:
    """Intercom's list has leads too."""
    people = [{"external_id": f"u{n}", "companies": ["acme"]} for n in range(60)]
    desk.plant(
        contacts=[*people, {"role": "lead", "email": "l@example.com", "companies": ["acme"]}]
    )
    told = desk.done("company", "list-users", CompanyId="acme")
    assert {one["external_id"] for one in told["Users"]} == {f"u{n}" for n in range(60)}
    assert len(desk.calls()) == 3


def test_in_python_results_are_typed_and_errors_raised(client: Client) -> None:
    """Objects instead of text, exceptions instead of StatusCode."""
    made = company.create(client, company_id="acme", name="Acme", custom_attributes={"vip": True})
    assert (made.company_id, made.custom_attributes, made.status) == ("acme", {"vip": True}, 200)
    assert company.get(client, company_id="acme").company["id"] == made.id
    with pytest.raises(IntercomNotFound):
        company.get(client, company_id="nobody")


def _many(desk: Desk, count: int) -> None:
    """Make companies that lists show: those with a user."""
    ids = [f"c{number}" for number in range(count)]
    desk.plant(contacts=[{"external_id": "u1", "companies": ids}])
    assert len(rules.visible(desk.state)) == count
