"""The operations on leads, on a sandbox over a real socket."""

from __future__ import annotations

import pytest

from bridge.intercom.operations import Incomplete, lead
from bridge.intercom.sandbox import Fault, contacts
from tests.integration.operations.conftest import Desk

LEAD = "5f0000000000000000000001"
USER = "5f0000000000000000000002"


def plant(desk: Desk) -> None:
    desk.plant(
        contacts=[
            {"id": LEAD, "role": "lead", "email": "lin@example.com", "name": "Lin"},
            {"id": USER, "external_id": "u1", "email": "ada@example.com"},
        ]
    )


def test_a_lead_is_created(desk: Desk) -> None:
    """Looked for first: Intercom would make any number of one address."""
    told = desk.done("lead", "create", Email="Lin@Example.com", Name="Lin")
    assert told["Lead"]["role"] == "lead"
    assert told["LeadId"] == told["Lead"]["id"] == desk.person(email="lin@example.com")["id"]
    assert desk.calls() == ["POST /contacts/search", "POST /contacts"]


def test_a_lead_created_again_is_the_same(desk: Desk) -> None:
    """It is updated, and that is said."""
    plant(desk)
    told = desk.done("lead", "create", Email="lin@example.com", Name="Lin B")
    assert told["LeadId"] == LEAD
    assert desk.person(id=LEAD)["name"] == "Lin B"
    assert "already" in told["Remarks"][0]
    assert len(desk.people(email="lin@example.com")) == 1


@pytest.mark.parametrize("known_by", [{"Email": "ada@example.com"}, {"UserId": "u1"}])
def test_a_user_who_fills_in_a_leads_form_stays_a_user(
    desk: Desk, known_by: dict[str, str]
) -> None:
    """The user is updated, no lead is made."""
    plant(desk)
    told = desk.done("lead", "create", Name="Ada", **known_by)
    assert (told["LeadId"], told["Lead"]["role"]) == (USER, "user")
    assert len(desk.people()) == 2
    assert desk.person(id=USER)["name"] == "Ada"


def test_the_newest_of_several_leads_is_taken(desk: Desk) -> None:
    """Leads of one address are alike."""
    for number, updated in enumerate((10, 30, 20)):
        row = {"id": f"5f{number:022x}", "role": "lead", "email": "x@example.com"}
        desk.plant(contacts=[{**row, "updated_at": updated}])
    told = desk.done("lead", "create", Email="x@example.com", Name="X")
    assert told["LeadId"] == f"5f{1:022x}"


def test_several_users_of_one_address_are_not_guessed_between(desk: Desk) -> None:
    """409, nothing written."""
    people = [{"external_id": f"u{n}", "email": "x@example.com"} for n in range(2)]
    desk.plant(contacts=people)
    told = desk.do("lead", "create", Email="x@example.com", Name="X")
    assert told["StatusCode"] == 409
    assert "2 users" in told["ErrorMessage"]
    assert desk.calls() == ["POST /contacts/search"]


def test_a_user_id_that_nothing_remembers_is_told(desk: Desk) -> None:
    """Intercom keeps none for leads."""
    told = desk.done("lead", "create", UserId="lead-7")
    assert "not remembered" in told["Remarks"][0]
    assert "external_id" not in desk.sent()[-1]["body"]


def test_a_lead_whose_answer_was_lost_is_said_to_be_perhaps_there(desk: Desk) -> None:
    """Repeating it blindly would make a second."""
    desk.state.faults.add(Fault("lose", method="POST", path="/contacts", times=1))
    told = desk.do("lead", "create", UserId="lead-7")
    assert told["StatusCode"] == 500
    assert "may have been done" in told["ErrorMessage"]


def test_a_lead_is_read_by_id(desk: Desk) -> None:
    """One call."""
    plant(desk)
    told = desk.done("lead", "get", LeadId=LEAD)
    assert told["Lead"]["email"] == "lin@example.com"
    assert desk.calls() == [f"GET /contacts/{LEAD}"]


def test_a_lead_that_was_merged_is_given_as_the_user_it_became(desk: Desk) -> None:
    """Through Intercom's redirect, with remarks."""
    plant(desk)
    contacts.merge(
        desk.state, {"from": LEAD, "into": USER, "skip_duplicate_validation": True}, (2, 16)
    )
    told = desk.done("lead", "get", LeadId=LEAD)
    assert told["Lead"]["id"] == USER
    assert ["merged" in told["Remarks"][0], "user" in told["Remarks"][1]] == [True, True]
    assert desk.calls() == [f"GET /contacts/{LEAD}", f"GET /contacts/{USER}"]


