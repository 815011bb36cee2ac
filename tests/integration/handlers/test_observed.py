"""What Intercom itself tells: learnt in the right order, without a call, echoes left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.intercom.sandbox import contacts
from bridge.model import Identifier, Json, Mapped, Missing, Observation, Run, State, Target
from tests.integration.handlers.world import T0, Applied, World, company, person

ADA = {"external_id": "u1", "email": "ada@example.com"}
PUT = "PUT /contacts/{id}"


def iso(at: float) -> str:
    """Give a time as Intercom's notifications have it."""
    return datetime.fromtimestamp(T0 + at, UTC).isoformat(timespec="milliseconds")


def told(world: World, now: Any, at: float, *, workspace: str = "w", **parts: Any) -> Applied:
    """Let Intercom tell something, as of a moment."""
    parts.setdefault("contact", {})
    observation = Observation(now, workspace, **parts)
    return world.apply(Mapped("told", observed=observation), source="intercom", at=at)


def shown(contact_id: str, at: float, **fields: Json) -> dict[str, Json]:
    """Give a contact as a notification shows it."""
    return {"id": contact_id, "role": "user", "updated_at": iso(at), **ADA, **fields}


def made(world: World, **fields: Json) -> str:
    """Make Ada by an event of our own; give her id."""
    world.apply(person("user", **ADA, set=fields))
    return str(world.contact()["id"])


def name_is(value: str) -> Any:
    return person("user", **ADA, set={"name": value})


# --- who ------------------------------------------------------------------------------------------


def test_somebody_new_at_intercom_is_found_without_a_search(world: World) -> None:
    """Links and fields are known from the notification alone."""
    ada = world.plant(role="user", name="Ada", **ADA)
    assert told(world, "shown", 1, contact=shown(ada, 0, name="Ada")).calls == []
    assert world.apply(name_is("Ada"), at=2).calls == []
    assert world.apply(name_is("Ada L."), at=3).calls == [PUT]


def test_first_sight_makes_no_facts(world: World) -> None:
    """Nobody knows who wrote those values, and when."""
    ada = world.plant(role="user", name="Ada", **ADA)
    told(world, "shown", 9, contact=shown(ada, 9, name="Ada"))
    world.apply(name_is("Older"), at=1)
    assert world.contact()["name"] == "Older"


def test_an_event_that_waits_goes_on_when_intercom_tells_of_its_person(world: World) -> None:
    """Somebody the Messenger made is as good as one of ours."""
    patient = {"missing": Missing("wait", 3600)}
    change = person("user", policy=patient, email=ADA["email"], set={"name": "Ada"})
    waiting = world.apply(change)
    ada = world.plant(role="user", **ADA)
    assert waiting.outcome.state is State.WAITING
    told(world, "shown", 1, contact=shown(ada, 1))
    assert world.again(waiting.id).calls == [PUT]


def test_an_address_changed_at_intercom_leads_to_its_new_owner(world: World) -> None:
    """The old address means that person no longer."""
    ada = made(world)
    told(world, "shown", 5, contact=shown(ada, 5, email="new@example.com"))
    assert world.linked("email", "new@example.com") == (ada,)
    assert world.linked("email", "ada@example.com") == ()


def test_a_lead_who_signed_up_is_found_by_the_new_external_id(world: World) -> None:
    """A lead's own is Intercom's invention, a user's is not."""
    lead = {"role": "lead", "external_id": "made-up"}
    told(world, "shown", 1, contact=shown("l1", 1, **lead))
    assert world.linked("external_id", "made-up") == ()
    told(world, "shown", 5, contact=shown("l1", 5))
    assert world.linked("external_id", "u1") == ("l1",)
    assert world.said("l1", "role") == {"intercom": ["user"]}


# --- edits ----------------------------------------------------------------------------------------


def test_an_edit_is_kept_until_a_newer_fact(world: World) -> None:
    """An older event that arrives later does not undo it, a newer one does."""
    ada = made(world, name="Ada")
    world.edit(ada, name="By hand")
    told(world, "shown", 10, contact=shown(ada, 10, name="By hand"))
    assert world.apply(name_is("Older"), at=5).calls == []
    assert world.contact()["name"] == "By hand"
    world.apply(name_is("Newer"), at=20)
    assert world.contact()["name"] == "Newer"


def test_an_edit_keeps_the_topic_that_told_it(world: World) -> None:
    """What the answer to another source's call showed has none."""
    ada = made(world, name="Ada")
    edited = told(world, "shown", 5, contact=shown(ada, 5, name="Countess"))
    (run,) = [run for run in _runs(world, ada) if run.source == "intercom"]
    assert (run.value, run.event_id, run.route) == ("Countess", edited.id, "told")
    world.edit(ada, phone="+44")
    noticed = world.apply(name_is("Ada L."), at=20)
    (run,) = [run for run in _runs(world, ada) if run.field == "phone"]
    assert (run.source, run.event_id, run.route) == ("intercom", noticed.id, "")


