"""Which value a field gets: the newest word of all sources, written only where Intercom differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model import State, Target
from tests.integration.handlers.world import T0, World, person

PUT = "PUT /contacts/{id}"
KNOWN = {"external_id": "u1"}


def user(**fields: Any) -> Any:
    return person("user", **KNOWN, set=fields)


def plan(value: Any, data_type: str = "string", **more: Any) -> Any:
    name = "custom_attributes.plan"
    return person("user", **KNOWN, set={name: value}, types={name: data_type}, **more)


def held_plan(world: World) -> Any:
    return world.contact().get("custom_attributes", {}).get("plan")


# --- origin ---------------------------------------------------------------------------------------


def test_what_was_filled_in_shows_who_had_it_written(world: World) -> None:
    """`set_once`, identifiers and the role are nobody's word, but some event wrote them."""
    made = world.apply(user(name="Ada"), source="crm", at=1)
    change = person("user", **KNOWN, email="ada@example.com", set_once={"phone": "+44"})
    filled = world.apply(change, source="shop", at=5)
    assert {name: world.writer(name) for name in ("external_id", "role", "phone", "email")} == {
        "external_id": ("crm", made.id, "test"),
        "role": ("crm", made.id, "test"),
        "phone": ("shop", filled.id, "test"),
        "email": ("shop", filled.id, "test"),
    }
    world.apply(user(name="Ada L."), source="crm", at=9)
    assert world.writer("phone") == ("shop", filled.id, "test")


def test_what_somebody_edited_was_written_by_none_of_us(world: World) -> None:
    """From then on it is their word."""
    world.apply(person("user", **KNOWN, set_once={"phone": "+44"}), at=1)
    world.edit(world.contact()["id"], phone="+1")
    world.apply(user(name="Ada"), at=9)
    assert world.writer("phone") is None


# --- order ----------------------------------------------------------------------------------------


def test_an_older_fact_never_overwrites_a_newer_one(world: World) -> None:
    """Whatever order events arrive in, the sender's time decides; no call is made."""
    world.apply(user(name="new"), at=10)
    done = world.apply(user(name="old"), at=5)
    assert (done.calls, world.contact()["name"]) == ([], "new")


def test_within_one_second_the_version_decides(world: World) -> None:
    """Senders whose clock has whole seconds count their versions."""
    world.apply(user(name="two"), at=5, version=2)
    world.apply(user(name="one"), at=5, version=1)
    assert world.contact()["name"] == "two"
    world.apply(user(name="three"), at=5, version=3)
    assert world.contact()["name"] == "three"


def test_a_snapshot_that_repeats_an_old_value_does_not_beat_newer_facts(world: World) -> None:
    """Stripe tells the name with every change of anything; the CRM changed it meanwhile."""
    world.apply(user(name="Stripe says"), source="stripe", at=1)
    world.apply(user(name="CRM says"), source="crm", at=2)
    done = world.apply(user(name="Stripe says"), source="stripe", at=3)
    assert (done.calls, world.contact()["name"]) == ([], "CRM says")
    world.apply(user(name="Stripe now says"), source="stripe", at=4)
    assert world.contact()["name"] == "Stripe now says"


def test_every_fact_keeps_the_event_and_the_route_that_said_it(world: World) -> None:
    """Fields and tags, of the event that made somebody and of one that changes them."""
    made = world.apply(user(name="Ada"), at=1)
    changed = world.apply(person("user", **KNOWN, set={"phone": "+1"}, add_tags=("vip",)), at=2)
    runs = world.ledger().runs(Target("contact", world.contact()["id"]))
    assert {(run.field, run.event_id, run.route) for run in runs} == {
        ("name", made.id, "test"),
        ("phone", changed.id, "test"),
        ("tag:vip", changed.id, "test"),
    }


def test_a_field_that_is_not_said_is_left_alone(world: World) -> None:
    """Silence is no fact."""
    world.apply(user(name="Ada", phone="1"), at=1)
    world.apply(user(phone="2"), at=2)
    assert world.contact()["name"] == "Ada"


