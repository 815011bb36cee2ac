"""The operations on users, on a sandbox over a real socket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.intercom.client import Client
from bridge.intercom.operations import user
from bridge.intercom.sandbox import Fault, SandboxServer, contacts
from tests.integration.operations.conftest import Desk

ADA = "5f0000000000000000000001"
LEAD = "5f0000000000000000000002"
ACME = "5f0000000000000000000003"


def plant(desk: Desk, **more: Any) -> None:
    ada = {"id": ADA, "external_id": "u1", "email": "ada@example.com", **more}
    desk.plant(
        companies=[{"id": ACME, "company_id": "acme", "name": "Acme"}],
        contacts=[ada, {"id": LEAD, "role": "lead", "email": "lin@example.com"}],
    )


def test_a_user_is_created_with_companies(desk: Desk) -> None:
    """Each company is created or updated, then joined by Intercom's id."""
    told = desk.done(
        "user",
        "create",
        UserId="u9",
        Email="eve@example.com",
        Phone="+353 1 234",
        CustomAttributes='{"vip": false, "seats": 0}',
        Companies='[{"company_id": "acme", "name": "Acme"}, {"company_id": "two", "size": 0}]',
    )
    assert told["User"]["custom_attributes"] == {"vip": False, "seats": 0}
    held = desk.person(external_id="u9")
    assert held["companies"] == ["acme", "two"]
    assert (held["email"], held["phone"]) == ("eve@example.com", "+353 1 234")
    joins = [call for call in desk.sent() if call["path"].endswith("/companies")]
    assert all(
        len(call["body"].get("id", "")) == 24 for call in joins if "contacts" in call["path"]
    )


def test_a_company_joined_by_intercoms_id_is_not_written(desk: Desk) -> None:
    """There is nothing to write."""
    plant(desk)
    desk.done("user", "create", UserId="u9", Companies=[{"id": ACME}])
    assert desk.person(external_id="u9")["companies"] == ["acme"]
    assert "POST /companies" not in desk.calls()


def test_a_user_created_again_is_updated(desk: Desk) -> None:
    """Intercom's 409 names who has the id."""
    plant(desk)
    told = desk.done("user", "create", UserId="u1", Name="Ada")
    assert (told["User"]["id"], told["User"]["name"]) == (ADA, "Ada")
    assert desk.calls() == ["POST /contacts", f"PUT /contacts/{ADA}"]
    assert len(desk.people(role="user")) == 1


def test_a_user_known_by_address_only_gets_the_id(desk: Desk) -> None:
    """A blind POST would make a second one of the same address."""
    desk.plant(contacts=[{"id": ADA, "role": "user", "email": "ada@example.com"}])
    desk.done("user", "create", UserId="u1", Email="ada@example.com")
    assert desk.person(email="ada@example.com")["external_id"] == "u1"


def test_somebody_else_of_the_same_address_is_not_overwritten(desk: Desk) -> None:
    """Two users may share an address under different ids."""
    plant(desk)
    told = desk.done("user", "create", UserId="u2", Email="ada@example.com", Name="Ada's twin")
    assert told["User"]["id"] != ADA
    assert "name" not in desk.person(id=ADA)


def test_where_intercom_refuses_to_share_an_address_nobody_is_overwritten(desk: Desk) -> None:
    """Its 409 names somebody else: that is read before it is written over."""
    desk.state.rules = replace(desk.state.rules, email_conflict="always")
    plant(desk)
    told = desk.do("user", "create", UserId="u2", Email="ada@example.com", Name="Twin")
    assert told["StatusCode"] == 409
    assert "another external_id" in told["ErrorMessage"]
    assert "name" not in desk.person(id=ADA)


def test_an_archived_user_is_not_brought_back(desk: Desk) -> None:
    """409, and it stays archived."""
    plant(desk)
    contacts.archive(desk.state, ADA)
    told = desk.do("user", "create", UserId="u1", Name="Ada")
    assert told["StatusCode"] == 409
    assert "rchived" in told["ErrorMessage"]
    assert desk.person(id=ADA)["standing"] == "archived"


def test_a_company_that_cannot_be_joined_does_not_undo_the_rest(desk: Desk) -> None:
    """The user is there, the others are joined, what failed is named."""
    plant(desk)
    wrong = {"id": "5f" * 12}
    told = desk.do("user", "create", UserId="u9", Companies=[wrong, {"id": ACME}])
    assert told["StatusCode"] == 404
    assert wrong["id"] in told["ErrorMessage"]
    assert told["User"]["external_id"] == "u9"
    assert desk.person(external_id="u9")["companies"] == ["acme"]


@pytest.mark.parametrize("user_id", [ADA, "u1"])
def test_a_user_is_read_by_either_id(desk: Desk, user_id: str) -> None:
    """Intercom's and one's own; one call each."""
    plant(desk)
    assert desk.done("user", "get", UserId=user_id)["Results"]["id"] == ADA
    assert len(desk.calls()) == 1


