"""Which person a Change means, with which calls they are found, and that nobody else is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.intercom import calls
from bridge.model import State
from tests.integration.handlers.world import World, person

FIND = "GET /contacts/find_by_external_id/u1"
SEARCH = "POST /contacts/search"
CREATE = "POST /contacts"
PUT = "PUT /contacts/{id}"
ADA = "ada@example.com"


def test_somebody_unknown_is_looked_for_by_id_and_email_and_then_created(world: World) -> None:
    """A direct read, one search among users, one POST that carries it all."""
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "Ada"}))
    assert done.outcome.state is State.DONE
    assert done.calls == [FIND, SEARCH, CREATE]
    roles = [one["value"] for one in done.bodies[1]["query"]["value"] if one["field"] == "role"]
    assert roles == ["user"]
    assert done.bodies[2] == {"role": "user", "external_id": "u1", "email": ADA, "name": "Ada"}
    assert world.contact().items() >= {"role": "user", "external_id": "u1", "name": "Ada"}.items()


def test_a_known_contact_gets_one_put_with_only_what_changed(world: World) -> None:
    """No read, and nothing that Intercom holds already."""
    first = {"name": "Ada", "phone": "+441"}
    world.apply(person("user", external_id="u1", email=ADA, set=first))
    done = world.apply(
        person("user", external_id="u1", email=ADA, set={"name": "Ada L", "phone": "+441"}), at=1
    )
    assert done.calls == [PUT]
    assert done.bodies == [{"name": "Ada L"}]


def test_where_nothing_differs_no_call_is_made(world: World) -> None:
    """The same again, under a new event, is no news."""
    change = person("user", external_id="u1", email=ADA, set={"name": "Ada"})
    world.apply(change)
    done = world.apply(change, at=1)
    assert (done.calls, done.outcome.state) == ([], State.DONE)


def test_every_identifier_of_a_change_is_remembered(world: World) -> None:
    """Afterwards each of them alone leads to the contact without a look-up."""
    world.apply(person("user", stripe_customer="cus_1", external_id="u1", email=ADA))
    for name, value in {"stripe_customer": "cus_1", "external_id": "u1", "email": ADA}.items():
        done = world.apply(person("user", **{name: value}, set={"name": f"by {name}"}), at=1)
        assert done.calls == [PUT], name


def test_what_intercom_answers_of_a_contact_is_remembered_too(world: World) -> None:
    """One found by email is known by its external_id from then on."""
    world.plant(external_id="u1", email=ADA)
    world.apply(person("user", email=ADA, set={"name": "Ada"}))
    assert world.apply(person("user", external_id="u1", set={"name": "A"}), at=1).calls == [PUT]


def test_email_and_external_id_fill_what_is_empty_and_replace_nothing(world: World) -> None:
    """`match` finds people; only `set` changes what they are called."""
    world.plant(external_id="u1", email="old@example.com")
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "Ada"}))
    assert done.bodies[-1] == {"name": "Ada"}
    assert world.contact()["email"] == "old@example.com"


def test_an_empty_email_is_filled(world: World) -> None:
    """Somebody known by external_id alone gets the address that comes with a later event."""
    world.plant(external_id="u1")
    done = world.apply(person("user", external_id="u1", email=ADA))
    assert done.calls == [FIND, PUT]
    assert done.bodies[-1] == {"email": ADA}


def test_set_wins_over_what_match_would_fill(world: World) -> None:
    """The address that is set is the one that is written."""
    world.plant(external_id="u1")
    change = person("user", external_id="u1", email=ADA, set={"email": "new@example.com"})
    assert world.apply(change).bodies[-1] == {"email": "new@example.com"}


def test_a_user_known_only_by_email_gets_its_external_id_by_put(world: World) -> None:
    """Intercom would make a second user of a POST: it compares external ids first."""
    world.plant(role="user", email=ADA)
    done = world.apply(person("user", external_id="u1", email=ADA))
    assert done.calls == [FIND, SEARCH, PUT]
    assert done.bodies[-1] == {"external_id": "u1"}
    assert world.contact()["external_id"] == "u1"


def test_an_email_only_user_of_ours_gets_its_external_id_without_a_look_up(world: World) -> None:
    """The store knows who has the address."""
    world.apply(person("user", email=ADA))
    done = world.apply(person("user", external_id="u1", email=ADA), at=1)
    assert done.calls == [PUT]


@pytest.mark.parametrize("known", [True, False])
def test_two_users_who_share_an_email_stay_two(world: World, known: bool) -> None:
    """Another external_id is another person, whether the first came through the bridge or not."""
    if known:
        world.apply(person("user", external_id="u2", email=ADA, set={"name": "Two"}))
    else:
        world.plant(external_id="u2", email=ADA, name="Two")
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "One"}), at=1)
    assert done.calls == [FIND, SEARCH, CREATE]
    names = {one["external_id"]: one["name"] for one in world.contacts()}
    assert names == {"u1": "One", "u2": "Two"}


def test_a_link_does_not_lead_to_a_user_of_another_external_id(world: World) -> None:
    """What stands higher in `match` says who it is; the link stays, with a remark."""
    world.apply(person("user", external_id="u2", stripe_customer="cus_1", set={"name": "Two"}))
    change = person("user", external_id="u1", stripe_customer="cus_1", set={"name": "One"})
    done = world.apply(change, at=1)
    assert any("stripe_customer belongs to" in one for one in done.outcome.warnings)
    assert {one["external_id"]: one["name"] for one in world.contacts()} == {
        "u1": "One",
        "u2": "Two",
    }
    assert world.apply(change, at=2).calls == []


def test_an_external_id_of_somebody_else_is_not_remembered(world: World) -> None:
    """The higher identifier is used; the lower one still means its own person."""
    world.apply(person("user", stripe_customer="cus_1", external_id="u2", set={"name": "Two"}))
    done = world.apply(person("user", stripe_customer="cus_1", external_id="u1"), at=1)
    assert any("external_id belongs to somebody else" in one for one in done.outcome.warnings)
    done = world.apply(person("user", external_id="u1", set={"name": "One"}), at=2)
    assert done.calls == [FIND, CREATE]
    assert len(world.contacts()) == 2


def test_an_external_id_follows_what_intercom_says_of_it(world: World) -> None:
    """A lead of ours that people made another user is not written to as this one."""
    world.apply(person("lead", external_id="u1", email=ADA))
    other = world.contact()["id"]
    world.edit(other, role="user", external_id="u9")
    world.apply(person("lead", email=ADA, set={"phone": "9"}), at=1)
    done = world.apply(person("user", external_id="u1", set={"name": "One"}), at=2)
    assert done.calls == [FIND, CREATE]
    assert {one["external_id"]: one.get("name") for one in world.contacts()} == {
        "u9": None,
        "u1": "One",
    }
    assert world.apply(person("user", external_id="u1", set={"name": "1"}), at=3).calls == [PUT]


def test_what_is_known_wins_over_what_the_search_still_shows(world: World) -> None:
    """An index lags behind: what it answers is no edit that somebody made."""
    world.rules(search_lag=60)
    world.hour.pass_by(0.1)
    world.apply(person("user", external_id="u1", email="old@example.com"))
    world.hour.pass_by(0.5)
    world.apply(person("user", external_id="u1", set={"email": ADA}), at=1)
    world.hour.pass_by(59.7)
    done = world.apply(person("lead", email="old@example.com", set={"name": "Ada"}), at=2)
    assert done.calls == [SEARCH, PUT]
    ada = world.contact()["id"]
    assert "intercom" not in world.said(ada, "email")
    assert world.linked("email", ADA) == (ada,)


def test_several_users_of_an_email_are_parked_with_the_candidates(world: World) -> None:
    """Nobody is guessed: a person decides."""
    ids = [world.plant(external_id=one, email=ADA) for one in ("a", "b")]
    done = world.apply(person("user", email=ADA, set={"name": "Ada"}))
    assert done.outcome.state is State.PARKED
    assert done.outcome.reason.startswith("ambiguous: 2 contacts")
    assert all(one in done.outcome.reason for one in ids)
    assert done.calls == [SEARCH]


@pytest.mark.parametrize("known", [True, False])
def test_the_newest_is_taken_where_the_policy_says_so(world: World, known: bool) -> None:
    """`ambiguous: newest` is an operator's choice, among the known as among the found."""
    world.plant(external_id="a", email=ADA, updated_at=10)
    newest = world.plant(external_id="b", email=ADA, updated_at=20)
    if known:
        for one in ("a", "b"):
            world.apply(person("user", external_id=one))
    change = person("user", email=ADA, set={"name": "Ada"}, policy={"ambiguous": "newest"})
    done = world.apply(change, at=1)
    assert done.outcome.state is State.DONE
    assert [one["id"] for one in world.contacts() if one.get("name")] == [newest]


