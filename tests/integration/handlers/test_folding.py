"""Folding: what the due events of a lane say of one known person costs one call."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.errors import Busy
from bridge.model import Identifier, Mapped, State, Target, TrackChange
from bridge.store import events
from bridge.worker.batch import work_off
from bridge.worker.lease import Lease
from tests.integration.handlers.world import T0, World, company, person

PUT = "PUT /contacts/{id}"
TAG = "POST /tags"
TRACK = "POST /events"
FAULTS = {"lost": "lose", "full": "throttle"}
LANE = {"source": "stripe", "subject": "cus_1"}
PLAN, STATUS = "custom_attributes.plan", "custom_attributes.status"


def known(world: World) -> str:
    """Let the customer be known, and give the id of the contact."""
    world.apply(person("user", external_id="u1", stripe_customer="cus_1"), **LANE)
    (found,) = world.linked("stripe_customer", "cus_1")
    return found


def user(**fields: Any) -> Any:
    """Say something of the customer."""
    return person("user", stripe_customer="cus_1", **fields)


def told(name: str, at: float) -> TrackChange:
    """Give a data event."""
    return TrackChange(name, {}, int((T0 + at) * SECOND))


def states(world: World, ids: list[int]) -> list[State]:
    """Give where events stand."""
    return [world.event(one).state for one in ids]


# --- folding --------------------------------------------------------------------------------------


def test_a_burst_of_a_known_customer_is_one_call(world: World) -> None:
    """The union of what was said last, by the senders' times and not by arrival."""
    known(world)
    ids = [
        world.receive(user(set={"name": "Ada", "phone": "+1"}), at=1, **LANE),
        world.receive(user(set={"name": "Ada L."}), at=5, **LANE),
        world.receive(user(set={"name": "Ada K.", "phone": "+2"}), at=3, **LANE),
        world.receive(Mapped(skipped="no route"), at=4, **LANE),
        world.receive(user(set={"avatar": "https://a"}, set_once={"owner_id": "1"}), at=4, **LANE),
        world.receive(user(set={"name": "Ada L."}), at=6, **LANE),
    ]
    assert world.work_off(ids[0]) == [PUT]
    held = world.contact()
    assert (held["name"], held["phone"], held["avatar"]) == ("Ada L.", "+2", "https://a")
    assert states(world, ids) == [State.DONE] * 3 + [State.SKIPPED] + [State.DONE] * 2
    assert [world.event(one).tries for one in ids] == [1] * 6


def test_every_folded_event_tells_where_its_calls_are(world: World) -> None:
    """The first has the calls; the others say into which they were folded; remarks stay apart."""
    known(world)
    one = Mapped(route="one", people=(user(set={"name": "A"}),), warnings=("a remark",))
    two = Mapped(route="two", people=(user(set={"name": "B"}),))
    ids = [world.receive(each, at=at, **LANE) for at, each in enumerate((one, two))]
    world.work_off(ids[0])
    (first,), (second,) = (events.attempts(world.db, each) for each in ids)
    assert ([call["name"] for call in first.calls], first.folded_into) == (["update contact"], None)
    assert (second.calls, second.folded_into, second.outcome) == ((), ids[0], "done")
    rows = {row.id: row for row in events.listing(world.db)}
    assert [rows[each].route for each in ids] == ["one", "two"]
    assert [list(rows[each].notes) for each in ids] == [["a remark"], []]


def test_nothing_changed_makes_no_call(world: World) -> None:
    """Snapshots that repeat what Intercom holds are folded to nothing."""
    known(world)
    ids = [world.receive(user(set={"name": "Ada"}), at=at, **LANE) for at in (1, 2)]
    world.work_off(ids[0])
    ids = [world.receive(user(set={"name": "Ada"}), at=at, **LANE) for at in (3, 4, 5)]
    assert world.work_off(ids[0]) == []


def test_several_companies_in_one_burst_get_one_call_each(world: World) -> None:
    """One upsert and one attach per company, however many events name it."""
    known(world)
    ids = [
        world.receive(user(), company("c1", set={"name": "One"}), at=1, **LANE),
        world.receive(user(), company("c2", set={"name": "Two"}), at=2, **LANE),
        world.receive(user(), company("c1", set={"name": "First", "plan": "x"}), at=3, **LANE),
    ]
    attach = "POST /contacts/{id}/companies"
    assert sorted(world.work_off(ids[0])) == ["POST /companies"] * 2 + [attach] * 2
    assert sorted(one["name"] for one in world.companies()) == ["First", "Two"]