def test_a_cleared_field_is_cleared_once(world: World) -> None:
    """`or_clear` of nothing; the same again makes no call, an older value does not come back."""
    world.apply(user(name="Ada"), at=1)
    done = world.apply(user(name=None), at=3)
    assert done.bodies == [{"name": None}]
    assert world.apply(user(name=None), at=4).calls == []
    assert world.apply(user(name="older"), at=2).calls == []
    assert "name" not in world.contact()


@pytest.mark.parametrize("value", [None, False])
def test_a_switch_that_intercom_never_leaves_empty_is_cleared_once(
    world: World, value: Any
) -> None:
    """It answers false for what was cleared."""
    world.apply(user(unsubscribed_from_emails=True), at=1)
    done = world.apply(user(unsubscribed_from_emails=value), at=2)
    assert done.calls == [PUT]
    assert world.apply(user(unsubscribed_from_emails=value), at=3).calls == []


def test_set_once_writes_only_where_intercom_is_empty(world: World) -> None:
    """Of an unknown contact that is found out by reading what the search answers."""
    world.plant(external_id="u1", signed_up_at=5)
    change = person("user", **KNOWN, set_once={"signed_up_at": 9, "name": "Ada"})
    done = world.apply(change)
    assert done.bodies[-1] == {"name": "Ada"}
    assert world.apply(person("user", **KNOWN, set_once={"name": "B"}), at=1).calls == []
    assert world.contact().items() >= {"signed_up_at": 5, "name": "Ada"}.items()


def test_set_once_of_a_contact_known_by_id_alone_reads_before_it_writes(world: World) -> None:
    """Nothing tells what is empty but a read, or the answer of a write that is due anyway."""
    ada = world.plant(external_id="u1", name="Ada")
    done = world.apply(person("user", intercom_id=ada, set_once={"name": "B", "phone": "1"}))
    assert done.calls == ["GET /contacts/{id}", PUT]
    assert done.bodies[-1] == {"phone": "1"}


def test_set_once_is_written_when_a_contact_is_created(world: World) -> None:
    """In the one POST; `set` of the same field wins."""
    world.apply(person("user", **KNOWN, set_once={"name": "once", "phone": "1"}, set={"name": "A"}))
    assert world.contact().items() >= {"name": "A", "phone": "1"}.items()


# --- what people do in Intercom -------------------------------------------------------------------


def test_a_human_edit_is_a_fact_that_older_facts_do_not_undo(world: World) -> None:
    """It shows in the answer of the next write; a newer fact of a source wins again."""
    world.apply(user(name="Ada"), at=1)
    world.edit(world.contact()["id"], name="Edited")
    world.apply(user(phone="1"), at=2)
    assert world.said(world.contact()["id"], "name")["intercom"] == ["Edited"]
    assert world.apply(user(name="Late"), source="crm", at=3).calls == []
    assert world.contact()["name"] == "Edited"
    done = world.apply(user(name="Newer"), source="crm", at=60)
    assert (done.calls, world.contact()["name"]) == ([PUT], "Newer")


@pytest.mark.parametrize("edited", [{"plan": None}, {}])
def test_an_attribute_cleared_by_a_human_stays_cleared(world: World, edited: Any) -> None:
    """Whether Intercom then answers null or nothing."""
    world.apply(plan("gold"), at=1)
    world.edit(world.contact()["id"], custom_attributes=edited)
    world.apply(user(phone="1"), at=2)
    assert world.apply(plan("gold"), at=3, source="crm").calls == []
    assert held_plan(world) is None


def test_an_attribute_first_set_by_a_human_is_not_undone_by_an_older_fact(world: World) -> None:
    """It was known to be empty before."""
    world.apply(plan("gold"), at=1)
    world.plant_all(attributes=[{"model": "contact", "name": "owner", "data_type": "string"}])
    world.edit(world.contact()["id"], custom_attributes={"plan": "gold", "owner": "Bea"})
    world.apply(user(phone="1"), at=2)
    older = person("user", **KNOWN, set={"custom_attributes.owner": "Cai"})
    assert world.apply(older, at=3).calls == []