def test_users_of_ours_who_share_an_email_are_parked_without_a_call(world: World) -> None:
    """What the store knows is enough to see that it cannot tell."""
    for one in ("a", "b"):
        world.apply(person("user", external_id=one, email=ADA))
    done = world.apply(person("user", email=ADA, set={"name": "Ada"}), at=1)
    assert (done.outcome.state, done.calls) == (State.PARKED, [])


def test_an_alias_leads_to_its_person_until_somebody_owns_the_address(world: World) -> None:
    """A source's other address of a person is remembered, but an owner comes first."""
    world.plant(external_id="u1", email="work@example.com")
    world.apply(person("user", external_id="u1", email=ADA))
    assert world.apply(person("user", email=ADA, set={"name": "A"}), at=1).calls == [PUT]
    world.plant(external_id="u2", email="Ada@Example.com")
    world.apply(person("user", external_id="u2"), at=2)
    world.apply(person("user", email=ADA, set={"name": "Owner"}), at=3)
    assert {one["external_id"]: one["name"] for one in world.contacts()} == {
        "u1": "A",
        "u2": "Owner",
    }


def test_no_identifier_at_all_is_parked_without_a_call(world: World) -> None:
    """Nobody can be meant."""
    done = world.apply(person("user", set={"name": "Ada"}))
    assert (done.outcome.state, done.calls) == (State.PARKED, [])
    assert done.outcome.reason.startswith("unidentified")


