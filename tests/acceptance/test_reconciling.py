"""`bridge reconcile` finds and mends a lost write, and leaves what a person changed."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import text

from bridge.intercom.sandbox.model import Rules
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.acceptance.test_learning import bridge_says
from tests.acceptance.test_signups import registered, updated
from tests.conftest import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_write_is_mended_and_an_edit_stays(kind: str, make_bridge: MakeBridge) -> None:
    """Both titles differ from what was written last: one is older, the other was changed later."""
    bridge = make_bridge(kind)
    bridge.sandbox.rules = Rules(search_lag=120)
    bridge.start_web()
    bridge.start_worker()
    lost, edited = secrets.token_hex(5), secrets.token_hex(5)
    for who in (lost, edited):
        bridge.send("signup", registered(who))
        bridge.applied("signup", updated(who, "2025-09-02T08:00:00Z", job_title="Rear Admiral"))
    _hold(bridge, lost, "Admiral", later=-3600)
    _hold(bridge, edited, "Captain", later=10)
    with bridge.db.write() as connection:
        connection.execute(text("UPDATE shadow SET seen_at = 1"))

    told = bridge_says(bridge, "reconcile", code=1)
    assert [(one["field"], one["repaired"]) for one in told["drift"]] == [
        ("custom_attributes.job_title", False)
    ]
    assert (told["contacts"], told["companies"], told["edits"]) == (2, 2, 1)
    assert "Admiral" not in str(told)
    with bridge.db.write() as connection:
        connection.execute(text("UPDATE shadow SET seen_at = 1"))
    assert bridge_says(bridge, "reconcile", "--repair")["left"] == 0
    titles = [
        bridge.person(external_id=f"usr_{who}")["custom_attributes"]["job_title"]
        for who in (lost, edited)
    ]
    assert titles == ["Rear Admiral", "Captain"]


def _hold(bridge: Bridge, who: str, title: str, *, later: int) -> None:
    """Let Intercom hold a title, written so many seconds later than what it holds now."""
    sandbox = bridge.sandbox
    with sandbox.lock:
        (contact,) = sandbox.with_external_id(f"usr_{who}")
        attributes = {**contact.custom_attributes, "job_title": title}
        at = contact.updated_at + later
        sandbox.put(replace(contact, custom_attributes=attributes, updated_at=at))
