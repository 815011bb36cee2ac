"""What an open form says proves nothing: it releases nobody's events and merges nobody."""

from __future__ import annotations

from bridge.model import OPEN, Missing, State
from tests.integration.handlers.world import World, person

ADA = "ada@example.com"
MERGE = "POST /contacts/merge"


def form(world: World) -> None:
    """Let a visitor leave the address."""
    done = world.apply(person("lead", email=ADA), source="form", verdict=OPEN)
    assert done.outcome.state is State.DONE


def test_a_form_releases_no_waiting_event(world: World) -> None:
    """An event that waits for an address goes on when a source that proves itself tells of it."""
    patient = {"missing": Missing("wait", 3600, "park")}
    waiting = world.apply(person("user", email=ADA, policy=patient))
    assert waiting.outcome.state is State.WAITING
    form(world)
    assert world.event(waiting.id).state is State.WAITING
    world.apply(person("lead", email=ADA), source="newsletter")
    assert world.event(waiting.id).state is State.PENDING


def test_a_lead_whom_only_a_form_knows_is_merged_into_nobody(world: World) -> None:
    """The address alone, typed by anybody, joins no lead to a user."""
    form(world)
    world.apply(person("user", external_id="u1", set={"name": "Ada"}))
    done = world.apply(person("user", external_id="u1", email=ADA), at=10)
    assert MERGE not in done.calls
    assert {one["role"] for one in world.contacts()} == {"lead", "user"}


def test_a_lead_is_proven_once_a_source_that_proves_itself_tells_of_it(world: World) -> None:
    """Then it is merged like any other."""
    form(world)
    world.apply(person("lead", email=ADA), source="newsletter")
    world.apply(person("user", external_id="u1", set={"name": "Ada"}))
    assert MERGE in world.apply(person("user", external_id="u1", email=ADA), at=10).calls


def test_a_lead_of_a_form_who_registers_becomes_a_user(world: World) -> None:
    """It is the same contact, promoted by the word of a source that proves itself."""
    form(world)
    lead = world.contact()["id"]
    world.apply(person("user", external_id="u1", email=ADA), at=10)
    assert (world.contact()["id"], world.contact()["role"]) == (lead, "user")