def test_an_own_id_that_looks_like_intercoms_is_found_too(desk: Desk) -> None:
    """Intercom's is tried first."""
    plant(desk, external_id="5f" * 12)
    assert desk.done("user", "get", UserId="5f" * 12)["Results"]["id"] == ADA
    assert len(desk.calls()) == 2


def test_a_lead_read_as_a_user_is_said_to_be_one(desk: Desk) -> None:
    """It is given all the same."""
    plant(desk)
    told = desk.done("user", "get", UserId=LEAD)
    assert "is a lead" in told["Remarks"][0]


def test_all_users_are_given_and_no_leads(desk: Desk) -> None:
    """Page by page, 150 at a time."""
    desk.plant(contacts=[{"external_id": f"u{n}"} for n in range(160)])
    desk.plant(contacts=[{"role": "lead", "email": "l@example.com"}])
    told = desk.done("user", "get-many")
    assert len(told["Results"]) == 160
    assert len(desk.calls()) == 2


@pytest.mark.parametrize("user_id", [ADA, "u1"])
def test_a_user_is_updated_by_either_id(desk: Desk, user_id: str) -> None:
    """Old names of fields are understood, null clears, tags and companies are put on."""
    plant(desk, phone="+1", name="A")
    data = {
        "name": "Ada",
        "phone": None,
        "created_at": 1_700_000_000,
        "unsubscribed_from_emails": False,
        "custom_attributes": {"seats": 0},
        "tags": ["vip"],
        "companies": [{"company_id": "acme"}],
    }
    told = desk.done("user", "update", UserId=user_id, UpdateData=json.dumps(data))
    assert told["UpdatedUser"]["unsubscribed_from_emails"] is False
    held = desk.person(id=ADA)
    assert (held["name"], held.get("phone"), held["signed_up_at"]) == ("Ada", None, 1_700_000_000)
    assert (held["tags"], held["companies"]) == (["vip"], ["acme"])
    assert held["custom_attributes"] == {"seats": 0}


def test_what_was_read_can_be_changed_and_sent_back(desk: Desk) -> None:
    """The whole contact as Intercom gave it."""
    plant(desk, name="A", tags=["vip"])
    read = desk.done("user", "get", UserId="u1")["Results"]
    desk.done("user", "update", UserId="u1", UpdateData={**read, "name": "Ada"})
    assert desk.person(id=ADA)["name"] == "Ada"
    assert "signed_up_at" not in desk.person(id=ADA)


def test_a_merged_user_is_updated_where_it_went(desk: Desk) -> None:
    """One redirect is followed."""
    plant(desk)
    contacts.merge(
        desk.state, {"from": LEAD, "into": ADA, "skip_duplicate_validation": True}, (2, 16)
    )
    told = desk.done("user", "update", UserId=LEAD, UpdateData={"name": "Ada"})
    assert told["UpdatedUser"]["id"] == ADA
    assert "merged" in told["Remarks"][0]


def test_an_owner_is_a_number_before_2_16_and_text_since(server: SandboxServer) -> None:
    """Each version refuses the other."""
    sent = []
    for version in ("2.15", "2.16"):
        client = Client(server.url, "t", version=version)
        user.create(client, user_id="u1")
        user.update(client, user_id="u1", update_data={"owner_id": 12})
        sent.append(server.state.journal.listed()[-1]["body"]["owner_id"])
        client.close()
    assert sent == [12, "12"]


def test_a_list_of_users_is_deleted_one_by_one(desk: Desk) -> None:
    """Each has a result of its own; gone is gone."""
    plant(desk)
    told = desk.done("user", "delete", UserId=json.dumps(["u1", "nobody"]))
    assert told["Deleted"] is True
    assert [(one["UserId"], one["Deleted"], one["StatusCode"]) for one in told["Results"]] == [
        ("u1", True, 200),
        ("nobody", True, 404),
    ]
    assert desk.person(id=ADA)["standing"] == "deleted"


def test_one_that_cannot_be_deleted_does_not_keep_the_others(desk: Desk) -> None:
    """Deleted is false, and says of which."""
    plant(desk)
    told = desk.do("user", "delete", UserId=[LEAD, "u1"])
    assert (told["Deleted"], told["StatusCode"]) == (False, 404)
    assert [one["Deleted"] for one in told["Results"]] == [False, True]
    assert LEAD in told["ErrorMessage"]
    assert "standing" not in desk.person(id=LEAD)


def test_a_deletion_stops_where_intercom_is_out_of_breath(desk: Desk) -> None:
    """The rest is not tried, and said so."""
    plant(desk)
    desk.state.faults.add(Fault("status", method="DELETE", times=0, status=503))
    told = desk.do("user", "delete", UserId=["u1", "u2", "u3"])
    assert told["StatusCode"] == 503
    assert ["not tried" in one["ErrorMessage"] for one in told["Results"]] == [False, True, True]


def test_a_dictionary_may_name_the_user(desk: Desk) -> None:
    """Such as the user that was read."""
    plant(desk)
    read = desk.done("user", "get", UserId="u1")["Results"]
    assert desk.done("user", "delete", UserId=read)["Deleted"] is True
