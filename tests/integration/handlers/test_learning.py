"""A workspace is read as a whole: everybody is known, nobody's word is made, unknown means new."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.clock import SECOND
from bridge.errors import BridgeError
from bridge.intercom.client import Client
from bridge.model import Identifier, Missing, Shadow, Target
from bridge.store import duplicates, newness, readings
from bridge.store.laneless import LanelessLedger, no_event
from bridge.worker.learning import Learning, Learnt
from bridge.worker.patience import Patience
from handlers import answers
from tests.integration.handlers.world import (
    T0,
    Dying,
    Killed,
    World,
    company,
    person,
)

LAG = 180
SEARCH = "POST /contacts/search"
SCROLL = "GET /companies/scroll"
Learn = Callable[..., Learnt]


@pytest.fixture
def learn(world: World) -> Learn:
    """Give a function that reads the world's workspace; waiting lets its hour pass."""

    def run(*, client: Client | None = None, again: bool = False, **more: Any) -> Learnt:
        patience = Patience(lambda told: None, sleep=more.pop("sleep", world.hour.pass_by))
        learning = Learning(
            world.db,
            "w",
            client or world.client,
            patience,
            world.hour,
            LAG,
            more.pop("show", lambda kind, done, total: None),
        )
        return learning.run(again=again)

    return run


def listening(world: World, since: float = LAG, heard: float = 0) -> None:
    """Let Intercom's webhooks come since so many seconds ago, the last one `heard` ago."""
    begun = [readings.get(world.db, "w", kind) for kind in ("contact", "company")]
    began = min(one.began_at for one in begun if one is not None)
    with world.db.write() as connection:
        connection.execute(
            text(
                "INSERT INTO destinations (destination, listening_since, heard_at) "
                "VALUES ('default', :since, :heard) ON CONFLICT (destination) DO UPDATE "
                "SET listening_since = excluded.listening_since, heard_at = excluded.heard_at"
            ),
            {
                "since": began - int(since * SECOND),
                "heard": began - int(heard * SECOND),
            },
        )


def learnt(world: World) -> World:
    """Give the world with a worker that knows whether unknown means new."""
    world.to = replace(world.to, unknown_is_new=newness.UnknownIsNew(world.db, "w", LAG))
    return world


# --- reading ------------------------------------------------------------------------------------


def test_everybody_is_known_afterwards(world: World, learn: Learn) -> None:
    """Users and leads by external_id, email and phone, companies by company_id; no facts."""
    world.plant_all(companies=[{"company_id": "acme"}])
    user = world.plant(
        external_id="u1", email="Ada@x.example", phone="+49151", name="Ada", companies=["acme"]
    )
    lead = world.plant(email="bo@x.example")
    found = learn()
    assert (found.users, found.leads, found.companies, found.links) == (1, 1, 1, 5)
    for name, value in (("external_id", "u1"), ("email", "ada@x.example"), ("phone", "+49151")):
        assert world.linked(name, value) == (user,)
    assert world.linked("email", "bo@x.example") == (lead,)
    ledger = world.ledger()
    assert len(ledger.find("company", Identifier("company_id", "acme"))) == 1
    assert ledger.shadow(Target("contact", user)).get("name") == "Ada"
    assert ledger.runs(Target("contact", user)) == ()


def test_pages_are_followed_to_the_end(world: World, learn: Learn) -> None:
    """150 contacts a call, and 100 companies a call and one that says that there are no more."""
    world.plant_all(
        companies=[{"company_id": f"c{number}"} for number in range(101)],
        contacts=[
            {"external_id": f"u{number}", "companies": [f"c{number % 101}"]}
            for number in range(301)
        ],
    )
    seen: list[tuple[str, int, int]] = []
    found = learn(show=lambda *told: seen.append(told))
    assert (found.users, found.companies) == (301, 101)
    assert world.calls() == [SEARCH] * 3 + [SCROLL] * 3
    assert seen[:3] == [("contact", 150, 301), ("contact", 300, 301), ("contact", 301, 301)]


