"""`bridge send`: payloads go out as their vendors would send them, and mistakes are explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Bridge

FACT = {"id": "e1", "type": "customer.new", "customer": "c1", "name": "Ada"}


@pytest.fixture
def fact(here: Path) -> str:
    """Give the name of a payload's file."""
    (here / "fact.json").write_text(json.dumps(FACT))
    return "fact.json"


def test_a_payload_is_signed_and_stored(bridge: Bridge, receiver: str, fact: str) -> None:
    """And it is said where to look next."""
    said = bridge("send", "shop", fact, "--url", receiver)
    assert (said.code, said.err) == (0, "")
    assert said.out == "200: stored as event 1. See: bridge events show 1\n"
    again = bridge("send", "shop", fact, "--url", f"{receiver}/")
    assert "seen before: nothing is applied twice" in again.out


ANSWERING = """
source: soap
verify: {scheme: token, secret: SHOP_SECRET, place: header, header: X-Key}
receive:
  ack:
    type: text/xml
    body: <ok/>
event:
  id: =body.id
routes:
  - on: "*"
    contact:
      match: {email: =body.email}
      missing: skip
"""


@pytest.fixture
def answering(here: Path) -> None:
    """Add a source that wants an answer of its own."""
    (here / "mappings/soap.yaml").write_text(ANSWERING)


@pytest.mark.usefixtures("answering")
def test_an_answer_in_the_senders_own_words_is_taken_for_one(
    bridge: Bridge, request: pytest.FixtureRequest, fact: str
) -> None:
    """It names no event: it is said where they are listed."""
    said = bridge("send", "soap", fact, "--url", request.getfixturevalue("receiver"))
    assert said.err == ""
    assert (said.code, said.out) == (0, "200: taken. See: bridge events list\n")


def test_programs_get_json(bridge: Bridge, receiver: str, fact: str) -> None:
    """The bridge's own answer and its status."""
    said = bridge("send", "shop", fact, "--url", receiver, "--json")
    assert said.json == {"status": 200, "events": [1]}


def test_several_payloads_are_sent_in_their_order(
    bridge: Bridge, here: Path, receiver: str, fact: str
) -> None:
    """One that is refused makes the command fail, and does not keep the others back."""
    (here / "half.json").write_text('{"id": ')
    (here / "next.json").write_text(json.dumps({**FACT, "id": "e2"}))
    said = bridge("send", "shop", fact, "half.json", "next.json", "--url", receiver, "--json")
    assert said.code == 1
    told = [json.loads(line) for line in said.out.splitlines()]
    assert [(one["status"], one["events"]) for one in told] == [(200, [1]), (400, [2]), (200, [3])]


def test_headers_stand_beside_a_payload(bridge: Bridge, here: Path, receiver: str) -> None:
    """All but those that are made anew: a recorded signature would not hold."""
    (here / "lead.json").write_text('{"id": 7, "email": "a@example.com"}')
    recorded = {"X-Topic": "lead.new", "Host": "elsewhere", "Content-Length": "1"}
    (here / "lead.headers.json").write_text(json.dumps(recorded))
    assert bridge("send", "pipe", "lead.json", "--url", receiver).code == 0
    assert bridge("events", "show", "1", "--json").json["type"] == "lead.new"
    (here / "fact.json").write_text(json.dumps(FACT))
    (here / "fact.headers.json").write_text('{"x-shop-signature": "old", "x-shop-time": "1"}')
    assert bridge("send", "shop", "fact.json", "--url", receiver).code == 0


def test_a_file_of_headers_that_holds_none_is_named(bridge: Bridge, here: Path, fact: str) -> None:
    """Not a traceback."""
    (here / "fact.headers.json").write_text("[1]")
    said = bridge("send", "shop", fact)
    assert said.code == 1
    assert said.err.startswith("bridge: fact.headers.json should hold a JSON object")


def test_an_example_is_sent_as_it_says(bridge: Bridge, here: Path, receiver: str) -> None:
    """The same files that `bridge check` tries."""
    folder = here / "mappings" / "shop"
    folder.mkdir()
    body = "".join(f"    {name}: {value}\n" for name, value in FACT.items())
    (folder / "new.yaml").write_text(f"title: A customer\nsend:\n  payload:\n{body}")
    said = bridge("send", "shop", "mappings/shop/new.yaml", "--url", receiver)
    assert said.out.startswith("200: stored as event 1")


def test_what_is_refused_is_told_and_fails(bridge: Bridge, here: Path, receiver: str) -> None:
    """On stderr, with the event it is kept as."""
    (here / "half.json").write_text('{"id": ')
    said = bridge("send", "shop", "half.json", "--url", receiver)
    assert said.code == 1
    assert "\n400: the body is not JSON" in said.err
    assert "kept as event 1" in said.err


def test_a_bridge_that_does_not_run_is_said_to(bridge: Bridge, fact: str) -> None:
    """With what starts it."""
    said = bridge("send", "shop", fact, "--url", "http://127.0.0.1:9")
    assert said.code == 1
    assert "nothing listens at http://127.0.0.1:9: start it with `bridge run`" in said.err


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "http://", "nonsense"])
def test_an_address_that_is_none_is_said_to_be(url: str, bridge: Bridge, fact: str) -> None:
    """Not a traceback."""
    said = bridge("send", "shop", fact, "--url", url)
    assert said.code == 1
    assert "no address to send to" in said.err


def test_a_missing_secret_is_named_with_what_helps(
    bridge: Bridge, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable, not its value."""
    monkeypatch.delenv("SHOP_SECRET")
    said = bridge("send", "shop", fact)
    assert said.code == 1
    assert "SHOP_SECRET is not set" in said.err
    assert "bridge run" in said.err


def test_the_secret_that_bridge_run_made_up_is_used(
    bridge: Bridge, here: Path, receiver: str, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody has to copy it."""
    monkeypatch.delenv("SHOP_SECRET")
    (here / ".bridge").mkdir()
    (here / ".bridge" / "dev.env").write_text("SHOP_SECRET=canary-shop-secret\n")
    assert bridge("send", "shop", fact, "--url", receiver).code == 0


def test_a_source_or_file_that_is_not_there_is_named(bridge: Bridge, fact: str) -> None:
    """With those there are."""
    said = bridge("send", "shopp", fact)
    assert said.code == 1
    assert "there are: pipe, shop" in said.err
    missing = bridge("send", "shop", "nowhere.json")
    assert missing.code == 2
    assert "nowhere.json" in missing.err


def test_no_secret_is_printed(bridge: Bridge, here: Path, receiver: str, fact: str) -> None:
    """Whatever goes wrong, where the secret is in the address too."""
    said = [
        bridge("send", "shop", fact, "--url", receiver),
        bridge("send", "pipe", fact, "--url", "http://127.0.0.1:9"),
        bridge("send", "pipe", fact, "--url", f"{receiver}/elsewhere"),
    ]
    assert [one.code for one in said] == [0, 1, 1]
    assert "canary" not in "".join(one.out + one.err for one in said)
