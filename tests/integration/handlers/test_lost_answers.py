"""Answers that never came, workers that died, leases that ended: resumed, nothing made twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.clock import SECOND
from bridge.errors import Busy, LeaseLost
from bridge.model import State, TrackChange
from bridge.store import lanes
from bridge.store.ledger import Ledger
from bridge.worker.attempt import attempt
from bridge.worker.lease import Lease
from tests.integration.handlers.world import T0, World, company, person

SEARCH = "POST /contacts/search"
CREATE = "POST /contacts"
FIND = "GET /contacts/find_by_external_id/u1"
PUT = "PUT /contacts/{id}"
TAG = "POST /tags"
ADA = "ada@example.com"


# --- answers that never came ----------------------------------------------------------------------


def test_a_lead_whose_answer_was_lost_is_looked_for_and_not_made_again(world: World) -> None:
    """Until the search can show it nothing is made; then it is found and used."""
    world.rules(search_lag=120)
    world.fault_at("lose", "POST", "/contacts")
    change = person("lead", email=ADA, set={"name": "Ada"})
    done = world.apply(change)
    assert (done.outcome.state, done.calls) == (State.PENDING, [SEARCH, CREATE])
    early = world.again(done.id)
    assert (early.outcome.state, early.calls) == (State.PENDING, [SEARCH])
    assert early.outcome.retry_in == pytest.approx(180)
    world.hour.pass_by(180)
    late = world.again(done.id)
    assert (late.outcome.state, late.calls) == (State.DONE, [SEARCH])
    assert world.contact()["name"] == "Ada"


def test_a_lead_that_was_not_made_is_made_once_the_search_would_show_it(world: World) -> None:
    """The answer was lost and the lead too: after the lag nobody can be there."""
    world.fault_at("status", "POST", "/contacts", status=503)
    done = world.apply(person("lead", email=ADA))
    assert world.again(done.id).calls == [SEARCH]
    world.hour.pass_by(180)
    assert world.again(done.id).calls == [SEARCH, CREATE]
    assert world.contact()["email"] == ADA


def test_a_lead_that_intercom_refused_to_make_is_made_at_the_next_try(world: World) -> None:
    """429 says that nothing was done: there is nothing to look for."""
    world.fault_at("throttle", "POST", "/contacts")
    done = world.apply(person("lead", email=ADA))
    assert done.outcome.state is State.PENDING
    assert not done.outcome.counts
    assert world.again(done.id).calls == [SEARCH, CREATE]


def test_a_lead_that_cannot_be_looked_for_is_parked(world: World) -> None:
    """Without email or phone no search shows it: a person looks; a replay makes it."""
    change = person("lead", external_id="visitor-1", set={"name": "Ada"})
    world.fault_at("status", "POST", "/contacts", status=503)
    done = world.apply(change)
    again = world.again(done.id)
    assert again.outcome.state is State.PARKED
    assert again.outcome.reason.startswith("unsure")
    assert CREATE not in again.calls
    assert CREATE in world.replay(done.id).calls


def test_a_bad_attribute_of_a_lead_does_not_look_like_a_lost_answer(world: World) -> None:
    """A refusal is an answer: the second POST, without it, follows at once."""
    name = "custom_attributes.plan"
    world.apply(person("lead", email="b@example.com", set={name: "gold"}))
    with world.state.lock:
        for key, one in list(world.state.attributes.items()):
            if one.name == "plan" and one.custom:
                world.state.attributes[key] = replace(one, archived=True)
    done = world.apply(person("lead", email=ADA, set={name: "gold"}))
    assert (done.outcome.state, done.calls) == (State.DONE, [SEARCH, CREATE, CREATE])


def test_a_user_whose_answer_was_lost_is_found_by_the_next_try(world: World) -> None:
    """Repeating is safe: Intercom knows users by their external_id."""
    world.fault_at("lose", "POST", "/contacts")
    change = person("user", external_id="u1", set={"name": "Ada"})
    done = world.apply(change)
    assert (done.outcome.state, done.calls) == (State.PENDING, [FIND, CREATE])
    assert world.again(done.id).calls == [FIND]
    assert world.contact()["name"] == "Ada"


def test_a_user_whose_answer_was_lost_is_recovered_from_the_refusal(world: World) -> None:
    """Known by email only, and the search lags: 409 names it."""
    world.rules(search_lag=120)
    world.fault_at("lose", "POST", "/contacts")
    done = world.apply(person("user", email=ADA, set={"name": "Ada"}))
    again = world.again(done.id)
    assert again.calls == [SEARCH, CREATE, PUT]
    assert world.contact()["name"] == "Ada"


# --- workers that died ----------------------------------------------------------------------------


def test_killed_between_company_and_contact_it_resumes_without_a_second_upsert(
    world: World,
) -> None:
    """What was done was kept before the next step began."""
    event_id = world.receive(
        company("acme", set={"name": "Acme"}), person("user", external_id="u1")
    )
    assert world.killed(event_id, FIND) == ["POST /companies", FIND]
    assert world.again(event_id).calls == [FIND, CREATE, "POST /contacts/{id}/companies"]
    assert world.contact()["companies"] == ["acme"]


def test_killed_after_a_lead_was_made_it_makes_no_second_one(world: World) -> None:
    """The journal says that it was begun: it is looked for."""
    world.rules(search_lag=120)
    event_id = world.receive(person("lead", email=ADA))
    assert world.killed(event_id, CREATE) == [SEARCH, CREATE]
    assert world.again(event_id).calls == [SEARCH]
    world.hour.pass_by(180)
    assert world.again(event_id).outcome.state is State.DONE
    assert len(world.contacts()) == 1


def test_killed_after_the_contact_was_made_it_resumes_at_the_tag(world: World) -> None:
    """The contact is known before its tags are put on."""
    event_id = world.receive(person("lead", email=ADA, add_tags=("one", "two")))
    assert world.killed(event_id, TAG) == [SEARCH, CREATE, TAG]
    assert world.again(event_id).calls == [TAG, TAG]
    assert world.contact()["tags"] == ["one", "two"]


def test_killed_at_a_tag_it_does_not_put_on_again_what_is_there(world: World) -> None:
    """Each is marked before the next."""
    event_id = world.receive(person("user", external_id="u1", add_tags=("one", "two", "three")))
    assert world.killed(event_id, TAG, nth=2) == [FIND, CREATE, TAG, TAG]
    assert world.again(event_id).calls == [TAG, TAG]
    assert world.contact()["tags"] == ["one", "two", "three"]


def test_killed_at_a_data_event_it_does_not_tag_or_tell_again_what_is_done(world: World) -> None:
    """Each tag is marked, each data event journaled, before the next call."""
    told = [TrackChange(name, {}, T0 * SECOND) for name in ("one", "two")]
    event_id = world.receive(person("user", external_id="u1", add_tags=("vip",)), *told)
    made = world.killed(event_id, "POST /events", nth=2)
    assert made == [FIND, CREATE, TAG, "POST /events", "POST /events"]
    assert world.again(event_id).calls == ["POST /events"]
    assert len(world.contact()["events"]) == 2


# --- holds and leases -----------------------------------------------------------------------------


def test_a_person_at_work_elsewhere_puts_the_lane_back_without_a_try(world: World) -> None:
    """No call, no attempt: the lane comes again in a moment."""
    first = world.receive(person("user", external_id="u1"))
    second = world.receive(person("user", external_id="u1", set={"name": "Ada"}), source="crm")
    claim, event = world.claim(first)
    ledger = _ledger(world, claim, event)
    ledger.hold(["external_id:u1"])
    with pytest.raises(Busy):
        world.attempt(second)
    assert (world.calls(), world.event(second).tries) == ([], 0)
    ledger.release()
    assert world.attempt(second).state is State.DONE


def test_what_an_identifier_resolves_to_is_held_too(world: World) -> None:
    """Two lanes that mean one contact by different identifiers take turns."""
    world.apply(person("user", external_id="u1", email=ADA))
    contact_id = world.contact()["id"]
    other = world.receive(person("user", email=ADA, set={"name": "Ada"}), source="crm")
    claim, event = world.claim(world.receive(person("user", external_id="u1")))
    ledger = _ledger(world, claim, event)
    ledger.hold([f"contact:{contact_id}"])
    world.calls()
    with pytest.raises(Busy):
        world.attempt(other)
    assert world.calls() == []
    assert _count(world, "holds") == 1, "what it held so far was not given back"


def _ledger(world: World, claim: Any, event: Any) -> Ledger:
    return Ledger(world.db, claim, event, owner="other", lease=60, workspace="w")


def test_a_lane_that_was_taken_over_writes_nothing(world: World) -> None:
    """Its results count nowhere; whoever has the lane now does the event anew."""
    event_id = world.receive(person("user", external_id="u1", set={"name": "Ada"}))
    claim, event = world.claim(event_id)
    world.end_leases()
    (taken,) = lanes.claim(world.db, limit=1, lease=60)
    with pytest.raises(LeaseLost):
        attempt(claim, event, world.to)
    assert world.linked("external_id", "u1") == ()
    assert world.event(event_id).state is State.PENDING
    assert attempt(taken, event, world.to).state is State.DONE


def test_a_lane_taken_over_during_a_call_writes_nothing(world: World) -> None:
    """The call was made; what it taught is not written over what the other writes."""
    event_id = world.receive(person("user", external_id="u1", set={"name": "Ada"}))
    claim, event = world.claim(event_id)
    original = world.state.faults.take

    def take(method: str, path: str) -> Any:
        if (method, path) == ("POST", "/contacts"):
            world.end_leases()
            lanes.claim(world.db, limit=1, lease=60)
        return original(method, path)

    world.state.faults.take = take  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        attempt(claim, event, world.to)
    assert world.linked("external_id", "u1") == ()


def test_no_call_begins_that_might_outlast_the_lease(world: World) -> None:
    """With less left than a call may take, the lane is given up before the call."""
    event_id = world.receive(person("user", external_id="u1"))
    claim, event = world.claim(event_id)
    hours = iter([0.0] + [51.0] * 10)
    lease = Lease(world.db, claim, 60, monotonic=lambda: next(hours))
    with pytest.raises(LeaseLost, match=r"9\.0 s more"):
        attempt(claim, event, world.to, lease)
    assert world.calls() == []


def test_holds_are_renewed_with_their_lane(world: World) -> None:
    """The keeper lengthens both, a third of the lease before they are gone."""
    event_id = world.receive(person("user", external_id="u1"))
    claim, event = world.claim(event_id)
    hour = [0.0]
    lease = Lease(world.db, claim, 60, monotonic=lambda: hour[0])
    ledger = _ledger(world, claim, event)
    lease.carry(ledger)
    ledger.hold(["external_id:u1"])
    before = _expiries(world)
    hour[0] = 10
    lease.keep()
    assert _expiries(world) == before
    hour[0] = 20
    lease.keep()
    assert all(after > earlier for after, earlier in zip(_expiries(world), before, strict=True))
    hour[0] = 20 + 60 - 10
    lease.check(10)
    with pytest.raises(LeaseLost):
        lease.check(11)


def _expiries(world: World) -> list[int]:
    with world.db.read() as connection:
        found = connection.execute(
            text("SELECT ready_at FROM lanes UNION ALL SELECT expires_at FROM holds")
        )
        return [row[0] for row in found]


def test_two_lanes_that_mean_one_email_make_one_contact(world: World) -> None:
    """In parallel threads: whoever comes second finds what the first made."""
    ids = [
        world.receive(person("lead", email=ADA, set={name: "x"}), source=name)
        for name in ("name", "phone")
    ]
    claims = {one.lane_id: one for one in lanes.claim(world.db, limit=10, lease=60)}
    start = threading.Barrier(len(ids))
    failures: list[BaseException] = []

    def work(event_id: int) -> None:
        event = world.event(event_id)
        claim = claims[event.lane_id]
        start.wait()
        while True:
            try:
                attempt(claim, event, world.to)
                return
            except Busy:
                continue
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=work, args=(one,)) for one in ids]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert failures == []
    assert world.contact().items() >= {"name": "x", "phone": "x"}.items()


def test_a_fault_while_storing_fails_its_own_event_only(world: World) -> None:
    """What cannot be stored must not come back for ever: the event fails, the lane goes on."""
    world.apply(company("acme", set={"name": "Acme"}))
    event_id = world.receive(company("acme", set={"name": float("nan")}), subject="one", at=1)
    behind = world.receive(person("user", external_id="u2"), subject="one")
    outcome = world.attempt(event_id)
    assert outcome.state is State.FAILED
    assert outcome.reason.startswith("a fault in the bridge: ")
    assert world.event(event_id).state is State.FAILED
    assert _count(world, "holds") == 0
    claim, event = world.claim(behind)
    assert event.state is State.PENDING
    assert claim.lane_id == event.lane_id


def _count(world: World, table: str) -> int:
    with world.db.read() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