def _runs(world: World, contact_id: str) -> tuple[Run, ...]:
    return world.ledger().runs(Target("contact", contact_id))


def test_an_echo_of_our_own_write_is_no_fact(world: World) -> None:
    """The same values under the time of the write: skipped, with nothing said."""
    ada = made(world, name="Ada", signed_up_at=T0)
    echo = shown(ada, 30, name="Ada", signed_up_at=iso(0))
    done = told(world, "shown", 30, contact=echo)
    assert (done.outcome.state, done.calls) == (State.SKIPPED, [])
    assert "nothing new" in done.outcome.reason
    assert world.said(ada, "name") == {"app": ["Ada"]}
    assert world.said(ada, "signed_up_at") == {"app": [T0]}


@pytest.mark.parametrize("at", [-5, 0], ids=["before our write", "in its very second"])
def test_what_is_not_newer_than_our_write_is_no_edit(world: World, at: float) -> None:
    """It may be the state before it: Intercom counts in seconds."""
    ada = made(world, name="Ada")
    told(world, "shown", at, contact=shown(ada, at, name="Before"))
    assert world.said(ada, "name") == {"app": ["Ada"]}
    assert world.apply(name_is("Ada"), at=1).calls == []


def test_an_older_notification_does_not_undo_a_newer_one(world: World) -> None:
    """Intercom sends again after a minute what was not answered."""
    ada = made(world, name="Ada")
    told(world, "shown", 20, contact=shown(ada, 20, name="Second"))
    told(world, "shown", 10, contact=shown(ada, 10, name="First"))
    assert world.said(ada, "name") == {"app": ["Ada"], "intercom": ["Second"]}


def test_an_echo_tells_what_a_lost_answer_did_not(world: World) -> None:
    """The retry finds the write done, and makes no second one."""
    ada = made(world, name="Ada")
    world.hour.pass_by(10)
    world.fault("lose", "PUT", "/contacts")
    lost = world.apply(name_is("Ada L."), at=5)
    assert (lost.calls, lost.outcome.retry_in is None) == ([PUT], False)
    told(world, "shown", 10, contact=shown(ada, 10, name="Ada L."))
    retried = world.again(lost.id)
    assert (retried.outcome.state, retried.calls) == (State.DONE, [])


def test_another_workspace_changes_nothing(world: World) -> None:
    """An app can be installed in several; this bridge writes to one."""
    done = told(world, "shown", 1, contact=shown("c1", 1), workspace="x")
    assert (done.outcome.state, world.linked("email", "ada@example.com")) == (State.SKIPPED, ())


# --- tags and companies ---------------------------------------------------------------------------


def test_a_tag_taken_off_by_hand_stays_off_until_a_newer_fact(world: World) -> None:
    """Names are compared without case."""
    tagged = person("user", **ADA, add_tags=("VIP",))
    world.apply(tagged)
    ada = str(world.contact()["id"])
    told(world, "untagged", 10, contact=shown(ada, 0), tag="vip")
    assert world.apply(tagged, at=5).calls == []
    assert world.apply(tagged, source="crm", at=20).calls == ["POST /tags"]


def test_the_echo_of_our_own_tag_is_no_fact(world: World) -> None:
    """Nor is an older one that comes late."""
    world.apply(person("user", **ADA, add_tags=("VIP",)))
    ada = str(world.contact()["id"])
    assert told(world, "tagged", 0, contact=shown(ada, 0), tag="VIP").outcome.state is State.SKIPPED
    assert told(world, "untagged", -9, contact=shown(ada, 0), tag="VIP").calls == []
    assert world.said(ada, "tag:vip") == {"app": [True]}


def test_a_person_taken_out_of_a_company_stays_out_until_a_newer_fact(world: World) -> None:
    """Edges have times like fields."""
    world.apply(person("user", **ADA), company("acme"))
    ada = str(world.contact()["id"])
    [firm] = world.companies()
    parts = {"contact": shown(ada, 0), "company": {"id": firm["id"], "company_id": "acme"}}
    told(world, "detached", 10, **parts)
    assert world.apply(person("user", **ADA), company("acme"), at=5).calls == []
    newer = world.apply(person("user", **ADA), company("acme"), source="crm", at=20)
    assert newer.calls == ["POST /contacts/{id}/companies"]


def test_a_company_changed_by_hand_keeps_it_until_a_newer_fact(world: World) -> None:
    """As people do; a company made anew under its old company_id is the one meant."""
    world.apply(company("acme", set={"name": "Acme"}))
    [firm] = world.companies()
    item = {"id": firm["id"], "company_id": "acme", "updated_at": iso(10), "name": "By hand"}
    told(world, "shown", 10, company={**item, "monthly_spend": 0})
    assert world.apply(company("acme", set={"name": "Acme"}), at=5).calls == []
    told(world, "shown", 30, company={**item, "id": "f2", "updated_at": iso(30)})
    found = world.ledger().find("company", Identifier("company_id", "acme"))
    assert found == ("f2",)


