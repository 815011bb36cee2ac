"""Intercom tells of itself: edits, new people, deletions and merges are learnt, echoes are not.

The sandbox sends its notifications to the receiver, signed; its clock can be moved, for what people
do in Intercom happens some seconds after what the bridge did.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bridge.clock import SECOND, system_clock
from bridge.intercom.sandbox import (
    Notifier,
    Rules,
    Sandbox,
    Subscription,
    contacts,
    plant,
    tags,
)
from bridge.model import State
from bridge.store.events import EventRow
from bridge.store.schema import assertions
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge, until
from tests.conftest import KINDS


class Clock:
    """The sandbox's clock: a little ahead of ours wherever time has to pass."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return system_clock() + self.ahead * SECOND

    def pass_by(self, seconds: int = 2) -> None:
        self.ahead += seconds


class Workspace:
    """A bridge and an Intercom that tells it what changes."""

    def __init__(self, bridge: Bridge, clock: Clock) -> None:
        self.bridge, self.clock, self.state = bridge, clock, bridge.sandbox
        secret = bridge.environment["INTERCOM_CLIENT_SECRET"]
        self.notifier = Notifier(self.state, Subscription(f"{bridge.url}/hooks/intercom", secret))

    def told(self, contact_id: str, topic: str) -> EventRow:
        """Wait until the newest such notification of a contact is worked off, and give it."""

        def found() -> EventRow | None:
            wanted = ("intercom", contact_id, topic)
            rows = self.bridge.listed()
            mine = (one for one in rows if (one.source, one.subject, one.type) == wanted)
            newest = next(mine, None)
            return newest if newest and newest.state in {State.DONE, State.SKIPPED} else None

        return until(found, f"Intercom did not tell: {topic}")  # type: ignore[no-any-return]

    def edit(self, contact_id: str, **fields: Any) -> EventRow:
        """Change a contact by hand, as somebody at Intercom would; wait until that is learnt."""
        self.clock.pass_by()
        with self.state.lock:
            contact = self.state.contacts[contact_id]
            self.state.put(replace(contact, updated_at=self.state.now(), **fields))
        return self.told(contact_id, f"contact.{contact.role}.updated")

    def calls(self, payload: dict[str, Any]) -> list[str]:
        """Apply an event of the website; give the calls it cost."""
        before = len(self.bridge.calls())
        self.bridge.applied("signup", payload)
        made = (f"{one['method']} {one['path']}" for one in self.bridge.calls(before))
        return [one for one in made if "/data_attributes" not in one]


@pytest.fixture(scope="module", params=KINDS)
def workspace(request: pytest.FixtureRequest, make_shared: MakeBridge) -> Iterator[Workspace]:
    """Give a running bridge that Intercom's notifications reach, with a search that lags."""
    clock = Clock()
    state = Sandbox(clock=clock, rules=Rules(search_lag=120))
    bridge = make_shared(request.param, sandbox=state)
    bridge.start_web()
    bridge.start_worker()
    made = Workspace(bridge, clock)
    yield made
    made.notifier.stop()


@pytest.fixture
def who() -> str:
    """Give a word that makes the ids and addresses of a test its own."""
    return secrets.token_hex(5)


def account(who: str, name: str, *, at: float = 0, kind: str = "updated") -> dict[str, Any]:
    """Give a change of an account, `at` seconds from now."""
    moment = datetime.fromtimestamp(system_clock() / SECOND + at, UTC)
    return {
        "id": f"e_{secrets.token_hex(6)}",
        "type": f"user.{kind}",
        "occurred_at": moment.isoformat(),
        "user": {"id": f"usr_{who}", "email": f"{who}@echo.example", "name": name},
    }


def made(workspace: Workspace, who: str) -> str:
    """Register somebody by the website; give the contact's id once Intercom's echo is done."""
    workspace.bridge.applied("signup", account(who, "Ada", at=-60, kind="registered"))
    contact_id = str(workspace.bridge.person(external_id=f"usr_{who}")["id"])
    workspace.told(contact_id, "contact.user.created")
    return contact_id


def edits(workspace: Workspace, contact_id: str) -> set[str]:
    """Give the fields of which Intercom itself is known to have said something."""
    mine = select(assertions.c.field).where(
        assertions.c.source == "intercom", assertions.c.target_id == contact_id
    )
    with workspace.bridge.db.read() as connection:
        return set(connection.scalars(mine))


def test_our_own_echoes_make_no_facts_and_no_calls(workspace: Workspace, who: str) -> None:
    """A registration and a change come back as notifications: nothing is new in them."""
    ada = made(workspace, who)
    workspace.clock.pass_by()
    workspace.bridge.applied("signup", account(who, "Ada L.", at=-50))
    before = len(workspace.bridge.calls())
    echo = workspace.told(ada, "contact.user.updated")
    assert (echo.state, echo.reason.partition(":")[0]) == (State.SKIPPED, "nothing new")
    assert len(workspace.bridge.calls()) == before
    assert edits(workspace, ada) == set()