def test_what_changes_at_intercom_every_day_is_kept_once(world: World) -> None:
    """Only the latest edit can count: the store does not grow with each visit."""
    world.apply(user(name="Ada"))
    for visit in range(3):
        world.edit(world.contact()["id"], last_seen_at=T0 + visit)
        world.apply(user(phone=str(visit)), at=visit + 1)
    assert world.said(world.contact()["id"], "last_seen_at")["intercom"] == [T0 + 2]


# --- what Intercom rewrites -----------------------------------------------------------------------


def test_a_value_that_intercom_rewrites_is_not_sent_again(world: World) -> None:
    """A wrong type is fitted to the attribute's; the answer differs from what was said."""
    world.plant_all(attributes=[{"model": "contact", "name": "plan", "data_type": "integer"}])
    done = world.apply(plan("12"))
    assert done.bodies[-1]["custom_attributes"] == {"plan": 12}
    assert world.apply(plan("12"), at=1).calls == []


def test_a_value_that_intercom_holds_in_its_own_type_is_not_sent(world: World) -> None:
    """Compared as it would be written."""
    world.plant_all(attributes=[{"model": "contact", "name": "plan", "data_type": "integer"}])
    world.plant(external_id="u1", custom_attributes={"plan": 12})
    assert PUT not in world.apply(plan("12")).calls


@pytest.mark.parametrize("moment", [T0, "2023-11-14T22:13:20Z", T0 * 1000])
def test_a_date_is_written_as_unix_seconds_in_whatever_form_it_comes(
    world: World, moment: Any
) -> None:
    """And is the same date afterwards."""
    world.apply(plan(moment, "date"))
    assert (held_plan(world), world.attributes()["contact", "plan"]) == (T0, "date")
    assert world.apply(plan(moment, "date"), at=1).calls == []
    assert world.apply(plan(T0, "date"), at=2, source="crm").calls == []


# --- attributes -----------------------------------------------------------------------------------


def test_an_unknown_attribute_is_created_with_its_type(world: World) -> None:
    """Once for the workspace; types never change at Intercom."""
    done = world.apply(plan(3, "integer"))
    assert "POST /data_attributes" in done.calls
    assert world.attributes()["contact", "plan"] == "integer"
    assert "POST /data_attributes" not in world.apply(plan(4, "integer"), at=1).calls
    assert held_plan(world) == 4


def test_an_unknown_attribute_can_be_dropped(world: World) -> None:
    """The rest is written; the remark names it; the next event makes no call for it."""
    change = person(
        "user", **KNOWN, set={"custom_attributes.plan": "x", "name": "Ada"},
        policy={"attributes": "drop"},
    )  # fmt: skip
    done = world.apply(change)
    assert (done.outcome.state, world.contact()["name"]) == (State.DONE, "Ada")
    assert any("plan left out" in one for one in done.outcome.warnings)
    assert world.apply(change, at=1).calls == []


def test_an_unknown_attribute_can_park_the_event_before_anything_is_written(world: World) -> None:
    """A person creates it, then replays."""
    done = world.apply(plan("x", policy={"attributes": "park"}))
    assert done.outcome.state is State.PARKED
    assert done.outcome.reason.startswith("attribute: Intercom has no contact attribute 'plan'")
    assert world.contacts() == []


def test_a_name_that_companies_have_already_is_left_out_and_the_rest_written(world: World) -> None:
    """Intercom keeps one name for one model."""
    world.plant_all(attributes=[{"model": "company", "name": "plan", "data_type": "string"}])
    change = person("user", **KNOWN, set={"custom_attributes.plan": "x", "name": "Ada"})
    done = world.apply(change)
    assert (done.outcome.state, world.contact()["name"]) == (State.DONE, "Ada")
    assert any("companies have an attribute 'plan' already" in one for one in done.outcome.warnings)
    again = world.apply(change, at=1)
    assert (again.calls, len(again.outcome.warnings)) == ([], 1)