# --- archived, deleted, merged --------------------------------------------------------------------


def test_somebody_archived_is_parked_without_a_call(world: World) -> None:
    """And written again once Intercom tells that they are back."""
    ada = made(world, name="Ada")
    told(world, "archived", 10, contact={"id": ada})
    parked = world.apply(name_is("Late"), at=20)
    assert (parked.outcome.state, parked.calls) == (State.PARKED, [])
    assert parked.outcome.reason.startswith("archived: ")
    told(world, "unarchived", 30, contact=shown(ada, 30, name="Ada"))
    assert world.apply(name_is("Back"), at=40).calls == [PUT]


def test_somebody_archived_is_brought_back_where_the_policy_says_so(world: World) -> None:
    """One call for that, one for what is new."""
    ada = made(world, name="Ada")
    with world.state.lock:
        contacts.archive(world.state, ada)
    told(world, "archived", 10, contact={"id": ada})
    change = person("user", policy={"archived": "unarchive"}, **ADA, set={"name": "Back"})
    done = world.apply(change, at=20)
    assert done.calls == ["POST /contacts/{id}/unarchive", PUT]
    assert world.apply(name_is("Again"), at=30).calls == [PUT]


@pytest.mark.parametrize("at", [9, 11], ids=["older", "newer"])
def test_an_older_notification_does_not_bring_an_archived_contact_back(
    world: World, at: float
) -> None:
    """A newer one does: only who is live is shown in full."""
    ada = made(world, name="Ada")
    told(world, "archived", 10, contact={"id": ada})
    told(world, "shown", at, contact=shown(ada, at, name="Ada"))
    parked = world.apply(name_is("Late"), at=20).outcome.state is State.PARKED
    assert parked == (at < 10)


def test_somebody_deleted_is_nobody(world: World) -> None:
    """The next event makes a new contact, without a call on the old one."""
    ada = made(world, name="Ada")
    with world.state.lock:
        del world.state.contacts[ada]
        world.state._by_external.clear()
        world.state._by_email.clear()
    told(world, "deleted", 10, contact={"id": ada})
    done = world.apply(name_is("Anew"), at=20)
    assert [one for one in done.calls if one.startswith("P")][-1] == "POST /contacts"
    assert PUT not in done.calls
    assert world.said(ada, "name") == {}


def test_a_late_notification_does_not_bring_somebody_deleted_back(world: World) -> None:
    """Intercom never uses an id again."""
    told(world, "deleted", 10, contact={"id": "c1"})
    for now, more in (("shown", {}), ("tagged", {"tag": "vip"})):
        late = told(world, now, 20, contact=shown("c1", 20), **more)
        assert late.outcome.state is State.SKIPPED
    assert world.linked("email", "ada@example.com") == ()


def test_nothing_is_learnt_of_somebody_erased(world: World) -> None:
    """Neither from what came late, nor from the echo of the erasure itself."""
    ada = made(world, name="Ada")
    world.apply(person("user", **ADA, delete="permanently"), at=5)
    for now in ("shown", "deleted"):
        done = told(world, now, 10, contact=shown(ada, 4, name="Ada"))
        assert done.outcome.reason.startswith("erased: ")
        assert world.event(done.id).payload == b""
    assert told(world, "deleted", 10, contact={"id": ada}).outcome.reason.startswith("erased: ")
    assert world.linked("email", "ada@example.com") == ()
    assert world.ledger().shadow(Target("contact", ada)).fields == {}


def test_somebody_merged_is_the_other_from_then_on(world: World) -> None:
    """Links and facts move; no event is sent to the one that is gone."""
    lead = person("lead", email="ada@example.com", form="f7", set={"name": "A."})
    world.apply(lead)
    old = str(world.contact()["id"])
    user = world.plant(role="user", name="Ada", **ADA)
    told(world, "merged", 10, contact=shown(user, 10, name="Ada"), merged_from=old)
    assert world.linked("form", "f7") == world.linked("external_id", "u1") == (user,)
    assert world.said(user, "name") == {"app": ["A."]}
    assert world.ledger().runs(Target("contact", old)) == ()


def test_a_merge_that_does_not_tell_of_whom_shows_the_rest(world: World) -> None:
    """Older versions of Intercom's API leave it out."""
    told(world, "merged", 10, contact=shown("c1", 10))
    assert world.linked("external_id", "u1") == ("c1",)


def test_in_a_dry_run_nothing_is_learnt(world: World) -> None:
    """A replay applies it later."""
    world.to = replace(world.to, dry_run=True)
    done = told(world, "shown", 1, contact=shown("c1", 1))
    assert done.outcome.state is State.SKIPPED
    assert world.linked("external_id", "u1") == ()
