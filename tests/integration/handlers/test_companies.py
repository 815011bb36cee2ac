"""Companies, who belongs to them, tags and data events: each made true once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.intercom import calls
from bridge.intercom.sandbox import companies as rules
from bridge.intercom.sandbox.model import Refusal
from bridge.model import Mapped, State, TrackChange
from tests.integration.handlers.world import T0, World, company, person

UPSERT = "POST /companies"
ATTACH = "POST /contacts/{id}/companies"
DETACH = "DELETE /contacts/{id}/companies/{id}"
TAG = "POST /tags"
EVENT = "POST /events"
PUT = "PUT /contacts/{id}"


def user(name: str = "u1", **parts: Any) -> Any:
    return person("user", external_id=name, **parts)


def names(world: World) -> list[str]:
    return sorted(one["company_id"] for one in world.companies())


def forget_company(world: World) -> None:
    """Let the only company be gone at Intercom, as its people would delete it."""
    calls.delete_company(world.client, world.companies()[0]["id"])
    world.calls()


# --- the company ----------------------------------------------------------------------------------


def test_a_first_sign_up_with_a_company_takes_five_calls(world: World) -> None:
    """Company first; the look-ups are what a workspace costs that was never read as a whole."""
    change = company("acme", set={"name": "Acme"}), user(email="a@example.com", set={"name": "A"})
    done = world.apply(*change)
    assert done.calls == [
        UPSERT,
        "GET /contacts/find_by_external_id/u1",
        "POST /contacts/search",
        "POST /contacts",
        ATTACH,
    ]
    assert world.contact()["companies"] == ["acme"]
    assert world.apply(*change, at=1).calls == []


def test_a_known_company_gets_one_upsert_with_only_what_changed(world: World) -> None:
    """And none where nothing differs."""
    world.apply(company("acme", set={"name": "Acme", "plan": "gold"}))
    done = world.apply(company("acme", set={"name": "Acme", "plan": "silver"}), at=1)
    assert (done.calls, done.bodies) == ([UPSERT], [{"company_id": "acme", "plan": "silver"}])
    assert world.apply(company("acme", set={"plan": "silver"}), at=2).calls == []


def test_an_older_fact_of_a_company_never_overwrites_a_newer_one(world: World) -> None:
    """Companies keep facts as people do."""
    world.apply(company("acme", set={"plan": "gold"}), at=5)
    assert world.apply(company("acme", set={"plan": "older"}), at=4).calls == []


def test_a_number_that_intercom_cuts_off_is_not_sent_again_and_again(world: World) -> None:
    """monthly_spend is an integer there, whatever is sent."""
    world.apply(company("acme", set={"monthly_spend": 12.7}))
    assert world.companies()[0]["monthly_spend"] == 12
    assert world.apply(company("acme", set={"monthly_spend": 12.7}), at=1).calls == []
    assert world.apply(company("acme", set={"monthly_spend": 12.8}), at=2).calls == [UPSERT]


def test_a_cleared_number_is_cleared_once(world: World) -> None:
    """Intercom answers 0 for the spend that was cleared."""
    world.apply(company("acme", set={"monthly_spend": 12}))
    assert world.apply(company("acme", set={"monthly_spend": None}), at=1).calls == [UPSERT]
    assert world.apply(company("acme", set={"monthly_spend": None}), at=2).calls == []
    once = company("acme", set_once={"monthly_spend": 7})
    assert world.apply(once, at=3).bodies == [{"company_id": "acme", "monthly_spend": 7}]


def test_a_company_that_intercom_had_before_is_cleared_at_once(world: World) -> None:
    """The first answer shows what it holds; the second upsert clears it."""
    world.plant_all(companies=[{"company_id": "acme", "plan": "gold", "name": "Acme"}])
    done = world.apply(company("acme", set={"plan": None, "name": "Acme"}))
    assert done.bodies == [
        {"company_id": "acme", "name": "Acme"},
        {"company_id": "acme", "plan": None},
    ]


def test_set_once_reads_a_company_that_is_not_known(world: World) -> None:
    """Otherwise the upsert would overwrite what it holds."""
    world.plant_all(companies=[{"company_id": "acme", "name": "Acme"}])
    done = world.apply(company("acme", set_once={"name": "Other", "plan": "gold"}))
    assert done.calls == ["GET /companies", UPSERT]
    assert done.bodies[-1] == {"company_id": "acme", "plan": "gold"}


def test_an_attribute_left_out_of_a_company_makes_no_empty_call(world: World) -> None:
    """Nor does it fail the rest."""
    world.plant_all(attributes=[{"model": "contact", "name": "seats", "data_type": "string"}])
    change = company("acme", set={"name": "Acme", "custom_attributes.seats": 3})
    done = world.apply(change)
    assert (done.outcome.state, names(world)) == (State.DONE, ["acme"])
    assert world.apply(change, at=1).calls == []


def test_a_race_for_a_new_company_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two upserts of one new company at once: Intercom refuses one with 400, for the moment."""

    def race(*_: Any) -> Any:
        raise Refusal(400, "unique_company_constraint", "Company already exists.")

    with monkeypatch.context() as during:
        during.setattr(rules, "upsert", race)
        done = world.apply(company("acme", set={"name": "Acme"}))
    assert done.outcome.state is State.PENDING
    assert done.outcome.retry_in == pytest.approx(5)
    assert world.again(done.id).outcome.state is State.DONE