def test_an_edit_by_hand_is_kept_until_a_newer_fact(workspace: Workspace, who: str) -> None:
    """An older event that arrives later makes no call; a newer one is written."""
    ada = made(workspace, who)
    assert edits(workspace, ada) == set()
    assert workspace.edit(ada, name="By hand").state is State.DONE
    assert edits(workspace, ada) == {"name"}
    assert workspace.calls(account(who, "Older", at=-30)) == []
    assert workspace.bridge.person(id=ada)["name"] == "By hand"
    assert workspace.calls(account(who, "Newer", at=90)) == [f"PUT /contacts/{ada}"]
    assert workspace.bridge.person(id=ada)["name"] == "Newer"


def test_somebody_the_messenger_made_needs_no_search(workspace: Workspace, who: str) -> None:
    """The search would not show them for two minutes; a second contact would be made."""
    person = {"role": "user", "external_id": f"usr_{who}", "email": f"{who}@echo.example"}
    plant(workspace.state, {"contacts": [person]})
    ada = str(workspace.bridge.person(**person)["id"])
    workspace.told(ada, "contact.user.created")
    assert workspace.calls(account(who, "Ada")) == [f"PUT /contacts/{ada}"]
    assert len(workspace.bridge.people(email=f"{who}@echo.example")) == 1


def test_somebody_deleted_at_intercom_is_not_written_to(workspace: Workspace, who: str) -> None:
    """The next event asks for them anew: no call goes to the one who is gone."""
    ada = made(workspace, who)
    workspace.clock.pass_by()
    with workspace.state.lock:
        contacts.delete(workspace.state, ada)
    workspace.told(ada, "contact.deleted")
    made_calls = workspace.calls(account(who, "Ada"))
    assert made_calls
    assert not [one for one in made_calls if ada in one]


def test_somebody_archived_at_intercom_is_parked_without_a_call(
    workspace: Workspace, who: str
) -> None:
    """And written to again once they are back."""
    ada = made(workspace, who)
    workspace.clock.pass_by()
    with workspace.state.lock:
        contacts.archive(workspace.state, ada)
    workspace.told(ada, "contact.archived")
    parked = workspace.bridge.applied("signup", account(who, "Late", at=60))
    assert (parked.state, parked.reason.partition(":")[0]) == (State.PARKED, "archived")
    workspace.clock.pass_by()
    with workspace.state.lock:
        contacts.unarchive(workspace.state, ada)
    workspace.told(ada, "contact.unarchived")
    assert workspace.calls(account(who, "Back", at=61)) == [f"PUT /contacts/{ada}"]


def test_a_lead_merged_at_intercom_is_the_user_from_then_on(workspace: Workspace, who: str) -> None:
    """What led to the lead leads to the user, without a call to either."""
    address = f"{who}@echo.example"
    form = {"id": f"n_{who}", "type": "newsletter.subscribed", "user": {"email": address}}
    workspace.bridge.applied("signup", form)
    lead = str(workspace.bridge.person(email=address)["id"])
    plant(workspace.state, {"contacts": [{"external_id": f"usr_{who}", "email": address}]})
    user = str(workspace.bridge.person(external_id=f"usr_{who}")["id"])
    workspace.clock.pass_by()
    with workspace.state.lock:
        contacts.merge(workspace.state, {"from": lead, "into": user}, (2, 16))
    workspace.told(user, "contact.merged")
    assert workspace.calls(account(who, "Ada")) == [f"PUT /contacts/{user}"]


def test_a_tag_taken_off_by_hand_is_not_put_on_again(workspace: Workspace, who: str) -> None:
    """The form that asked for it, sent late by another way, is older."""
    address = f"{who}@echo.example"
    form = {"id": f"n_{who}", "type": "newsletter.subscribed", "user": {"email": address}}
    workspace.bridge.applied("signup", {**form, "occurred_at": system_clock() // SECOND})
    lead = str(workspace.bridge.person(email=address)["id"])
    workspace.told(lead, "contact.lead.tag.created")
    workspace.clock.pass_by()
    with workspace.state.lock:
        tag = tags.named(workspace.state, "newsletter")
        assert tag is not None
        tags.take_off(workspace.state, workspace.state.contacts[lead], tag)
    assert workspace.told(lead, "contact.lead.tag.deleted").state is State.DONE
    older = system_clock() // SECOND - 30
    assert workspace.calls({**form, "id": f"m_{who}", "occurred_at": older}) == []
    assert "tags" not in workspace.bridge.person(id=lead)