def test_what_is_known_costs_no_second_reading(world: World, learn: Learn) -> None:
    """A workspace that was read is read again only where that is asked for."""
    world.plant(external_id="u1")
    learn()
    world.calls()
    assert (learn().users, world.calls()) == (0, [])
    assert (learn(again=True).users, world.calls()) == (1, [SEARCH, SCROLL])


@pytest.mark.parametrize("nth", [1, 2])
def test_a_killed_run_goes_on_where_it_was(world: World, learn: Learn, nth: int) -> None:
    """Its pages are not read again but for the one whose answer nobody took, nobody is left out."""
    for number in range(400):
        world.plant(external_id=f"u{number}")
    with suppress(Killed):
        learn(client=Dying(world.client, SEARCH, nth))
        raise AssertionError("it lived")
    assert world.calls() == [SEARCH] * nth
    assert learn().users == 400 - 150 * (nth - 1)
    assert world.calls() == [SEARCH] * (4 - nth) + [SCROLL]
    assert all(world.linked("external_id", f"u{number}") for number in (0, 149, 150, 399))


def test_a_cursor_that_intercom_forgot_begins_anew(world: World, learn: Learn) -> None:
    """Nobody is left out because the contact at the end of the last page is gone."""
    for number in range(301):
        world.plant(external_id=f"u{number:03}", created_at=T0 + number)
    with suppress(Killed):
        learn(client=Dying(world.client, SEARCH, 2))
    (last,) = world.linked("external_id", "u149")
    with world.state.lock:
        world.state.put(replace(world.state.contacts[last], standing="deleted"))
    assert learn().users == 300


def test_what_a_worker_wrote_is_not_overwritten_by_an_older_page(
    world: World, learn: Learn
) -> None:
    """The search shows last week's contact: what our own write answered stays."""
    contact = world.plant(external_id="u1", name="Old")
    world.rules(search_lag=3600)
    with world.state.lock:
        world.state.put(world.state.contacts[contact])
    world.hour.pass_by(4000)
    world.apply(person("user", external_id="u1", set={"name": "New"}), at=4000)
    learn()
    assert world.said(contact, "name") == {"app": ["New"]}
    assert world.ledger().shadow(Target("contact", contact)).get("name") == "New"


def test_a_change_since_it_was_last_seen_is_an_edit(world: World, learn: Learn) -> None:
    """Who is known already is compared: what somebody changed meanwhile is a fact of theirs."""
    world.apply(person("user", external_id="u1", set={"name": "Ours"}))
    contact = world.contact()["id"]
    world.edit(contact, name="Theirs", email="new@x.example")
    learn()
    assert world.said(contact, "name") == {"app": ["Ours"], "intercom": ["Theirs"]}
    assert world.linked("email", "new@x.example") == (contact,)


def test_what_is_listed_of_the_second_of_our_write_is_no_edit(world: World, learn: Learn) -> None:
    """Intercom counts in seconds: what a list shows of that one may be the state before."""
    world.apply(person("user", external_id="u1", set={"name": "Ours"}))
    contact = world.contact()["id"]
    with world.state.lock:
        world.state.put(replace(world.state.contacts[contact], name="Before"))
    learn()
    assert world.said(contact, "name") == {"app": ["Ours"]}


def test_who_is_being_written_is_waited_for(world: World, learn: Learn) -> None:
    """The rest of the page is taken at once, whom a worker holds when it is done."""
    held, free = world.plant(external_id="u1"), world.plant(external_id="u2")
    worker = LanelessLedger(
        world.db, no_event("default", "app", 0), owner="worker", lease=60, workspace="w"
    )
    worker.take([f"contact:{held}"])
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        assert world.linked("external_id", "u2") == (free,)
        assert not world.linked("external_id", "u1")
        waits.append(seconds)
        worker.release()

    assert learn(sleep=sleep).users == 2
    assert len(waits) == 1
    assert world.linked("external_id", "u1") == (held,)


