"""`missing: skip` for all of a mapping: nobody is ever made at Intercom, on whatever way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.intercom.sandbox import contacts
from bridge.model import Missing, State
from tests.integration.handlers.world import World, company, person

SKIP = {"missing": Missing("skip")}
ADA = "ada@example.com"
CREATE = "POST /contacts"

IDENTIFIERS = {
    "external_id": {"external_id": "u1"},
    "email": {"email": ADA},
    "all": {"crm": "c1", "external_id": "u1", "email": ADA, "phone": "+44 1"},
    "intercom_id": {"intercom_id": "0" * 24},
}
EXTRAS: dict[str, Any] = {
    "nothing": {},
    "fields": {"set": {"name": "Ada"}, "set_once": {"phone": "+44 2"}},
    "tags": {"add_tags": ("vip",), "remove_tags": ("old",)},
    "unarchive": {"set": {"name": "Ada"}, "policy": {**SKIP, "archived": "unarchive"}},
    "archive": {"delete": "archive"},
    "delete": {"delete": "permanently"},
}


def vanish(world: World) -> None:
    """Delete everybody at Intercom, as a person there may."""
    with world.state.lock:
        for contact_id in list(world.state.contacts):
            contacts.delete(world.state, contact_id)


def situation(world: World, name: str) -> None:
    """Let somebody be there whom the search does not show yet, or who is gone or put away."""
    world.rules(search_lag=120)
    if name in {"archived", "deleted"}:
        contact_id = world.plant(external_id="u1", email=ADA)
        with world.state.lock:
            contact = world.state.contacts[contact_id]
            world.state.put(replace(contact, standing=name))
    elif name == "hidden":
        world.plant(role="user", email=ADA)
    elif name == "vanished":
        world.apply(person("user", external_id="u1", email=ADA, crm="c1"))
        vanish(world)


@pytest.mark.parametrize("name", ["nobody", "archived", "deleted", "hidden", "vanished"])
def test_nobody_is_made_by_any_change(world: World, name: str) -> None:
    """Every kind, every identifier, everything that can be said of somebody, with a company."""
    situation(world, name)
    before = len(world.state.contacts)
    for kind in ("user", "contact"):
        for known_by in IDENTIFIERS.values():
            for extra in EXTRAS.values():
                change = person(kind, **{"policy": SKIP, **known_by, **extra})
                done = world.apply(change, company("acme", set={"name": "Acme"}))
                if done.outcome.retry_in is not None:
                    done = world.again(done.id)
                assert CREATE not in done.calls, change
                assert done.outcome.state in {State.DONE, State.SKIPPED}, change
    assert len(world.state.contacts) == before


def test_nobody_is_made_where_the_person_vanishes_on_the_way(world: World) -> None:
    """A tag finds the contact gone: it is looked for anew, and then left alone."""
    world.apply(person("user", external_id="u1"))
    vanish(world)
    change = person("user", external_id="u1", add_tags=("vip",), policy=SKIP)
    event_id = world.receive(change)
    assert world.attempt(event_id).retry_in is not None
    done = world.again(event_id)
    assert done.outcome.state is State.SKIPPED
    assert (CREATE in done.calls, world.contacts()) == (False, [])


def test_nobody_is_made_at_the_end_of_a_wait(world: World) -> None:
    """`then: skip`."""
    waits = {"missing": Missing("wait", 60, "skip")}
    waiting = world.apply(person("user", external_id="u1", email=ADA, policy=waits))
    world.hour.pass_by(61)
    done = world.replay(waiting.id)
    assert CREATE not in done.calls
    assert world.contacts() == []
