"""A workspace is read as a whole, also by a command that is killed; then unknown means new."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.model import Rules
from bridge.store import newness, readings
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge, until
from tests.acceptance.test_signups import registered
from tests.conftest import KINDS

LAG = 120


def bridge_says(bridge: Bridge, *arguments: str, code: int = 0) -> Any:
    """Run a command to its end and give the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments, "--json"],
        cwd=bridge.folder,
        env=dict(bridge.environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def listen(bridge: Bridge) -> None:
    """Let Intercom's webhooks come, since an hour before the workspace was read."""
    ping = {"type": "notification_event", "app_id": bridge.sandbox.workspace, "topic": "ping"}
    ping |= {"id": f"notif_{secrets.token_hex(6)}", "created_at": int(time.time())}
    ping |= {"data": {"type": "notification_event_data", "item": {"type": "ping"}}}
    assert bridge.post(bridge.signed("intercom", ping)).status_code == 200
    since = "listening_since = (SELECT MIN(began_at) FROM readings) - 3600000000"
    with bridge.db.write() as connection:
        assert connection.execute(text(f"UPDATE destinations SET {since}")).rowcount == 1


def paths(calls: list[dict[str, Any]]) -> list[str]:
    """Give what was called, ids and the start-up reads left out."""
    told = [(one["method"], one["path"].split("/")[1]) for one in calls]
    return [f"{method} /{what}" for method, what in told if what in ("companies", "contacts")]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_means_new_after_a_reading_that_was_killed(
    kind: str, make_bridge: MakeBridge
) -> None:
    """Nothing is read twice from the start, nobody is missing, and a sign-up costs three calls."""
    bridge = make_bridge(kind)
    people = [{"external_id": f"u{n}", "email": f"u{n % 740}@x.example"} for n in range(750)]
    companies = [{"company_id": f"c{n}"} for n in range(120)]
    for n, company in enumerate(companies):
        people[n]["companies"] = [company["company_id"]]  # type: ignore[assignment]
    seeds.plant(bridge.sandbox, {"companies": companies, "contacts": people})
    bridge.sandbox.rules = Rules(search_lag=LAG, latency=0.05)

    first = bridge.start("learn")
    until(lambda: _done(bridge) >= 300, "the second page is not kept")
    first.kill()
    read, before = _done(bridge), len(bridge.calls())
    bridge.sandbox.rules = replace(bridge.sandbox.rules, latency=0)
    told = bridge_says(bridge, "learn")
    assert told["users"] == 750 - read
    assert (told["contacts_read_in_all"], told["companies_read_in_all"]) == (750, 120)
    searches = [one for one in bridge.calls(before) if one["path"] == "/contacts/search"]
    # One call of the killed command may have been on its way.
    assert len(searches) <= (750 - read) / 150 + 1
    assert all(one["body"]["pagination"].get("starting_after") for one in searches)
    assert (told["duplicates"], told["unlisted"], told["unknown_means_new"]) == (10, 0, False)
    with bridge.db.read() as connection:
        linked = connection.scalar(text("SELECT count(*) FROM links WHERE name = 'external_id'"))
    assert linked == 750

    bridge.start_web()
    listen(bridge)
    assert not newness.lacking(bridge.db, bridge.sandbox.workspace, 180)
    bridge.start_worker()
    before = len(bridge.calls())
    who = secrets.token_hex(5)
    bridge.applied("signup", registered(who))
    assert paths(bridge.calls(before)) == ["POST /companies", "POST /contacts", "POST /contacts"]
    before = len(bridge.calls())
    bridge.applied("signup", registered(who, id="u7", email="u7@x.example"))
    assert "PUT /contacts" in paths(bridge.calls(before))
    assert len(bridge.people(external_id="u7")) == 1


def _done(bridge: Bridge) -> int:
    reading = readings.get(bridge.db, bridge.sandbox.workspace, "contact")
    return 0 if reading is None else reading.done