# --- Intercom's own id ----------------------------------------------------------------------------


def test_an_intercom_id_is_written_to_without_a_look_up(world: World) -> None:
    """It outranks whatever else the store knows."""
    ada = world.plant(external_id="u1")
    world.apply(person("user", email=ADA))
    done = world.apply(person("user", intercom_id=ada, email=ADA, set={"name": "Ada"}), at=1)
    assert done.calls == [PUT, PUT]
    assert done.bodies == [{"name": "Ada"}, {"email": ADA}]
    names = {one.get("external_id"): one.get("name") for one in world.contacts()}
    assert names == {"u1": "Ada", None: None}


def test_an_intercom_id_that_names_nobody_gives_way_to_the_next_identifier(world: World) -> None:
    """The person is who the others say."""
    change = person("user", intercom_id="f" * 24, external_id="u1", set={"name": "Ada"})
    done = world.apply(change)
    assert done.calls == [PUT, FIND, CREATE]
    assert world.contact()["external_id"] == "u1"


def test_an_intercom_id_alone_creates_nobody(world: World) -> None:
    """Intercom makes its ids itself."""
    done = world.apply(person("lead", intercom_id="f" * 24, set={"name": "Ada"}))
    assert (done.outcome.state, world.contacts()) == (State.PARKED, [])
    assert done.outcome.reason.startswith("unknown")


def test_an_intercom_id_of_a_merged_contact_leads_to_its_heir(world: World) -> None:
    """The id is taken out of the answer; nothing is created."""
    user, lead = world.plant(external_id="u1", email=ADA), world.plant(email=ADA)
    _merge(world, lead, user)
    done = world.apply(person("contact", intercom_id=lead, set={"name": "Ada"}))
    assert done.calls == [PUT, PUT]
    assert world.contact().items() >= {"id": user, "name": "Ada"}.items()


# --- contacts that are gone -----------------------------------------------------------------------


def _merge(world: World, lead: str, user: str) -> None:
    calls.merge_contacts(world.client, lead, user)
    world.calls()


def test_a_merged_contact_hands_its_links_to_its_heir(world: World) -> None:
    """410 names the heir: written to in the same attempt, found at once from then on."""
    world.apply(person("lead", email=ADA, form="f1"))
    lead = str(world.contact()["id"])
    user = world.plant(external_id="u1", email=ADA)
    _merge(world, lead, user)
    change = person("contact", form="f1", email=ADA, set={"name": "Ada"})
    done = world.apply(change, at=1)
    assert done.calls == [PUT, PUT]
    assert world.contact().items() >= {"id": user, "name": "Ada"}.items()
    assert world.linked("form", "f1") == (user,)
    assert world.apply(person("contact", form="f1", set={"name": "A"}), at=2).calls == [PUT]


def test_a_merged_user_found_by_external_id_is_followed(world: World) -> None:
    """find_by_external_id answers 410 as well."""
    heir = world.plant(external_id="u2")
    old = world.plant(external_id="u1")
    with world.state.lock:
        gone = replace(world.state.contacts[old], standing="merged", merged_into=heir)
        world.state.put(gone)
    done = world.apply(person("contact", external_id="u1", set={"name": "Ada"}))
    assert done.outcome.state is State.DONE, done.outcome
    assert world.contact().items() >= {"id": heir, "name": "Ada"}.items()


def test_a_deleted_contact_loses_its_links_and_the_person_is_looked_for_anew(world: World) -> None:
    """404: whoever has the identifiers now is the person; here that is nobody."""
    world.apply(person("lead", email=ADA, form="f1", set={"name": "Ada"}))
    old = world.contact()["id"]
    with world.state.lock:
        world.state.put(replace(world.state.contacts[old], standing="deleted"))
    done = world.apply(person("lead", email=ADA, set={"name": "Ada L", "phone": "1"}), at=1)
    assert done.calls == [PUT, SEARCH, CREATE]
    assert done.bodies[-1] == {"role": "lead", "email": ADA, "name": "Ada L", "phone": "1"}
    assert world.linked("form", "f1") == ()
    assert world.linked("email", ADA) == (world.contact()["id"],) != (old,)