def test_a_tag_said_twice_is_one_call_and_the_newest_word_counts(world: World) -> None:
    """Tags are facts with times also where several events speak of them."""
    known(world)
    ids = [
        world.receive(user(add_tags=("vip",)), at=1, **LANE),
        world.receive(user(add_tags=("VIP", "new")), at=2, **LANE),
        world.receive(user(remove_tags=("new",)), at=4, **LANE),
        world.receive(user(add_tags=("new",)), at=3, **LANE),
    ]
    calls = world.work_off(ids[0])
    assert calls.count(TAG) == 1
    assert world.contact()["tags"] == ["VIP"]


def test_a_lead_is_promoted_with_the_rest_of_the_burst(world: World) -> None:
    """A barrier stands between the lead's events and the user's; each side is one call."""
    lead = {"source": "form", "subject": "ada"}
    world.apply(person("lead", email="a@b.c"), **lead)
    ids = [
        world.receive(person("lead", email="a@b.c", set={"name": "A"}), at=1, **lead),
        world.receive(person("lead", email="a@b.c", set={"phone": "+1"}), at=2, **lead),
        world.receive(person("user", external_id="u1", email="a@b.c"), at=3, **lead),
        world.receive(
            person("user", external_id="u1", email="a@b.c", set={"name": "Ada"}), at=4, **lead
        ),
    ]
    assert world.work_off(ids[0])[0] == PUT
    held = world.contact()
    assert (held["role"], held["external_id"], held["name"]) == ("user", "u1", "Ada")
    assert states(world, ids) == [State.DONE] * 4


# --- data events ----------------------------------------------------------------------------------


def test_data_events_are_told_one_by_one_after_the_person_stands(world: World) -> None:
    """Each with its own time, though their events were applied as one."""
    known(world)
    ids = [
        world.receive(user(set={"name": str(at)}), told("paid", at), at=at, **LANE)
        for at in range(1, 5)
    ]
    assert world.work_off(ids[0]) == [PUT, *[TRACK] * 4]
    assert sorted(one.created_at for one in world.state.events.values()) == [
        T0 + at for at in range(1, 5)
    ]


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_kill_in_the_middle_of_a_group_loses_and_doubles_nothing(world: World, nth: int) -> None:
    """What was told before is in each event's journal; all of the group come again."""
    contact_id = known(world)
    ids = [
        world.receive(user(set={"name": str(at)}), told("paid", at), at=at, **LANE)
        for at in range(1, 4)
    ]
    after = PUT if nth == 4 else TRACK
    killed = world.killed_at_lane(ids[0], after, 1 if nth == 4 else nth)
    assert states(world, ids) == [State.WORKING] * 3
    calls = world.work_off(ids[0])
    assert (killed + calls).count(TRACK) == (3 if nth == 4 else 4)
    assert len(world.state.events) == 3
    assert states(world, ids) == [State.DONE] * 3
    assert world.said(contact_id, "name") == {"stripe": ["1", "2", "3"]}


@pytest.mark.parametrize("kind", ["lost", "full"])
def test_a_group_that_must_wait_waits_as_a_whole(world: World, kind: str) -> None:
    """A lost answer or a full window puts all of it back, in order; then it is one call again."""
    known(world)
    ids = [world.receive(user(set={"name": str(at)}), at=at, **LANE) for at in range(1, 4)]
    world.fault(FAULTS[kind], "PUT", "/contacts")
    assert world.work_off(ids[0]) == [PUT]
    assert states(world, ids) == [State.PENDING] * 3
    assert {world.event(one).tries for one in ids} == {1 if kind == "lost" else 0}
    assert world.work_off(ids[0]) == [PUT]
    assert states(world, ids) == [State.DONE] * 3
    assert world.contact()["name"] == "3"


# --- unfolding ------------------------------------------------------------------------------------


def test_only_the_offender_fails_of_a_group(world: World) -> None:
    """A refusal of the whole is no verdict on each: they are applied one by one."""
    known(world)
    ids = [
        world.receive(user(set={"name": "A"}), told("one", 1), at=1, **LANE),
        world.receive(user(set={"signed_up_at": "soon"}), told("two", 2), at=2, **LANE),
        world.receive(user(set={"phone": "+1"}), told("three", 3), at=3, **LANE),
    ]
    assert world.work_off(ids[0]).count(PUT) == 1 + len(ids)
    assert states(world, ids) == [State.DONE, State.FAILED, State.DONE]
    held = world.contact()
    assert (held["name"], held["phone"]) == ("A", "+1")
    assert sorted(one.name for one in world.state.events.values()) == ["one", "three"]
    assert all(
        attempt.folded_into is None for one in ids for attempt in events.attempts(world.db, one)
    )


def test_what_was_written_before_a_refusal_is_not_written_again(world: World) -> None:
    """Intercom holds it, and the store knows that when the events are applied one by one."""
    known(world)
    ids = [
        world.receive(user(set={"name": "A"}), told("one", 1), at=1, **LANE),
        world.receive(user(set={"phone": "+1"}), told("two", 2), at=2, **LANE),
        world.receive(user(set={"phone": "+2"}), told("three", 3), at=3, **LANE),
    ]
    world.fault("status", "POST", "/events", status=422)
    calls = world.work_off(ids[0])
    assert calls.count(PUT) == 1
    assert states(world, ids) == [State.DONE] * 3
    assert len(world.state.events) == 3


