"""Why does this field hold this value: asked by command and over HTTP, after all that happens."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import State
from bridge.store import events
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.conftest import KINDS

TOKEN = secrets.token_hex(20)
SOURCE = """
source: {source}
verify:
  scheme: hmac
  secret: {secret}
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =not_null(body.there, body.email)
types:
  plan: string
  interest: string
routes:
  - on: user
    user:
      match:
        external_id: =body.external_id
        {source}_id: =body.there
        email: =body.email
      set:
        name: =body.name
        phone: =body.phone
        custom_attributes:
          plan: =or_clear(body.plan)
      tags:
        add: =body.tags
        remove: =body.untags
    company:
      when: body.company
      match:
        company_id: =body.company
  - on: lead
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          interest: =body.interest
"""


@pytest.fixture(params=KINDS)
def bridge(request: pytest.FixtureRequest, make_bridge: MakeBridge, tmp_path: Path) -> Bridge:
    """Give a running bridge with two sources, over an Intercom whose search lags two minutes."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    for source in ("crm", "billing"):
        (folder / f"{source}.yaml").write_text(
            SOURCE.format(source=source, secret=f"{source.upper()}_SECRET")
        )
    bridge = make_bridge(
        request.param,
        mappings=folder,
        sandbox=Sandbox(rules=Rules(search_lag=120)),
        settings={"BRIDGE_READ_TOKEN": TOKEN},
    )
    bridge.start_web()
    bridge.start_worker()
    return bridge


def tell(bridge: Bridge, source: str, at: float, **fact: Any) -> int:
    """Tell one fact, wait until it is applied, and give its event."""
    fact = {"id": secrets.token_hex(6), "type": "user", "at": 1_750_000_000 + at, **fact}
    row = bridge.applied(source, fact)
    assert row.state is State.DONE, row
    return row.id


def at_intercom(bridge: Bridge, method: str, path: str, body: dict[str, Any]) -> Any:
    """Do something in Intercom as a person there would: not through the bridge."""
    bearer = {"Authorization": "Bearer somebody", "Intercom-Version": "2.16"}
    told = requests.request(
        method, f"{bridge.server.url}{path}", json=body, headers=bearer, timeout=10
    )
    assert told.ok, told.text
    return told.json()


def ask(bridge: Bridge, **identifier: str) -> dict[str, Any]:
    """Ask over HTTP; the one person found."""
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{bridge.url}/api/people"
    told = requests.get(url, params=identifier, headers=bearer, timeout=10)
    assert told.status_code == 200, told.text
    [person] = told.json()["people"]
    return dict(person)


def command(bridge: Bridge, *arguments: str) -> str:
    """Ask by the command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bridge", "people", "show", *arguments],
        cwd=bridge.folder,
        env=bridge.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def origin(person: dict[str, Any], name: str, among: str = "fields") -> tuple[Any, ...]:
    """Give what Intercom holds, who said so by which event and route, and who says otherwise."""
    [one] = [one for one in person[among] if one["name"] == name]
    said = one["said"]
    assert one["confirmed_at"] is not None
    assert one["drift"] == ""
    others = [(other["source"], other["value"], other["event_id"]) for other in one["others"]]
    return one["value"], said["source"], said["event_id"], said["route"], others


def test_every_origin_stays_right_whatever_happens(bridge: Bridge) -> None:
    """A promotion, older facts, an edit and a merge in Intercom, a replay, and events deleted."""
    ada = "ada@origin.example"
    form = tell(bridge, "crm", 1, type="lead", email=ada, name="Ada", interest="sums")
    known = {"email": ada, "external_id": "u1"}
    bought = {"there": "cus_9", "name": "A. Lovelace", "phone": "+441", "plan": "Team"}
    marked = {"company": "CLIENT-1", "tags": ["customer", "vip"]}
    paid = tell(bridge, "billing", 5, **known, **bought, **marked)
    older = tell(bridge, "crm", 3, **known, there="c1", plan="Free", untags=["customer"])
    newer = tell(bridge, "crm", 7, **known, there="c1", phone="+442", untags=["vip"])
    person = ask(bridge, billing_id="cus_9")
    target = person["intercom_id"]

    # An edit, and a merge of another lead, by somebody in Intercom; noticed when next written.
    lead = tell(bridge, "crm", 8, type="lead", email="countess@origin.example", interest="poems")
    other = ask(bridge, email="countess@origin.example")["intercom_id"]
    at_intercom(bridge, "PUT", f"/contacts/{target}", {"name": "Countess"})
    merge = {"from": other, "into": target, "skip_duplicate_validation": True}
    at_intercom(bridge, "POST", "/contacts/merge", merge)
    last = tell(bridge, "crm", 9, type="lead", email="countess@origin.example", interest="engines")
    _replay(bridge, older, newer)

    expected = {
        "name": (
            "Countess",
            "intercom",
            last,
            "",
            [("billing", "A. Lovelace", paid), ("crm", "Ada", form)],
        ),
        "phone": ("+442", "crm", newer, "user", [("billing", "+441", paid)]),
        "custom_attributes.plan": ("Team", "billing", paid, "user", [("crm", "Free", older)]),
        "custom_attributes.interest": ("engines", "crm", last, "lead", []),
    }
    marks = {
        ("tags", "customer"): (True, "billing", paid, "user", [("crm", False, older)]),
        ("tags", "vip"): (False, "crm", newer, "user", [("billing", True, paid)]),
        ("companies", "CLIENT-1"): (True, "billing", paid, "user", []),
    }
    assert lead not in {form, last}
    for again in range(2):
        person = ask(bridge, email="countess@origin.example")
        assert person == json.loads(command(bridge, "--link", "billing_id=cus_9", "--json"))[0]
        assert person["intercom_id"] == target
        assert {name: origin(person, name) for name in expected} == expected
        assert {(among, name): origin(person, name, among) for among, name in marks} == marks
        assert [one["id"] for one in person["events"]] == (
            [] if again else sorted({form, paid, older, newer, lead, last}, reverse=True)
        )
        _delete_events(bridge)

    shown = command(bridge, ada).splitlines()
    [line] = [line for line in shown if line.startswith("plan ")]
    assert line.split() == ["plan", "Team", "billing", "2025-06-15", "15:06:45", str(paid)]


def _replay(bridge: Bridge, *event_ids: int) -> None:
    """Apply events again: nothing is written to Intercom."""
    before = len(bridge.calls())
    for event_id in event_ids:
        events.replay(bridge.db, event_id)
    bridge.settle()
    assert [call for call in bridge.calls(before) if call["method"] != "GET"] == []


def _delete_events(bridge: Bridge) -> None:
    """Delete every event, as it is one day after so long a time."""
    with bridge.db.write() as connection:
        for table in ("journal", "attempts", "waits", "events"):
            connection.execute(text(f"DELETE FROM {table}"))
