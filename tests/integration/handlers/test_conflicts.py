"""409: another contact has these details already. Nobody is overwritten who is not meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model import State
from tests.integration.handlers.world import World, person

FIND = "GET /contacts/find_by_external_id/u1"
SEARCH = "POST /contacts/search"
CREATE = "POST /contacts"
READ = "GET /contacts/{id}"
PUT = "PUT /contacts/{id}"
UNARCHIVE = "POST /contacts/{id}/unarchive"
ADA = "ada@example.com"


def archive(world: World, contact_id: str, standing: str = "archived") -> str:
    with world.state.lock:
        contact = world.state.contacts[contact_id]
        world.state.put(replace(contact, standing=standing))
    return contact_id


def test_a_user_that_the_search_does_not_show_yet_is_recovered_in_one_attempt(
    world: World,
) -> None:
    """The id is in the message of the refusal: no waiting, no second search."""
    world.rules(search_lag=120)
    ada = world.plant(role="user", email=ADA)
    done = world.apply(person("user", email=ADA, set={"name": "Ada"}))
    assert done.calls == [SEARCH, CREATE, PUT]
    assert done.bodies[-1] == {"name": "Ada"}
    assert world.contact().items() >= {"id": ada, "name": "Ada"}.items()
    assert world.apply(person("user", email=ADA, set={"name": "A"}), at=1).calls == [PUT]


def test_a_user_refused_for_its_email_gets_its_external_id(world: World) -> None:
    """Read first, as the message does not say which of the two is taken; then one PUT."""
    world.rules(search_lag=120, email_conflict="always")
    ada = world.plant(role="user", email=ADA)
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "Ada"}))
    assert done.calls == [FIND, SEARCH, CREATE, READ, PUT]
    assert done.bodies[-1] == {"external_id": "u1", "name": "Ada"}
    assert world.contact().items() >= {"id": ada, "external_id": "u1"}.items()


@pytest.mark.parametrize("by", ["match", "set"])
def test_a_user_of_another_external_id_is_never_overwritten(world: World, by: str) -> None:
    """Where the workspace keeps addresses unique, a person decides."""
    world.rules(email_conflict="always")
    world.plant(external_id="u2", email=ADA, name="Two")
    change = person("user", external_id="u1", set={"name": "One", "email": ADA})
    if by == "match":
        change = person("user", external_id="u1", email=ADA, set={"name": "One"})
    done = world.apply(change)
    assert done.outcome.state is State.PARKED
    assert done.outcome.reason.startswith("ambiguous")
    assert PUT not in done.calls
    assert world.contact()["name"] == "Two"
    assert world.said(world.contact()["id"], "name") == {}


def test_a_lead_is_not_taken_for_the_user_of_another_external_id(world: World) -> None:
    """Refused for the address alone: the user who has it is somebody else."""
    world.rules(email_conflict="always")
    world.apply(person("lead", email=ADA))
    world.plant(external_id="u2", email=ADA, name="Two")
    done = world.apply(person("user", external_id="u1", email=ADA, set={"name": "One"}), at=1)
    assert done.outcome.state is State.PARKED
    assert done.calls == [PUT, READ]
    assert {one.get("external_id"): one.get("name") for one in world.contacts()} == {
        None: None,
        "u2": "Two",
    }


def test_an_archived_contact_is_parked(world: World) -> None:
    """It may be archived because the person asked for it."""
    ada = archive(world, world.plant(external_id="u1"))
    done = world.apply(person("user", external_id="u1", set={"name": "Ada"}))
    assert done.outcome.state is State.PARKED
    assert done.outcome.reason.startswith(f"archived: contact {ada}")
    assert done.calls == [FIND, CREATE]


def test_an_archived_contact_can_be_skipped(world: World) -> None:
    """`archived: skip` leaves it alone."""
    archive(world, world.plant(external_id="u1"))
    done = world.apply(person("user", external_id="u1", policy={"archived": "skip"}))
    assert (done.outcome.state, done.calls) == (State.SKIPPED, [FIND, CREATE])


def test_an_archived_contact_can_be_brought_back(world: World) -> None:
    """`archived: unarchive`, and the fields are written in the same attempt."""
    archive(world, world.plant(external_id="u1"))
    change = person("user", external_id="u1", set={"name": "Ada"}, policy={"archived": "unarchive"})
    done = world.apply(change)
    assert done.calls == [FIND, CREATE, UNARCHIVE, PUT]
    assert world.contact()["name"] == "Ada"


@pytest.mark.parametrize("how", ["refuse", "fault"])
def test_a_contact_that_will_not_come_back_is_parked_at_once(world: World, how: str) -> None:
    """A deleted contact answers 409 like an archived one, and 400 or 500 to unarchiving."""
    world.rules(unarchive_deleted=how)
    archive(world, world.plant(external_id="u1"), "deleted")
    done = world.apply(person("user", external_id="u1", policy={"archived": "unarchive"}))
    assert done.outcome.state is State.PARKED
    assert "would not restore it" in done.outcome.reason
    assert done.calls == [FIND, CREATE, UNARCHIVE]


def test_a_contact_archived_after_it_was_known_is_found_to_be_archived(world: World) -> None:
    """404 on the known contact, then the refusal that names it: parked, not made twice."""
    world.apply(person("user", external_id="u1", set={"name": "Ada"}))
    archive(world, world.contact()["id"])
    done = world.apply(person("user", external_id="u1", set={"name": "A"}), at=1)
    assert done.calls == [PUT, FIND, CREATE]
    assert done.outcome.reason.startswith("archived")


def test_an_external_id_that_another_user_has_leads_to_that_user(world: World) -> None:
    """Found by email, refused for the external_id: that one ranks higher, so he is meant."""
    world.apply(person("user", email=ADA))
    owner = world.plant(external_id="u1", name="Owner")
    done = world.apply(person("user", external_id="u1", email=ADA, set={"phone": "1"}), at=1)
    assert done.calls == [PUT, PUT, PUT]
    assert done.bodies == [{"external_id": "u1", "phone": "1"}, {"phone": "1"}, {"email": ADA}]
    assert any("same person" in one for one in done.outcome.warnings)
    assert [one["id"] for one in world.contacts() if one.get("phone")] == [owner]
    (other,) = [one["id"] for one in world.contacts() if one["id"] != owner]
    assert world.said(other, "phone") == {}


def test_a_disputed_external_id_is_left_out_once_and_the_rest_written(world: World) -> None:
    """Found by a link that ranks higher: the contact stays, and is not asked about again."""
    world.apply(person("user", stripe_customer="cus_1", email=ADA))
    ours = world.contact()["id"]
    world.plant(external_id="u1")
    both = {"stripe_customer": "cus_1", "external_id": "u1", "email": ADA}
    done = world.apply(person("user", **both, set={"name": "Ada"}), at=1)
    assert done.calls == [PUT, PUT]
    assert done.bodies[-1] == {"name": "Ada"}
    assert any("external_id not written" in one for one in done.outcome.warnings)
    assert [one["id"] for one in world.contacts() if one.get("name")] == [ours]
    again = world.apply(person("user", **both, set={"name": "Ada L"}), at=2)
    assert again.bodies == [{"name": "Ada L"}]


def test_a_disputed_external_id_still_means_its_owner(world: World) -> None:
    """What Intercom would not give to a contact is not remembered as its own."""
    world.apply(person("user", stripe_customer="cus_1", email=ADA))
    owner = world.plant(external_id="u1")
    world.apply(person("user", stripe_customer="cus_1", external_id="u1", email=ADA), at=1)
    done = world.apply(person("user", external_id="u1", set={"name": "Owner"}), at=2)
    assert done.calls == [FIND, PUT]
    assert [one["id"] for one in world.contacts() if one.get("name")] == [owner]


def test_a_disputed_email_is_left_out_and_the_rest_written(world: World) -> None:
    """A change of address to that of another user harms nothing but itself."""
    world.apply(person("user", email=ADA))
    ada = world.contact()["id"]
    world.plant(role="user", email="taken@example.com")
    done = world.apply(
        person("user", email=ADA, set={"email": "taken@example.com", "name": "Ada"}), at=1
    )
    assert (done.outcome.state, done.bodies[-1]) == (State.DONE, {"name": "Ada"})
    assert any("email not written" in one for one in done.outcome.warnings)
    assert {one["id"]: one["email"] for one in world.contacts()}[ada] == ADA


def test_a_refusal_that_names_nobody_is_tried_again(world: World) -> None:
    """Nothing is known to be wrong: the contact will be found later."""
    world.fault("status", "POST", "/contacts", status=409)
    done = world.apply(person("user", external_id="u1"))
    assert (done.outcome.state, done.calls) == (State.PENDING, [FIND, CREATE])
    assert world.again(done.id).outcome.state is State.DONE