def test_a_value_that_cannot_be_fitted_is_left_out_and_the_rest_written(world: World) -> None:
    """One bad attribute never fails the rest, and is not sent again and again."""
    world.plant_all(attributes=[{"model": "contact", "name": "plan", "data_type": "integer"}])
    change = person("user", **KNOWN, set={"custom_attributes.plan": "gold", "name": "Ada"})
    done = world.apply(change)
    assert any("plan left out" in one for one in done.outcome.warnings)
    assert world.contact()["name"] == "Ada"
    assert world.apply(change, at=1).calls == []


def test_an_attribute_archived_meanwhile_is_left_out_and_the_rest_written(world: World) -> None:
    """The refusal names it: the registry is read again, then it is known."""
    world.apply(plan("gold"))
    _change_attribute(world, archived=True)
    change = person("user", **KNOWN, set={"custom_attributes.plan": "silver", "name": "Ada"})
    done = world.apply(change, at=1)
    assert done.calls == [PUT, PUT]
    assert any("plan left out" in one for one in done.outcome.warnings)
    assert world.contact()["name"] == "Ada"
    assert world.apply(change, at=2).calls == []


def test_an_archived_attribute_is_not_cleared(world: World) -> None:
    """Intercom would refuse it, and nothing is to be seen of it anyway."""
    world.apply(plan("gold"))
    _change_attribute(world, archived=True)
    world.apply(plan("silver"), at=1)
    done = world.apply(plan(None), at=2)
    assert (done.outcome.state, done.calls, done.outcome.warnings) == (State.DONE, [], ())


def test_an_attribute_removed_meanwhile_is_made_again(world: World) -> None:
    """The refusal names it: the policy decides anew, and here it says create."""
    world.apply(plan("gold"))
    with world.state.lock:
        world.state.attributes = {
            key: one for key, one in world.state.attributes.items() if one.name != "plan"
        }
    done = world.apply(plan("silver"), at=1)
    assert done.calls == [PUT, "POST /data_attributes", PUT]
    assert held_plan(world) == "silver"


def test_options_that_changed_meanwhile_leave_out_one_attribute_alone(world: World) -> None:
    """Any refusal that names an attribute harms that attribute only."""
    world.plant_all(attributes=[
        {"model": "contact", "name": "plan", "data_type": "options",
         "options": [{"value": "gold"}, {"value": "silver"}]},
    ])  # fmt: skip
    world.apply(plan("gold"))
    _change_attribute(world, options=("gold", "bronze"))
    change = person("user", **KNOWN, set={"custom_attributes.plan": "silver", "name": "Ada"})
    done = world.apply(change, at=1)
    assert any("plan left out" in one for one in done.outcome.warnings)
    assert (held_plan(world), world.contact()["name"]) == ("gold", "Ada")


def _change_attribute(world: World, **changed: Any) -> None:
    with world.state.lock:
        for key, one in list(world.state.attributes.items()):
            if one.name == "plan" and one.custom:
                world.state.attributes[key] = replace(one, **changed)


def test_an_identifier_that_is_replaced_means_the_person_no_longer(world: World) -> None:
    """Known by one id before and by another from then on; no remark is made of it."""
    world.apply(person("user", external_id="u1"))
    done = world.apply(person("user", external_id="u1", set={"external_id": "u2"}), at=1)
    assert done.outcome.warnings == ()
    assert (world.linked("external_id", "u1"), len(world.linked("external_id", "u2"))) == ((), 1)


def test_an_id_that_was_replaced_is_still_known_by_its_link(world: World) -> None:
    """The same word again finds the same person, and costs nothing."""
    change = person("user", external_id="u1", alias="u1", set={"external_id": "u2"})
    world.apply(person("user", external_id="u1"))
    world.apply(change, at=1)
    assert world.apply(change, at=2).calls == []