def test_whoever_waits_for_somebody_read_goes_on(world: World, learn: Learn) -> None:
    """An event that waits for an address is released by the page that shows it."""
    policy = {"missing": Missing("wait", 3600, "park")}
    applied = world.apply(person("user", email="ada@x.example", set={"name": "Ada"}, policy=policy))
    assert applied.outcome.state == "waiting"
    world.plant(external_id="u1", email="ada@x.example")
    learn()
    assert world.event(applied.id).state == "pending"
    assert world.again(applied.id).outcome.state == "done"


def test_trouble_at_intercom_is_waited_out(world: World, learn: Learn) -> None:
    """Limits, faults and lost answers cost time, and nobody."""
    world.plant_all(
        companies=[{"company_id": "acme"}],
        contacts=[{"external_id": "u1", "companies": ["acme"]}, {"external_id": "u2"}],
    )
    world.fault("status", "POST", "/contacts/search", status=503, times=2)
    world.fault("throttle", "POST", "/contacts/search")
    world.fault("lose", "POST", "/contacts/search", times=2)
    found = learn()
    assert (found.users, found.companies) == (2, 1)
    assert world.calls() == [SEARCH] * 3 + [SCROLL] * 2


def test_a_scroll_that_is_lost_begins_anew_a_minute_later(world: World, learn: Learn) -> None:
    """Intercom goes on behind the page that was lost: only from the beginning none is missed."""
    world.plant_all(
        companies=[{"company_id": f"c{number}"} for number in range(201)],
        contacts=[
            {"external_id": f"u{number}", "companies": [f"c{number}"]} for number in range(201)
        ],
    )
    client = world.client
    pages = 0

    class Losing(Client):
        def __init__(self) -> None:
            vars(self).update(vars(client))

        def send(self, call: Any) -> Any:
            nonlocal pages
            pages += call.path == "/companies/scroll"
            if pages == 2 and call.path == "/companies/scroll":
                world.fault("lose", "GET", "/companies/scroll")
            return client.send(call)

    before = world.hour.now
    assert learn(client=Losing()).companies >= 201
    reading = readings.get(world.db, "w", "company")
    assert reading is not None
    assert (reading.done, reading.ended_at is None) == (201, False)
    assert world.hour.now - before >= 60


def test_two_who_read_at_once_are_told_apart(world: World, learn: Learn) -> None:
    """The second stops and says so: nothing is counted twice."""
    world.plant(external_id="u1")
    reading = readings.begin(world.db, "w", "contact")
    readings.advance(world.db, "w", reading, cursor="a", done=5, total=9)
    with pytest.raises(BridgeError, match="another command"):
        readings.advance(world.db, "w", reading, cursor="b", done=5, total=9)


def test_whoever_is_no_longer_listed_is_told(world: World, learn: Learn) -> None:
    """A contact that was deleted at Intercom is named by a later reading; nothing is guessed."""
    gone, _ = world.plant(external_id="u1"), world.plant(external_id="u2")
    assert learn().unlisted == 0
    with world.state.lock:
        world.state.put(replace(world.state.contacts[gone], standing="deleted"))
    with world.db.write() as connection:
        connection.execute(text("UPDATE shadow SET seen_at = 1"))
    found = learn(again=True)
    assert (found.unlisted, found.unlisted_ids) == (1, [gone])
    assert world.linked("external_id", "u1") == (gone,)


def test_nothing_is_learnt_of_who_was_erased(world: World, learn: Learn) -> None:
    """A list that lags still shows them: neither a shadow nor a link comes back."""
    contact = world.plant(external_id="u1", email="ada@x.example", name="Ada")
    world.plant(external_id="u2")
    ledger = world.ledger()
    target, known_by = Target("contact", contact), Identifier("email", "ada@x.example")
    ledger.take([str(known_by)])
    ledger.erase([target], [known_by])
    ledger.save()
    ledger.release()
    learn()
    assert world.linked("external_id", "u2")
    assert world.linked("external_id", "u1") == world.linked("email", "ada@x.example") == ()
    assert world.ledger().shadow(target).fields == {}


