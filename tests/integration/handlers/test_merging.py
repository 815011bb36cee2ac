"""A lead and a user who prove to be one person become one; two users never do."""

from __future__ import annotations

import pytest

from bridge.model import State
from tests.integration.handlers.world import World, person

MERGE = "POST /contacts/merge"
READ = "GET /contacts/{id}"
PUT = "PUT /contacts/{id}"
ADA = "ada@example.com"


def lead_and_user(world: World) -> tuple[str, str]:
    """Make a lead known by its address and a reader's id, and a user known by its external_id."""
    world.apply(person("lead", reader="r1", email=ADA, set={"name": "Ada", "phone": "+44 1"}), at=5)
    world.apply(person("user", external_id="u1", set={"name": "A. Lovelace"}))
    ids = {one["role"]: str(one["id"]) for one in world.contacts()}
    return ids["lead"], ids["user"]


def both(**more: object) -> object:
    """Give a Change whose identifiers lead to both."""
    return person("user", external_id="u1", email=ADA, **more)


def test_a_change_that_means_both_merges_the_lead_into_the_user(world: World) -> None:
    """One call, then one with what is newer of the lead and what the Change says."""
    lead, user = lead_and_user(world)
    done = world.apply(both(set={"last_seen_at": 1_700_000_000}), at=10)
    assert (done.outcome.state, done.calls) == (State.DONE, [MERGE, PUT])
    assert done.bodies[0] == {"from": lead, "into": user, "skip_duplicate_validation": True}
    assert done.bodies[1] == {"last_seen_at": 1_700_000_000, "name": "Ada"}
    assert world.contact()["id"] == user
    assert world.linked("reader", "r1") == world.linked("email", ADA) == (user,)


def test_what_was_said_of_the_lead_is_said_of_the_user(world: World) -> None:
    """An older fact does not win against what the lead's form said."""
    lead, user = lead_and_user(world)
    world.apply(both(), at=10)
    assert (world.said(lead, "name"), world.said(user, "name")["app"][-1]) == ({}, "Ada")
    assert world.apply(person("user", reader="r1", set={"name": "Old"}), at=2).calls == []


@pytest.mark.parametrize("how", ["killed", "lost"])
def test_a_merge_whose_answer_was_lost_is_not_missed(world: World, how: str) -> None:
    """The lead is gone at the second try: it was merged, and its links go where it went."""
    _, user = lead_and_user(world)
    event_id = world.receive(both(), at=10)
    if how == "killed":
        world.killed(event_id, MERGE)
    else:
        world.fault("lose", "POST", "/contacts/merge")
        assert world.attempt(event_id).retry_in is not None
    done = world.again(event_id)
    assert (done.outcome.state, done.calls[:2]) == (State.DONE, [MERGE, READ])
    assert world.linked("reader", "r1") == (user,)
    assert len(world.contacts()) == 1


def test_a_lead_whose_promotion_is_refused_is_merged(world: World) -> None:
    """Intercom names the user that nobody here knew."""
    world.apply(person("lead", email=ADA))
    user = world.plant(external_id="u1", email=ADA)
    done = world.apply(both(set={"name": "Ada"}), at=10)
    assert (done.outcome.state, done.calls) == (State.DONE, [PUT, READ, MERGE, PUT])
    assert world.contact().items() >= {"id": user, "name": "Ada"}.items()


def test_a_merge_that_intercom_refuses_leaves_both(world: World) -> None:
    """The contact is a lead no more: both stay, with a remark, and are duplicates to look at."""
    lead, user = lead_and_user(world)
    world.edit(lead, role="user")
    done = world.apply(both(set={"name": "New"}), at=10)
    assert done.outcome.state is State.DONE
    assert any("was not merged" in one for one in done.outcome.warnings)
    assert len(world.contacts()) == 2
    assert next(one for one in world.contacts() if one["id"] == user)["name"] == "New"


def test_two_users_are_never_merged(world: World) -> None:
    """A link of the one and the id of the other: the higher one counts, the link stays."""
    world.apply(person("user", external_id="u1", set={"name": "One"}))
    world.apply(person("user", external_id="u2", crm="c2", set={"name": "Two"}))
    done = world.apply(person("user", external_id="u1", crm="c2", set={"name": "1"}), at=10)
    assert done.calls == [PUT]
    assert len(world.contacts()) == 2


def test_a_shared_telephone_proves_nothing(world: World) -> None:
    """A family's number: the lead stays a lead."""
    world.apply(person("lead", reader="r1", phone="+44 1"))
    world.apply(person("user", external_id="u1", set={"name": "Ada"}))
    done = world.apply(person("user", external_id="u1", phone="+44 1", set={"name": "A"}), at=10)
    assert MERGE not in done.calls
    assert len(world.contacts()) == 2


@pytest.mark.parametrize("kind", ["lead", "contact"])
def test_only_a_change_of_a_user_merges(world: World, kind: str) -> None:
    """A form that anybody fills in joins nobody."""
    lead_and_user(world)
    world.apply(person("user", external_id="u1", crm="c1"))
    done = world.apply(person(kind, crm="c1", email=ADA, set={"name": "A"}), at=10)
    assert MERGE not in done.calls
    assert len(world.contacts()) == 2