def test_leads_are_found_by_intercoms_own_external_id(desk: Desk) -> None:
    """The direct read passes over leads: they are searched."""
    plant(desk)
    made_up = next(one for one in desk.state.contacts.values() if one.id == LEAD).external_id
    assert desk.done("lead", "get", LeadId=made_up)["Lead"]["id"] == LEAD


def test_all_leads_are_given_and_no_users(desk: Desk) -> None:
    """Page by page to the end; oldest first."""
    plant(desk)
    for number in range(4):
        row = {"role": "lead", "email": f"l{number}@example.com", "created_at": 100 + number}
        desk.plant(contacts=[row])
    told = desk.done("lead", "get-many", PerPage=2)
    assert [one["email"] for one in told["Results"]][:2] == ["l0@example.com", "l1@example.com"]
    assert {one["role"] for one in told["Results"]} == {"lead"}
    assert len(told["Results"]) == 5
    assert len(desk.calls()) == 3


def test_a_page_of_leads_tells_the_next(desk: Desk) -> None:
    """As long as there is one."""
    plant(desk)
    desk.plant(contacts=[{"role": "lead", "email": "m@example.com"}])
    first = desk.done("lead", "get-many", PerPage=1, StartingAfter="")
    second = desk.done("lead", "get-many", PerPage=1, StartingAfter=first["NextStartingAfter"])
    assert first["NextStartingAfter"]
    assert second["NextStartingAfter"] == ""
    assert first["Results"][0]["id"] != second["Results"][0]["id"]


def test_a_lead_is_updated_and_tagged_by_name(desk: Desk) -> None:
    """One call each; tags that are there stay."""
    plant(desk)
    told = desk.done("lead", "update", ContactId=LEAD, Name="Lin C", Tags='["vip", "beta"]')
    assert told["Updated"] is True
    assert told["Result"]["name"] == "Lin C"
    assert desk.person(id=LEAD)["tags"] == ["vip", "beta"]
    assert desk.calls() == [f"PUT /contacts/{LEAD}", "POST /tags", "POST /tags"]


def test_a_failing_tag_does_not_undo_the_rest(desk: Desk) -> None:
    """What was done and what not is said; the other tag is put on."""
    plant(desk)
    desk.state.faults.add(Fault("status", method="POST", path="/tags", times=1, status=422))
    told = desk.do("lead", "update", ContactId=LEAD, Name="Lin C", Tags=["vip", "beta"])
    assert (told["Updated"], told["StatusCode"], told["Result"]["name"]) == (False, 422, "Lin C")
    assert "tag vip" in told["ErrorMessage"]
    assert desk.person(id=LEAD)["tags"] == ["beta"]


def test_in_python_a_part_that_failed_is_raised_with_the_rest(desk: Desk) -> None:
    """`result` holds what was done."""
    plant(desk)
    desk.state.faults.add(Fault("status", method="POST", path="/tags", times=1, status=422))
    with pytest.raises(Incomplete) as raised:
        lead.update(desk.client, contact_id=LEAD, tags=["vip"])
    assert raised.value.result.result["id"] == LEAD
    assert raised.value.status == 422


def test_a_lead_is_deleted_once_and_gone_ever_after(desk: Desk) -> None:
    """What is gone already is a success that tells Intercom's 404."""
    plant(desk)
    first = desk.done("lead", "delete", LeadId=LEAD)
    again = desk.done("lead", "delete", LeadId=LEAD)
    assert (first["Deleted"], first["StatusCode"]) == (True, 200)
    assert (again["Deleted"], again["StatusCode"]) == (True, 404)
    assert desk.person(id=LEAD)["standing"] == "deleted"


def test_a_user_is_not_deleted_as_a_lead(desk: Desk) -> None:
    """Deletion is for good: the role is looked at first."""
    plant(desk)
    told = desk.do("lead", "delete", LeadId=USER)
    assert (told["Deleted"], told["StatusCode"]) == (False, 404)
    assert "is a user" in told["ErrorMessage"]
    assert "standing" not in desk.person(id=USER)


def test_deleting_a_merged_lead_does_not_delete_the_user(desk: Desk) -> None:
    """A redirect is not followed there."""
    plant(desk)
    contacts.merge(
        desk.state, {"from": LEAD, "into": USER, "skip_duplicate_validation": True}, (2, 16)
    )
    told = desk.do("lead", "delete", LeadId=LEAD)
    assert (told["Deleted"], told["StatusCode"]) == (False, 410)
    assert USER in told["ErrorMessage"]
    assert "standing" not in desk.person(id=USER)


def test_an_archived_lead_is_deleted_too(desk: Desk) -> None:
    """Intercom answers 404 to reading it, and yet it is there."""
    plant(desk)
    contacts.archive(desk.state, LEAD)
    desk.done("lead", "delete", LeadId=LEAD)
    assert desk.person(id=LEAD)["standing"] == "deleted"