def test_who_is_known_to_be_deleted_is_not_brought_back(world: World, learn: Learn) -> None:
    """Intercom's own notification is newer than a list that lags."""
    contact = world.plant(external_id="u1")
    ledger = world.ledger()
    target = Target("contact", contact)
    ledger.take([f"contact:{contact}"])
    ledger.see(answers.marked(Shadow(target), answers.GONE, True, T0))
    ledger.save()
    ledger.release()
    learn()
    assert world.linked("external_id", "u1") == ()


# --- unknown means new ----------------------------------------------------------------------------


def test_a_new_user_with_a_company_costs_three_calls(world: World, learn: Learn) -> None:
    """Nobody is looked for: the company, the user, the attachment."""
    learn()
    listening(world)
    applied = learnt(world).apply(
        company("acme"), person("user", external_id="u1", email="ada@x.example")
    )
    assert applied.calls == ["POST /companies", "POST /contacts", "POST /contacts/{id}/companies"]


def test_whoever_was_read_is_not_made_again(world: World, learn: Learn) -> None:
    """A user without external_id is found in the store by the address, and completed."""
    world.plant(role="user", email="ada@x.example")
    learn()
    listening(world)
    applied = learnt(world).apply(person("user", external_id="u1", email="ada@x.example"))
    assert applied.calls == ["PUT /contacts/{id}"]
    assert world.contact()["external_id"] == "u1"


def test_whoever_was_made_meanwhile_is_taken_over(world: World, learn: Learn) -> None:
    """Intercom refuses the second user of an external_id and names the first: one more call."""
    learn()
    listening(world)
    world.plant(external_id="u1", email="ada@x.example")
    applied = learnt(world).apply(person("user", external_id="u1", set={"name": "Ada"}))
    assert applied.calls == ["POST /contacts", "PUT /contacts/{id}"]
    assert world.contact()["name"] == "Ada"


def test_a_lead_whose_answer_was_lost_is_still_looked_for(world: World, learn: Learn) -> None:
    """The lead that we may have made ourselves is the one that the store cannot know."""
    learn()
    listening(world)
    learnt(world).fault("lose", "POST", "/contacts")
    applied = world.apply(person("lead", email="ada@x.example"))
    assert applied.calls == ["POST /contacts"]
    assert world.again(applied.id).calls == [SEARCH]
    assert len(world.contacts()) == 1


def test_of_several_leads_none_is_taken_for_a_user(world: World, learn: Learn) -> None:
    """Two leads of the Messenger that share an address do not keep a user from being made."""
    leads = {world.plant(email="ada@x.example"), world.plant(email="ada@x.example")}
    learn()
    listening(world)
    applied = learnt(world).apply(person("user", external_id="u1", email="ada@x.example"))
    assert (applied.outcome.state, applied.calls) == ("done", ["POST /contacts"])
    (user,) = world.linked("external_id", "u1")
    assert user not in leads


@pytest.mark.parametrize(
    ("since", "heard", "told"),
    [
        (LAG - 1, 0, "come only since"),
        (LAG, 25 * 3600, "for 25 hours"),
        (LAG, 0, ""),
    ],
)
def test_unknown_means_new_only_while_nothing_is_missed(
    world: World, learn: Learn, since: float, heard: float, told: str
) -> None:
    """Webhooks must come since the search lag before the reading began, and lately."""
    learn()
    listening(world, since=max(since, heard), heard=heard)
    if since < LAG:
        listening(world, since=since)
    lacking = newness.lacking(world.db, "w", LAG)
    assert lacking == told or (told and told in lacking)


def test_a_workspace_that_was_not_read_is_searched(world: World, learn: Learn) -> None:
    """Without a reading, or without webhooks, the careful order stays."""
    assert "run `bridge learn`" in newness.lacking(world.db, "w", LAG)
    learn()
    assert "never came" in newness.lacking(world.db, "w", LAG)
    applied = learnt(world).apply(person("user", external_id="u1", email="ada@x.example"))
    assert len(applied.calls) == 3
    world.plant(external_id="u3")
    readings.begin(world.db, "w", "contact")
    listening(world)
    assert "run `bridge learn`" in newness.lacking(world.db, "w", LAG)