def test_a_company_deleted_at_intercom_is_made_again_with_all_that_is_said(world: World) -> None:
    """Its place is taken by a new one, to which its people are attached again."""
    world.apply(company("acme", set={"name": "Acme", "plan": "gold"}), user())
    forget_company(world)
    changes = company("acme", set={"name": "Acme", "plan": "silver"}), user()
    done = world.apply(*changes, at=1)
    assert done.outcome.state is State.DONE, done.outcome
    assert done.calls == [UPSERT, UPSERT, ATTACH]
    assert world.companies()[0].items() >= {"name": "Acme", "plan": "silver"}.items()
    assert world.contact()["companies"] == ["acme"]
    assert world.apply(*changes, at=2).calls == []


def test_a_company_without_an_id_is_parked(world: World) -> None:
    """There is nothing to know it by."""
    done = world.apply(replace(company("acme"), match=()))
    assert (done.outcome.state, done.calls) == (State.PARKED, [])


# --- who belongs to it ----------------------------------------------------------------------------


def test_an_attach_to_a_company_that_is_gone_is_done_anew(world: World) -> None:
    """404: the company is upserted again, then attached."""
    world.apply(company("acme", set={"name": "Acme"}))
    forget_company(world)
    done = world.apply(company("acme", set={"name": "Acme"}), user(), at=1)
    assert done.outcome.state is State.PENDING
    assert world.again(done.id).calls == [UPSERT, ATTACH]
    assert world.contact()["companies"] == ["acme"]


def test_an_attach_of_a_person_who_is_gone_is_done_anew(world: World) -> None:
    """404 of the contact, not of the company: only the contact is looked for again."""
    change = person("lead", email="a@example.com")
    world.apply(change)
    gone = world.contact()["id"]
    with world.state.lock:
        world.state.put(replace(world.state.contacts[gone], standing="deleted"))
    done = world.apply(company("acme", set={"name": "Acme"}), change, at=1)
    assert (done.outcome.state, done.calls) == (State.PENDING, [UPSERT, ATTACH])
    again = world.again(done.id)
    assert again.calls == ["POST /contacts/search", "POST /contacts", ATTACH]
    assert world.contact()["companies"] == ["acme"]


def test_a_person_is_detached_once(world: World) -> None:
    """`detach: this`."""
    world.apply(company("acme"), user())
    leave = company("acme", attach=False, detach="this")
    assert world.apply(leave, user(), at=1).calls == [DETACH]
    assert "companies" not in world.contact()
    assert world.apply(leave, user(), at=2).calls == []


def test_an_older_attach_does_not_undo_a_newer_detach(world: World) -> None:
    """Edges have times like fields."""
    world.apply(company("acme"), user(), at=1)
    world.apply(company("acme", attach=False, detach="this"), user(), at=5)
    assert world.apply(company("acme"), user(), at=3).calls == []


def test_detaching_somebody_who_is_not_attached_is_done(world: World) -> None:
    """Intercom answers 404, which is what was wanted."""
    world.plant_all(companies=[{"company_id": "acme"}])
    world.apply(company("acme", set={"name": "Acme"}), user(), at=5)
    world.apply(company("globex", set={"name": "Globex"}), at=5)
    leave = company("globex", attach=False, detach="this")
    done = world.apply(leave, user(), at=6)
    assert (done.outcome.state, done.calls) == (State.DONE, [DETACH])
    assert world.apply(leave, user(), at=7).calls == []
    assert world.contact()["companies"] == ["acme"]


def test_a_company_is_not_made_only_to_be_left(world: World) -> None:
    """One that Intercom does not have has nobody in it."""
    world.apply(user())
    done = world.apply(company("acme", attach=False, detach="this"), user(), at=1)
    assert (done.calls, names(world)) == (["GET /companies"], [])


