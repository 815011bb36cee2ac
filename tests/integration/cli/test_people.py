"""`bridge people show`: who somebody is, and why each field holds what it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Target
from bridge.store import duplicates
from bridge.store.database import connect

from .conftest import Bridge
from .test_events import Sender

ADA = {"customer": "cus_9", "email": "Ada@example.com", "name": "Ada\x1b[31m", "phone": "+44"}


@pytest.fixture
def known(bridge: Bridge, here: Path, receiver: str, intercom: Sandbox) -> str:
    """Make one person known, by one event; give the person's id at Intercom."""
    Sender(bridge, here, receiver)(1, **ADA)
    assert bridge("worker", "--drain").code == 0
    [contact_id] = intercom.contacts
    return contact_id


def test_a_person_is_found_by_any_identifier(bridge: Bridge, known: str) -> None:
    """By option or by a bare word, which is tried as every kind."""
    for by in (
        ["ada@example.com"],
        ["--email", "ADA@example.com"],
        ["cus_9"],
        ["--external-id", "cus_9"],
        ["--link", "external_id=cus_9"],
        [known],
        ["--intercom-id", known],
    ):
        said = bridge("people", "show", *by)
        assert (said.code, said.out.splitlines()[0]) == (0, f"user {known} in Intercom"), by


def test_each_field_shows_its_source_time_event_and_route(bridge: Bridge, known: str) -> None:
    """In columns no wider than 100, without what a terminal would obey."""
    said = bridge("people", "show", "cus_9")
    lines = said.out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("name"))
    assert lines[place].split()[1:3] == ["Ada", "[31m"]
    assert lines[place].split()[3] == "shop"
    assert lines[place].split()[-1] == "1"
    assert "shop in event 1: customer.*" in lines
    assert any(line.startswith("Confirmed by Intercom at ") for line in lines)
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in said.out


def test_json_tells_the_same(bridge: Bridge, known: str) -> None:
    """One object per hit; values whole."""
    [told] = bridge("people", "show", "cus_9", "--json").json
    assert (told["kind"], told["intercom_id"]) == ("contact", known)
    [name] = [one for one in told["fields"] if one["name"] == "name"]
    assert (name["value"], name["said"]["event_id"], name["said"]["route"]) == (
        *(ADA["name"], 1),
        "customer.*",
    )
    assert {one["name"] for one in told["identifiers"]} >= {"email", "external_id"}


def test_several_hits_are_all_shown(
    bridge: Bridge, here: Path, receiver: str, intercom: Sandbox
) -> None:
    """Users may share an email."""
    send = Sender(bridge, here, receiver)
    for number in (1, 2):
        send(number, customer=f"cus_{number}", email="both@example.com")
        assert bridge("worker", "--drain").code == 0
    said = bridge("people", "show", "both@example.com")
    assert said.out.startswith("2 are known by this:")
    one, other = bridge("people", "show", "both@example.com", "--json").json
    assert one["intercom_id"] != other["intercom_id"]


def test_who_may_be_there_twice_is_told(bridge: Bridge, known: str, here: Path) -> None:
    """With the command that shows the other."""
    pair = duplicates.pair(Target("contact", known), Target("contact", "x"))
    db = connect(f"sqlite:///{here}/bridge.db")
    with db.write() as connection:
        duplicates.add(connection, "sandbox", "shop", 1, [(pair, "phone", "shared")])
    db.dispose()
    told = bridge("people", "show", known)
    assert "May be there twice: shares phone with `bridge people show --intercom-id x`" in told.out
    assert bridge("people", "show", known, "--json").json[0]["duplicates"][0]["how"] == "shared"


def test_nobody_is_said_with_what_to_do(bridge: Bridge, known: str) -> None:
    """Exit code 1; JSON is still there."""
    said = bridge("people", "show", "--email", "nobody@example.com")
    assert said.code == 1
    assert "nobody is known by that (looked for as: email)" in said.err
    assert "`bridge events list`" in said.err
    said = bridge("people", "show", "cus_10", "--json")
    assert (said.code, json.loads(said.out)) == (1, [])
    assert "company_id, external_id, intercom_id, phone" in said.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "name one identifier"),
        (["cus_9", "--email", "a@b.c"], "name one identifier"),
        (["--link", "cus_9"], "--link wants NAME=VALUE"),
        (["--email", "ada"], "does not look like an email address"),
        (["--external-id", "undefined"], "can be nobody's external_id"),
    ],
)
def test_what_names_nobody_is_refused(bridge: Bridge, arguments: list[str], problem: str) -> None:
    """Before anything is looked for."""
    said = bridge("people", "show", *arguments)
    assert said.code == 2
    assert problem in said.err