def test_nobody_known_yet_the_first_event_goes_alone_and_the_rest_as_one(world: World) -> None:
    """What creates a person, or waits for one, is decided by its own event's policy."""
    ids = [
        world.receive(
            person("user", stripe_customer="cus_1", email="a@b.c", set={"name": "A"}), at=1, **LANE
        ),
        *(world.receive(user(set={"phone": f"+{at}"}), at=at, **LANE) for at in range(2, 6)),
    ]
    calls = world.work_off(ids[0])
    assert [one for one in calls if one in (PUT, "POST /contacts")] == ["POST /contacts", PUT]
    assert world.contact()["phone"] == "+5"
    assert states(world, ids) == [State.DONE] * 5


def test_events_of_different_people_are_not_folded(world: World) -> None:
    """Identifiers that lead to another contact, or to nobody yet, are for their own event."""
    known(world)
    other = world.apply(person("user", external_id="u2", email="b@b.c"), source="crm")
    assert other.outcome.state is State.DONE
    ids = [
        world.receive(user(set={"name": "A"}), at=1, **LANE),
        world.receive(
            person("user", external_id="u2", stripe_customer="cus_1", set={"name": "B"}),
            at=2,
            **LANE,
        ),
        world.receive(person("user", external_id="u3", set={"name": "C"}), at=3, **LANE),
    ]
    world.work_off(ids[0])
    names = {one["external_id"]: one.get("name") for one in world.contacts()}
    assert names == {"u1": "A", "u2": "B", "u3": "C"}


def test_a_contact_that_was_merged_unfolds_its_group(world: World) -> None:
    """Links are rewritten by the first event; nothing is lost."""
    contact_id = known(world)
    heir = world.plant(external_id="u9")
    with world.state.lock:
        gone = replace(world.state.contacts[contact_id], standing="merged", merged_into=heir)
        world.state.put(gone)
    ids = [world.receive(user(set={"name": str(at)}), at=at, **LANE) for at in (1, 2, 3)]
    world.work_off(ids[0])
    assert states(world, ids) == [State.DONE] * 3
    assert world.linked("stripe_customer", "cus_1") == (heir,)
    assert world.state.contacts[heir].name == "3"


def test_a_group_whose_event_was_discarded_is_taken_up_anew(world: World) -> None:
    """An operator's word counts until the group is at work."""
    known(world)
    ids = [world.receive(user(set={"name": str(at)}), at=at, **LANE) for at in (1, 2)]
    claim, _ = world.claim(ids[0])
    due = events.due(world.db, claim, 10)
    events.discard(world.db, ids[1])
    world.calls()
    with pytest.raises(Busy):
        list(work_off(claim, due, world.to, Lease(world.db, claim, 60), threading.Event()))
    assert world.calls() == []
    world.end_leases()
    world.work_off(ids[0])
    assert (states(world, ids), world.contact()["name"]) == ([State.DONE, State.DISCARDED], "1")


def test_a_dry_run_plans_the_group_as_one(world: World) -> None:
    """One call would be made for all; nothing is kept."""
    contact_id = known(world)
    ids = [world.receive(user(set={"name": str(at)}), at=at, **LANE) for at in (1, 2)]
    assert world.work_off(ids[0], replace(world.to, dry_run=True)) == []
    told_ = {row.id: row.reason for row in events.listing(world.db)}
    assert {told_[one].split(".")[0] for one in ids} == {
        "dry run: 1 call to Intercom would change something"
    }
    assert world.said(contact_id, "name") == {}


@pytest.mark.parametrize("delete", ["archive", "permanently"])
def test_of_somebody_who_is_gone_each_event_says_itself_what_follows(
    world: World, delete: Any
) -> None:
    """What happened before is skipped, what happened after is parked, though they came together."""
    known(world)
    gone = person("user", external_id="u1", stripe_customer="cus_1", delete=delete)
    world.apply(gone, at=5, source="crm")
    ids = [world.receive(user(set={"name": str(at)}), at=at, **LANE) for at in (4, 6)]
    world.work_off(ids[0])
    assert states(world, ids) == [State.SKIPPED, State.PARKED]


def test_a_dry_run_of_what_does_not_fold_keeps_nothing(world: World) -> None:
    """Neither what was planned as one nor what is planned one by one."""
    ids = [
        world.receive(user(), company("c1", set={"name": str(at)}), at=at, **LANE) for at in (1, 2)
    ]
    world.work_off(ids[0], replace(world.to, dry_run=True))
    assert world.companies() == []
    assert world.ledger().find("company", Identifier("company_id", "c1")) == ()