def test_others_are_left_only_where_this_source_made_them(world: World) -> None:
    """`detach: others`: a person who moves; what the CRM attached is the CRM's business."""
    world.apply(company("crm-one"), user(), source="crm")
    world.apply(company("acme"), user(), source="app")
    done = world.apply(company("globex", detach="others"), user(), source="app", at=1)
    assert done.calls == [UPSERT, ATTACH, DETACH]
    assert sorted(world.contact()["companies"]) == ["crm-one", "globex"]


# --- tags and data events -------------------------------------------------------------------------


def test_a_tag_is_added_once_and_removed_once(world: World) -> None:
    """In whatever case it is written."""
    assert world.apply(user(add_tags=("Customer",))).calls[-1] == TAG
    assert world.apply(user(add_tags=("customer",)), at=1).calls == []
    assert world.contact()["tags"] == ["Customer"]
    done = world.apply(user(remove_tags=("customer",)), at=2)
    assert [one.rstrip("0123456789") for one in done.calls] == [
        "GET /contacts/{id}/tags",
        "DELETE /contacts/{id}/tags/",
    ]
    assert world.apply(user(remove_tags=("customer",)), at=3).calls == []
    assert "tags" not in world.contact()


def test_an_older_tag_does_not_come_back(world: World) -> None:
    """Tags have times like fields."""
    world.apply(user(add_tags=("trial",)), at=1)
    world.apply(user(remove_tags=("trial",)), at=5)
    assert world.apply(user(add_tags=("trial",)), at=3).calls == []


def test_a_company_is_tagged_once(world: World) -> None:
    """And untagged in one call, which companies have."""
    assert world.apply(company("acme", add_tags=("VIP",))).calls == [UPSERT, TAG]
    assert world.apply(company("acme", add_tags=("VIP",)), at=1).calls == []
    assert world.apply(company("acme", remove_tags=("vip",)), at=2).calls == [TAG]
    assert "tags" not in world.companies()[0]


def test_a_tag_for_a_company_that_is_gone_is_done_anew(world: World) -> None:
    """Intercom passes over companies that it does not know."""
    world.apply(company("acme", set={"name": "Acme"}))
    forget_company(world)
    done = world.apply(company("acme", set={"name": "Acme"}, add_tags=("VIP",)), at=1)
    assert done.outcome.state is State.PENDING
    assert world.again(done.id).calls == [UPSERT, TAG]


def test_a_tag_for_a_contact_that_is_gone_is_done_anew(world: World) -> None:
    """The contact is looked for again."""
    world.apply(person("lead", email="a@example.com"))
    gone = world.contact()["id"]
    with world.state.lock:
        world.state.put(replace(world.state.contacts[gone], standing="deleted"))
    done = world.apply(person("lead", email="a@example.com", add_tags=("VIP",)), at=1)
    assert done.outcome.state is State.PENDING
    assert world.again(done.id).calls == ["POST /contacts/search", "POST /contacts", TAG]


def test_a_data_event_is_told_once_in_effect_though_its_answer_was_an_error(world: World) -> None:
    """Sent again under the time of its source, Intercom sees that it is the same."""
    told = TrackChange("paid", {"n": 1}, (T0 + 3) * SECOND)
    world.fault("status", "POST", "/events", status=500, after=True)
    done = world.apply(user(), told)
    assert done.outcome.state is State.PENDING
    assert world.again(done.id).calls == [EVENT]
    events = world.contact()["events"]
    assert events == [{"name": "paid", "created_at": T0 + 3, "metadata": {"n": 1}}]


def test_a_data_event_is_not_told_again_by_a_replay(world: World) -> None:
    """Nothing changed, so nothing is called; one that today's mapping names otherwise is told."""
    told = [TrackChange(name, {}, T0 * SECOND) for name in ("paid", "bought")]
    first = world.apply(user(), told[0])
    assert world.replay(first.id).calls == []
    world.changes["app 0"] = Mapped(people=(user(),), tracks=tuple(told))
    assert world.replay(first.id).calls == [EVENT]
    assert [one["name"] for one in world.contact()["events"]] == ["paid", "bought"]


def test_a_retry_resumes_at_the_data_event_that_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal keeps the steps that are finished."""
    original = world.state.faults.take

    def take(method: str, path: str) -> Any:
        met = original(method, path)
        if path == "/events":
            world.fault("status", "POST", "/events", status=503)  # for the next one
        return met

    told = [TrackChange(name, {}, T0 * SECOND) for name in ("one", "two")]
    with monkeypatch.context() as during:
        during.setattr(world.state.faults, "take", take)
        done = world.apply(user(), *told)
    assert (done.outcome.state, done.calls[-2:]) == (State.PENDING, [EVENT, EVENT])
    world.state.faults.clear()
    assert world.again(done.id).calls == [EVENT]
    assert sorted(one["name"] for one in world.contact()["events"]) == ["one", "two"]