def test_the_state_is_asked_for_now_and_then(world: World, learn: Learn) -> None:
    """Not for every event: half a minute old is good enough."""
    seconds = [0.0]
    is_new = newness.UnknownIsNew(world.db, "w", LAG, lambda: seconds[0])
    assert not is_new()
    learn()
    listening(world)
    assert not is_new()
    seconds[0] = 30
    assert is_new()


# --- duplicates -----------------------------------------------------------------------------------


def pairs(world: World, *, settled: bool = False) -> list[tuple[set[str], str, str]]:
    found = duplicates.listing(world.db, settled=settled, limit=100)
    return [({one.id for one in each.pair}, each.name, each.how) for each in found]


def test_users_that_share_an_address_are_noted(world: World, learn: Learn) -> None:
    """Each with the first of them; leads may share what they like; once only."""
    users = [world.plant(external_id=f"u{n}", email="team@x.example") for n in range(3)]
    world.plant(email="team@x.example")
    assert learn().duplicates == 2
    assert {frozenset(both) for both, _, _ in pairs(world)} == {
        frozenset((min(users), one)) for one in users if one != min(users)
    }
    assert learn(again=True).duplicates == 0


def test_an_identifier_of_somebody_else_is_noted(world: World) -> None:
    """The higher identifier is used, the other stays where it is, and both are a pair."""
    world.apply(person("user", external_id="u1", app_id="a1"))
    world.apply(person("user", external_id="u2"))
    world.apply(person("user", external_id="u2", app_id="a1"))
    (one,), (other,) = world.linked("external_id", "u1"), world.linked("external_id", "u2")
    assert pairs(world) == [({one, other}, "app_id", "shared")]
    assert world.linked("app_id", "a1") == (one,)


def test_a_pair_is_settled_when_one_of_them_is_gone(world: World) -> None:
    """Merged at Intercom: the pair became one, and nothing is left to decide."""
    world.apply(person("user", external_id="u1", app_id="a1"))
    world.apply(person("user", external_id="u2", app_id="a1"))
    (one,), (other,) = world.linked("external_id", "u1"), world.linked("external_id", "u2")
    with world.state.lock:
        merged = replace(world.state.contacts[other], standing="merged", merged_into=one)
        world.state.put(merged)
    world.apply(person("user", external_id="u2", set={"name": "Ada"}), at=9)
    assert pairs(world) == []
    assert pairs(world, settled=True) == [({one, other}, "intercom_id", "joined")]


def test_a_pair_is_settled_when_they_no_longer_share(world: World, learn: Learn) -> None:
    """One of them got another address at Intercom, or was deleted there."""
    users = [world.plant(external_id=f"u{n}", email="team@x.example") for n in range(3)]
    learn()
    first = min(users)
    second, third = (one for one in users if one != first)
    world.edit(second, email="own@x.example")
    learn(again=True)
    assert pairs(world) == [({first, third}, "email", "shared")]
    with world.state.lock:
        world.state.put(replace(world.state.contacts[third], standing="deleted"))
    world.apply(person("user", intercom_id=third, set={"name": "Ada"}, email="x@x.example"))
    assert pairs(world) == []


def test_a_conflict_of_two_contacts_is_noted(world: World) -> None:
    """Intercom has the address of one under another: both are a pair until they differ."""
    world.rules(email_conflict="always")
    world.apply(person("user", external_id="u1", email="a@x.example"))
    world.apply(person("user", external_id="u2", email="b@x.example"))
    (one,), (other,) = world.linked("external_id", "u1"), world.linked("external_id", "u2")
    world.apply(person("user", external_id="u2", set={"email": "a@x.example"}), at=5)
    assert pairs(world) == [({one, other}, "email", "shared")]
