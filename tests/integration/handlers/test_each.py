"""Several people and companies of one event: each made true, and none harmed by another."""

from __future__ import annotations

from typing import Any

from bridge.model import CompanyChange, Identifier, Missing, State, TrackChange
from tests.integration.handlers.world import T0, World, company, person

UPSERT = "POST /companies"
ATTACH = "POST /contacts/{id}/companies"
DETACH = "DELETE /contacts/{id}/companies/{id}"
FIND = "GET /contacts/find_by_external_id/u{}"
CREATE = "POST /contacts"
EVENT = "POST /events"
PUT = "PUT /contacts/{id}"


def user(number: int, **parts: Any) -> Any:
    return person("user", external_id=f"u{number}", **parts)


def link(name: str, **parts: Any) -> Any:
    """Give somebody known by a link alone, who is waited for."""
    return person("user", crm_person=name, policy={"missing": Missing("wait", 3600)}, **parts)


def members(world: World) -> dict[str, list[str]]:
    return {one["external_id"]: one["companies"] for one in world.contacts()}


def test_all_people_join_all_companies_and_each_is_told_the_event(world: World) -> None:
    """Companies first; then person by person, each whole."""
    told = TrackChange("Joined", {}, T0 * 1_000_000)
    done = world.apply(company("a"), company("b"), user(1), user(2), told)
    each = [CREATE, ATTACH, ATTACH, EVENT]
    assert done.outcome.state is State.DONE
    assert done.calls == [UPSERT, UPSERT, FIND.format(1), *each, FIND.format(2), *each]
    assert members(world) == {"u1": ["a", "b"], "u2": ["a", "b"]}
    assert world.replay(done.id).calls == []


def test_who_cannot_be_found_or_is_refused_harms_nobody_else(world: World) -> None:
    """The event is parked for the one; a remark names what else there was."""
    ids = [world.plant(email="two@example.com", external_id=f"x{one}") for one in range(2)]
    unclear = person("user", email="two@example.com")
    nobody = person("user")
    done = world.apply(user(1), unclear, nobody, user(2, set={"name": "Bo"}))
    assert done.outcome.state is State.PARKED
    assert done.outcome.reason.startswith("ambiguous: ")
    assert {one.intercom_id for one in done.outcome.candidates} == set(ids)
    assert "no identifier in `match`" in done.outcome.warnings[0]
    assert world.linked("external_id", "u2")


def test_who_must_wait_holds_up_nobody_and_is_waited_for_alone(world: World) -> None:
    """The others are done by then; only the awaited one's coming releases the event."""
    done = world.apply(user(1), link("p7", set={"name": "Cy"}), user(2))
    assert done.outcome.state is State.WAITING
    assert done.outcome.waits_for == (Identifier("crm_person", "p7"),)
    assert len(world.contacts()) == 2
    world.apply(person("user", crm_person="p7", external_id="u7"), at=1)
    assert world.again(done.id).calls == [PUT]


def test_waiting_comes_before_parking(world: World) -> None:
    """What is to be decided shows again once the awaited one is known."""
    done = world.apply(person("user"), link("p7"))
    assert done.outcome.state is State.WAITING
    world.apply(person("user", crm_person="p7", external_id="u7"), at=1)
    assert world.again(done.id).outcome.reason.startswith("unidentified: ")


def test_people_who_are_all_skipped_skip_the_event(world: World) -> None:
    """Where one of them is known it is done, with a remark on the others."""
    skips = {"missing": Missing("skip")}
    nobody = [person("user", email=f"{one}@example.com", policy=skips) for one in "ab"]
    assert world.apply(*nobody).outcome.state is State.SKIPPED
    done = world.apply(user(1), *nobody, at=1)
    assert done.outcome.state is State.DONE
    assert len(done.outcome.warnings) == 1


def test_a_company_without_an_id_keeps_nobody_out_of_the_others(world: World) -> None:
    """The event is parked for it, all else stands."""
    done = world.apply(CompanyChange(()), company("b"), user(1))
    assert done.outcome.reason.startswith("unidentified: ")
    assert members(world) == {"u1": ["b"]}


def test_a_busy_intercom_half_way_resumes_where_it_was(world: World) -> None:
    """Who is done is not written again."""
    people = [user(one, set={"name": "N"}) for one in (1, 2, 3)]
    world.apply(*(user(one) for one in (1, 2, 3)))
    second = world.linked("external_id", "u2")[0]
    world.fault_at("status", "PUT", f"/contacts/{second}", status=503)
    done = world.apply(*people, at=1)
    assert (done.outcome.state, done.calls) == (State.PENDING, [PUT, PUT])
    assert world.again(done.id).calls == [PUT, PUT]


def test_a_worker_that_dies_half_way_writes_nobody_twice(world: World) -> None:
    """What was done of each is stored before the next begins."""
    world.apply(*(user(one) for one in (1, 2, 3)))
    event_id = world.receive(*(user(one, set={"name": "N"}) for one in (1, 2, 3)), at=1)
    assert world.killed(event_id, PUT, 2) == [PUT, PUT]
    assert world.again(event_id).calls == [PUT, PUT]


def test_a_list_with_detach_others_is_all_that_the_person_belongs_to(world: World) -> None:
    """None of the list drives out another, in whatever order events come."""
    world.apply(company("a"), company("b"), user(1), at=1)
    only = [company(one, detach="others") for one in ("b", "c")]
    done = world.apply(*only, user(1), at=5)
    assert done.calls == [UPSERT, DETACH, ATTACH]
    assert members(world) == {"u1": ["b", "c"]}
    assert ATTACH not in world.apply(company("c"), company("d"), user(1), at=3).calls
    assert members(world) == {"u1": ["b", "c"]}
    assert world.replay(done.id).calls == []


def test_one_company_said_twice_is_all_that_was_said(world: World) -> None:
    """The later word counts, and none is lost where another event comes right behind."""
    world.apply(company("a"), user(1))
    twice = [company("a", set={"plan": "old", "size": 7}), company("a", set={"plan": "new"})]
    first = world.receive(*twice, user(1), at=1, subject="s")
    world.receive(company("a", set={"industry": "x"}), user(1), at=2, subject="s")
    world.work_off(first)
    held = world.companies()[0]
    assert (held["plan"], held["size"], held["industry"]) == ("new", 7, "x")


def test_the_same_person_twice_in_one_event_is_one_person(world: World) -> None:
    """The second item finds whom the first has made."""
    world.apply(user(1, set={"name": "A"}), user(1, set={"phone": "+31201234567"}))
    assert (world.contact()["name"], world.contact()["phone"]) == ("A", "+31201234567")
