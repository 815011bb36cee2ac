"""Archiving has a time: older facts leave the contact alone, newer ones follow `archived`."""

from __future__ import annotations

import pytest

from bridge.model import State
from tests.integration.handlers.world import World, person

ARCHIVE = "POST /contacts/{id}/archive"
UNARCHIVE = "POST /contacts/{id}/unarchive"
READ = "GET /contacts/{id}"
PUT = "PUT /contacts/{id}"


def ada(name: str, **more: object) -> object:
    return person("user", external_id="u1", set={"name": name}, **more)


def archived(world: World, at: float = 10) -> str:
    """Make Ada known, then archive her; give her id."""
    world.apply(ada("Ada"))
    contact_id = str(world.contact()["id"])
    assert world.apply(person("contact", external_id="u1", delete="archive"), at=at).calls == [
        ARCHIVE
    ]
    return contact_id


def standing(world: World) -> str:
    [contact] = world.state.contacts.values()
    return contact.standing


def test_what_happened_before_is_skipped_without_a_call(world: World) -> None:
    """It neither writes nor brings back, whatever `archived` says."""
    archived(world)
    late = world.apply(ada("Old", policy={"archived": "unarchive"}), at=5)
    assert (late.outcome.state, late.calls) == (State.SKIPPED, [])
    assert "was archived after this happened" in late.outcome.reason
    assert standing(world) == "archived"


def test_what_happens_after_is_parked_without_a_failing_call(world: World) -> None:
    """The store knows; who it is stays with the event."""
    contact_id = archived(world)
    done = world.apply(ada("New"), at=20)
    assert (done.outcome.state, done.calls) == (State.PARKED, [])
    [candidate] = done.outcome.candidates
    assert (candidate.intercom_id, candidate.why) == (contact_id, "archived in Intercom")


def test_a_parked_event_is_applied_once_somebody_brought_the_contact_back(world: World) -> None:
    """A replay looks, for nothing else may tell; the next event need not."""
    contact_id = archived(world)
    parked = world.apply(ada("New"), at=20)
    assert world.replay(parked.id).calls == [READ]
    world.edit(contact_id, standing="live")
    again = world.replay(parked.id)
    assert (again.outcome.state, again.calls) == (State.DONE, [READ, PUT])
    assert world.apply(ada("Newer"), at=30).calls == [PUT]


def test_what_happens_after_brings_the_contact_back_where_the_mapping_says_so(
    world: World,
) -> None:
    """One call, then the write."""
    archived(world)
    done = world.apply(ada("New", policy={"archived": "unarchive"}), at=20)
    assert done.calls == [UNARCHIVE, PUT]
    assert (standing(world), world.contact()["name"]) == ("live", "New")


def test_what_happens_after_can_be_skipped(world: World) -> None:
    """`archived: skip` leaves the contact alone."""
    archived(world)
    done = world.apply(ada("New", policy={"archived": "skip"}), at=20)
    assert (done.outcome.state, done.calls) == (State.SKIPPED, [])


def test_an_archiving_that_comes_late_does_not_undo_a_newer_return(world: World) -> None:
    """The same end in either order of arrival."""
    world.apply(ada("New", policy={"archived": "unarchive"}), at=20)
    late = world.apply(person("contact", external_id="u1", delete="archive"), at=10)
    assert (late.outcome.state, late.calls) == (State.SKIPPED, [])
    assert standing(world) == "live"


def test_archiving_again_makes_no_call(world: World) -> None:
    """It is known to be archived."""
    archived(world)
    again = world.apply(person("contact", external_id="u1", delete="archive"), at=20)
    assert (again.outcome.state, again.calls) == (State.DONE, [])


@pytest.mark.parametrize("kind", ["lose", "status"])
def test_a_lost_archiving_is_repeated_without_harm(world: World, kind: str) -> None:
    """Intercom takes it twice."""
    world.apply(ada("Ada"))
    world.fault(kind, "POST", "/contacts", **({"status": 500} if kind == "status" else {}))
    event_id = world.receive(person("contact", external_id="u1", delete="archive"), at=10)
    assert world.attempt(event_id).retry_in is not None
    assert world.again(event_id).outcome.state is State.DONE
    assert standing(world) == "archived"


def test_nobody_to_archive_is_skipped_or_awaited(world: World) -> None:
    """Nobody is ever made to be archived."""
    change = person("contact", external_id="u1", delete="archive")
    assert world.apply(change).outcome.reason.startswith("nobody to delete")
    assert world.contacts() == []
