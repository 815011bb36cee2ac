"""Operations beside webhooks, in the product as its users run it: processes on real sockets."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import Any

import pytest
import requests

from bridge.model import State
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.conftest import KINDS

TOKEN = secrets.token_hex(20)


@pytest.fixture(scope="module", params=KINDS)
def open_bridge(request: pytest.FixtureRequest, make_shared: MakeBridge) -> Bridge:
    """Give a running bridge whose API has a token."""
    bridge = make_shared(request.param, settings={"BRIDGE_ADMIN_TOKEN": TOKEN})
    bridge.start_web()
    bridge.start_worker()
    return bridge


def post(bridge: Bridge, path: str, **body: Any) -> dict[str, Any]:
    """Do an operation over HTTP."""
    url = f"{bridge.url}/api/operations/{path}"
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.post(url, json=body, headers=bearer, timeout=30)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["ErrorMessage"] == "", told
    return told


def updated(who: str, at: str, **user: Any) -> dict[str, Any]:
    """Give a change of an account at a time."""
    return {
        "id": f"u_{secrets.token_hex(6)}",
        "type": "user.updated",
        "occurred_at": at,
        "user": {"id": f"usr_{who}", "email": f"{who}@read.example", **user},
    }


def test_a_webhook_sees_what_an_operation_wrote(open_bridge: Bridge) -> None:
    """The worker knows the person, and what Intercom holds: no call."""
    who = secrets.token_hex(5)
    body = {"UserId": f"usr_{who}", "Email": f"{who}@read.example", "Name": "Grace Hopper"}
    post(open_bridge, "user/create", **body)
    before = len(open_bridge.calls())
    names = {"first_name": "Grace", "last_name": "Hopper"}
    event = open_bridge.applied("signup", updated(who, "2099-01-01T00:00:00Z", **names))
    assert event.state in {State.DONE, State.SKIPPED}
    assert [call for call in open_bridge.calls(before) if call["method"] != "GET"] == []


def test_an_older_fact_does_not_overwrite_an_operation(open_bridge: Bridge) -> None:
    """What was said by an operation counts from its time."""
    who = secrets.token_hex(5)
    body = {"UserId": f"usr_{who}", "Email": f"{who}@read.example", "Name": "Grace Hopper"}
    post(open_bridge, "user/create", **body)
    names = {"first_name": "Old", "last_name": "Name"}
    open_bridge.applied("signup", updated(who, "2001-01-01T00:00:00Z", **names))
    assert open_bridge.person(external_id=f"usr_{who}")["name"] == "Grace Hopper"


def test_the_seeds_example_is_one_command(open_bridge: Bridge) -> None:
    """In a process of its own, over the same store."""
    own = f"CLIENT-{secrets.token_hex(4)}"
    command = [
        *(sys.executable, "-m", "bridge", "company", "create", "--json"),
        *("--company-id", own, "--name", "New Client Inc."),
        *("--custom-attributes", '{"plan": "premium", "signup_source": "workflow"}'),
    ]
    done = subprocess.run(
        command,
        cwd=open_bridge.folder,
        env=open_bridge.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["StatusCode"], told["CompanyId"], told["Type"]) == (200, own, "company")
    assert json.loads(told["CustomAttributes"]) == {"plan": "premium", "signup_source": "workflow"}
    read = post(open_bridge, "company/get", CompanyId=own)
    assert read["Company"]["id"] == told["Id"]
    assert open_bridge.calls()[-1]["path"] == f"/companies/{told['Id']}"