# --- leads, users, promotion ----------------------------------------------------------------------


def test_a_lead_form_of_a_known_user_updates_the_user(world: World) -> None:
    """A lead block never demotes anybody and never makes a second contact."""
    world.apply(person("user", external_id="u1", email=ADA))
    done = world.apply(person("lead", email=ADA, set={"name": "Ada"}), at=1)
    assert done.calls == [PUT]
    assert world.contact().items() >= {"role": "user", "name": "Ada"}.items()


def test_a_lead_form_finds_a_user_that_the_bridge_does_not_know(world: World) -> None:
    """The search of a lead is among all roles, users first."""
    world.plant(email=ADA)
    user = world.plant(external_id="u1", email=ADA)
    done = world.apply(person("lead", email=ADA, set={"name": "Ada"}))
    assert done.calls == [SEARCH, PUT]
    assert [one["id"] for one in world.contacts() if "name" in one] == [user]


def test_of_a_lead_and_a_user_of_one_email_the_user_is_meant(world: World) -> None:
    """Both known: the form's address is the user's."""
    world.apply(person("lead", email=ADA))
    user = world.plant(external_id="u1", email=ADA)
    world.apply(person("user", external_id="u1", set={"phone": "1"}))
    done = world.apply(person("lead", email=ADA, set={"name": "Ada"}), at=1)
    assert done.calls == [PUT]
    assert [one["id"] for one in world.contacts() if "name" in one] == [user]


def test_a_repeated_lead_form_updates_the_lead(world: World) -> None:
    """Leads have no uniqueness at Intercom: the bridge is what keeps them one."""
    world.apply(person("lead", email=ADA, set={"name": "Ada"}))
    done = world.apply(person("lead", email=ADA, set={"name": "Ada L"}), at=1)
    assert done.calls == [PUT]
    assert world.contact().items() >= {"role": "lead", "name": "Ada L"}.items()


def test_a_lead_known_by_phone_alone_is_looked_for_by_phone(world: World) -> None:
    """Where there is no address, one search by phone keeps it from being made twice."""
    lead = world.plant(phone="+441")
    done = world.apply(person("lead", phone="+441", set={"name": "Ada"}))
    assert done.calls == [SEARCH, PUT]
    assert world.contact()["id"] == lead


def test_a_newsletter_lead_that_registers_becomes_a_user_by_put(world: World) -> None:
    """One call; the lead's history stays with the person."""
    world.apply(person("lead", email=ADA))
    lead = world.contact()["id"]
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "Ada"}), at=1)
    assert done.calls == [PUT]
    assert done.bodies == [{"role": "user", "external_id": "u1", "name": "Ada"}]
    assert world.contact().items() >= {"id": lead, "role": "user", "external_id": "u1"}.items()


def test_a_contact_block_never_changes_the_role(world: World) -> None:
    """Neither up nor down; an unknown one with an external_id is a user, else a lead."""
    world.apply(person("lead", email=ADA))
    world.apply(person("contact", email=ADA, external_id="u1", set={"name": "Ada"}), at=1)
    assert world.contact().items() >= {"role": "lead", "name": "Ada"}.items()
    world.apply(person("contact", external_id="u2"))
    world.apply(person("contact", email="b@example.com"))
    assert sorted(one["role"] for one in world.contacts()) == ["lead", "lead", "user"]


@pytest.mark.parametrize("identifiers", [{"external_id": "u1", "email": ADA}, {"email": ADA}])
@pytest.mark.parametrize("via_link", [True, False])
def test_where_the_user_exists_already_the_lead_is_merged_into_it(
    world: World, identifiers: dict[str, str], via_link: bool
) -> None:
    """Promotion is refused with 409: the user is the person, and takes the lead over."""
    link = {"form": "f1"} if via_link else {}
    world.apply(person("lead", **link, email=ADA))
    lead = world.contact()["id"]
    user = world.plant(role="user", **identifiers)
    change = person("user", **link, **identifiers, set={"name": "Ada"})
    done = world.apply(change, at=1)
    assert done.outcome.state is State.DONE, done.outcome
    assert "POST /contacts/merge" in done.calls
    assert {one["id"]: one.get("name") for one in world.contacts()} == {user: "Ada"}
    assert (world.said(lead, "name"), world.said(user, "name")) == ({}, {"app": ["Ada"]})
    again = world.apply(person("user", **link, **identifiers, set={"name": "Ada L"}), at=2)
    assert (again.calls, again.bodies) == ([PUT], [{"name": "Ada L"}])
