"""Nobody is known yet: created, awaited, skipped, parked."""

from __future__ import annotations

from bridge.model import Missing, State
from bridge.store import events
from tests.integration.handlers.world import World, company, person

ADA = "ada@example.com"
HOURS = 3600


def waits(hours: int, then: str = "park") -> dict[str, object]:
    return {"missing": Missing("wait", hours * HOURS, then)}  # type: ignore[arg-type]


def overdue(world: World, event_id: int, hours: float) -> None:
    """Let the waiting be over, and release what waits."""
    world.hour.pass_by(hours * HOURS)
    events.expire_waiting(world.db, 10)


def test_somebody_missing_is_skipped_where_the_mapping_says_so(world: World) -> None:
    """The event says why; Intercom is only asked."""
    done = world.apply(person("user", external_id="u1", policy={"missing": Missing("skip")}))
    assert (done.outcome.state, world.contacts()) == (State.SKIPPED, [])
    assert done.calls == ["GET /contacts/find_by_external_id/u1"]


def test_a_link_alone_waits_without_a_call(world: World) -> None:
    """Nothing at Intercom is found by a source's own identifier."""
    done = world.apply(person("user", stripe_customer="cus_1", set={"name": "Ada"}))
    assert (done.outcome.state, done.calls) == (State.WAITING, [])
    assert "(stripe_customer)" in done.outcome.reason


def test_the_event_that_links_releases_what_waits(world: World) -> None:
    """The waiting event is applied in its old place, to the right person."""
    waiting = world.apply(person("user", stripe_customer="cus_1", set={"name": "Ada"})).id
    world.apply(person("user", stripe_customer="cus_1", external_id="u1"), source="stripe")
    assert world.event(waiting).state is State.PENDING
    done = world.again(waiting)
    assert done.calls == ["PUT /contacts/{id}"]
    assert world.contact()["name"] == "Ada"


def test_waiting_ends_at_its_deadline_by_parking(world: World) -> None:
    """A person finds out who it is."""
    waiting = world.apply(person("user", stripe_customer="cus_1", policy=waits(2))).id
    assert world.event(waiting).due_by == world.hour() + 2 * HOURS * 1_000_000
    overdue(world, waiting, 2)
    done = world.again(waiting)
    assert (done.outcome.state, done.calls) == (State.PARKED, [])


def test_waiting_ends_at_its_deadline_by_creating_where_that_is_possible(world: World) -> None:
    """`then: create`."""
    change = person("user", external_id="u1", policy=waits(2, "create"))
    waiting = world.apply(change)
    assert (waiting.outcome.state, world.contacts()) == (State.WAITING, [])
    overdue(world, waiting.id, 2)
    assert world.again(waiting.id).outcome.state is State.DONE
    assert world.contact()["external_id"] == "u1"


def test_waiting_ends_at_its_deadline_by_skipping(world: World) -> None:
    """`then: skip`."""
    waiting = world.apply(person("user", external_id="u1", policy=waits(2, "skip"))).id
    overdue(world, waiting, 2)
    assert world.again(waiting).outcome.state is State.SKIPPED


def test_a_link_alone_creates_nobody_even_at_its_deadline(world: World) -> None:
    """There is nothing to create it with."""
    waiting = world.apply(person("user", stripe_customer="c", policy=waits(2, "create"))).id
    overdue(world, waiting, 2)
    assert world.again(waiting).outcome.state is State.PARKED
    assert world.contacts() == []


def test_waiting_that_is_looked_at_early_goes_on_until_the_same_moment(world: World) -> None:
    """Linked and unlinked again before its turn came: that does not lengthen it."""
    waiting = world.apply(person("user", stripe_customer="cus_1", policy=waits(2))).id
    until = world.event(waiting).due_by
    world.hour.pass_by(HOURS)
    both = {"stripe_customer": "cus_1", "external_id": "u1"}
    world.apply(person("user", **both), source="stripe")
    world.apply(person("user", **both, unlink=("stripe_customer",)), source="stripe")
    assert world.again(waiting).outcome.state is State.WAITING
    assert world.event(waiting).due_by == until


def test_the_company_is_upserted_even_when_the_person_waits(world: World) -> None:
    """And the attach follows, without another upsert."""
    changes = company("acme", set={"name": "Acme"}), person("user", stripe_customer="cus_1")
    waiting = world.apply(*changes)
    assert (waiting.outcome.state, waiting.calls) == (State.WAITING, ["POST /companies"])
    world.apply(person("user", stripe_customer="cus_1", external_id="u1"), source="stripe")
    assert world.again(waiting.id).calls == ["POST /contacts/{id}/companies"]
    assert world.contact()["companies"] == ["acme"]


def test_a_company_that_was_changed_is_not_called_skipped(world: World) -> None:
    """The event ends done; a remark says that its person was skipped."""
    changes = (
        company("acme", set={"name": "Acme"}),
        person("user", external_id="u1", policy={"missing": Missing("skip")}),
    )
    done = world.apply(*changes)
    assert done.outcome.state is State.DONE
    assert any("nobody is known" in one for one in done.outcome.warnings)


def test_an_unlinked_identifier_leads_to_nobody_any_more(world: World) -> None:
    """A record is gone at its source, the person is not."""
    world.apply(person("user", stripe_customer="cus_1", external_id="u1"))
    gone = person("user", stripe_customer="cus_1", unlink=("stripe_customer",), set={"name": "A"})
    world.apply(gone, at=1)
    assert world.contact()["name"] == "A"
    assert world.linked("stripe_customer", "cus_1") == ()
    assert world.linked("external_id", "u1") == (world.contact()["id"],)