# --- the same as one by one -----------------------------------------------------------------------


def drawn(dice: random.Random, name: str) -> tuple[Any, ...]:
    """Draw what one event says of a person, who is called by `name`."""
    values: list[Any] = ["x", "y", None]
    fields = [one for one in ("name", "phone", PLAN, STATUS) if dice.random() < 0.5]
    said = {one: dice.choice(values) for one in fields}
    once = {"avatar": dice.choice(["p", "q"])} if dice.random() < 0.3 else {}
    tags = dice.sample(["a", "b"], dice.randint(0, 2))
    added = tuple(one for one in tags if dice.random() < 0.6)
    removed = tuple(one for one in tags if one not in added)
    extra = {"email": f"{name}@b.c"} if dice.random() < 0.5 else {}
    changes: list[Any] = [
        person(
            "user",
            stripe_customer=name,
            **extra,
            set=said,
            set_once=once,
            types={PLAN: "string", STATUS: "string"},
            add_tags=added,
            remove_tags=removed,
        )
    ]
    if dice.random() < 0.4:
        detach: Any = dice.choice(["", "", "this", "others"])
        firm = {"name": dice.choice(["n", "m"])}
        changes.append(
            company(f"{dice.choice('12')}{name}", set=firm, detach=detach, attach=detach != "this")
        )
    if dice.random() < 0.3:
        changes.append(told(dice.choice(["p", "q"]), dice.randint(0, 9)))
    return tuple(changes)


def learnt(world: World, name: str, ids: list[int]) -> Any:
    """Give all that is known of a person, in words that fit anybody."""
    (contact_id,) = world.linked("stripe_customer", name)
    ledger = world.ledger()
    order = {one: place for place, one in enumerate(ids)}
    companies = {
        world.ledger().find("company", one)[0]: one.value[0] for one in company_ids(world, name)
    }

    def field(name_: str) -> str:
        kind, _, id_ = name_.partition(":")
        return f"company:{companies[id_]}" if kind == "company" else name_

    def runs(target: Target) -> Any:
        found = (one for one in ledger.runs(target) if one.source == "stripe")
        return sorted(
            (field(one.field), str(one.value).replace(name, ""), one.first.time, one.last.time,
             order.get(one.first.arrival, -1), order.get(one.last.arrival, -1),
             order.get(one.event_id or 0, -1), one.route)
            for one in found
        )  # fmt: skip

    held = dict(next(one for one in world.contacts() if one["external_id"] == name))
    ignored = ("id", "external_id", "updated_at", "created_at")
    held = {key: value for key, value in held.items() if key not in ignored}
    held["tags"] = sorted(held.get("tags", ()))
    held["companies"] = sorted(one[0] for one in held.get("companies", ()))
    held["email"] = (held.get("email") or "").replace(name, "me")
    told_ = sorted(
        (one.name, one.created_at)
        for one in world.state.events.values()
        if one.contact_id == contact_id
    )
    return (
        held,
        runs(Target("contact", contact_id)),
        told_,
        [runs(Target("company", one)) for one in sorted(companies, key=companies.__getitem__)],
    )


def company_ids(world: World, name: str) -> list[Any]:
    """Give the identifiers of the companies that were made for a person."""
    found = sorted(one["company_id"] for one in world.companies())
    return [Identifier("company_id", one) for one in found if one.endswith(name)]


@pytest.mark.parametrize("seed", range(4))
def test_folded_events_leave_what_they_leave_one_by_one(world: World, seed: int) -> None:
    """Random bursts: the same contact, runs, tags, companies and data events, in no more calls."""
    for number in range(5):
        dice = random.Random(f"{seed} {number}")
        drawn_seed, size = dice.random(), dice.randint(2, 7)
        times = [(dice.randint(0, 5), dice.randint(0, 1)) for _ in range(size)]
        outcome = {}
        for way in ("folded", "single"):
            name = f"{way}{number}"
            lane = {"source": "stripe", "subject": name}
            world.apply(person("user", external_id=name, stripe_customer=name), at=-1, **lane)
            crm = person("user", external_id=name, set={"name": "crm"}, add_tags=("a",))
            world.apply(crm, source="crm", at=3)
            same = random.Random(drawn_seed)
            ids = [
                world.receive(*drawn(same, name), at=at, version=version, **lane)
                for at, version in times
            ]
            calls = []
            if way == "folded":
                calls = world.work_off(ids[0])
            else:
                for one in ids:
                    calls += world.again(one).calls
            assert set(states(world, ids)) == {State.DONE}
            outcome[way] = learnt(world, name, ids), len(calls)
        assert outcome["folded"][0] == outcome["single"][0], (seed, number)
        assert outcome["folded"][1] <= outcome["single"][1]
