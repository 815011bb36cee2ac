"""`bridge events` and `bridge worker --drain`: what became of events, and how it is changed."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bridge.intercom.sandbox.seeds import held
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Event, Receipt
from bridge.store import bulk, inbox
from bridge.store.database import connect

from .conftest import Bridge, Said


class Sender:
    """Sends facts by the command, so that their events are there to look at."""

    def __init__(self, bridge: Bridge, here: Path, url: str) -> None:
        self._bridge, self._here, self._url = bridge, here, url

    def __call__(self, number: int = 1, **more: Any) -> Said:
        fact = {"id": f"e{number}", "type": "customer.new", "customer": f"c{number}"} | more
        (self._here / "fact.json").write_text(json.dumps(fact))
        return self._bridge("send", "shop", "fact.json", "--url", self._url)


@pytest.fixture
def send(bridge: Bridge, here: Path, receiver: str) -> Sender:
    """Give `send(1, name="Ada")`."""
    return Sender(bridge, here, receiver)


def test_where_no_database_is_nothing_is_made_and_the_way_is_shown(
    bridge: Bridge, here: Path
) -> None:
    """The wrong folder is the likeliest mistake at night."""
    said = bridge("events", "list")
    assert said.code == 1
    assert said.err.startswith("bridge: there is no database bridge.db here")
    assert not (here / "bridge.db").exists()


def test_without_tables_the_command_that_makes_them_is_named(bridge: Bridge, here: Path) -> None:
    """No traceback."""
    (here / "bridge.db").touch()
    for command in (["list"], ["show", "1"], ["replay", "1"]):
        said = bridge("events", *command)
        assert said.code == 1
        assert "run: bridge migrate" in said.err
        assert "Traceback" not in said.err


def test_no_events_is_said_in_words(bridge: Bridge, send: Sender) -> None:
    """An empty screen tells nothing."""
    assert bridge("events", "list").out == "no events yet\n"
    assert bridge("events", "list", "--json").json == []
    send()
    assert bridge("events", "list", "--state", "failed").out == "no events like that\n"


def test_an_event_is_followed_from_its_arrival_to_intercom(
    bridge: Bridge, send: Sender, intercom: Sandbox
) -> None:
    """Sent, worked off, listed, shown: call by call."""
    send(1, name="Ada Lovelace")
    assert "pending" in bridge("events", "list").out
    assert bridge("worker", "--drain").code == 0
    head, line = bridge("events", "list").out.splitlines()
    assert head.split()[:4] == ["ID", "STATE", "SOURCE", "TYPE"]
    assert line.split()[:4] == ["1", "done", "shop", "customer.new"]
    shown = bridge("events", "show", "1").out
    assert "attempt 1 at" in shown
    assert "POST /contacts → 200 (create contact," in shown
    assert "route     customer.*" in shown
    told = bridge("events", "show", "1", "--json", "--payload").json
    assert told["attempts"][0]["calls"][-1]["path"] == "/contacts"
    assert told["payload"]["name"] == "Ada Lovelace"
    assert told["received_at"].endswith("Z")
    assert [one["name"] for one in held(intercom)["contacts"]] == ["Ada Lovelace"]


def test_an_event_that_waits_for_a_worker_says_so(bridge: Bridge, send: Sender) -> None:
    """Nobody should have to guess what to do next."""
    send()
    assert "is one running?" in bridge("events", "show", "1").out


def test_a_drain_without_a_token_ends_and_says_why(bridge: Bridge, send: Sender) -> None:
    """It must not wait for ever in a script; and the list says why nothing happens."""
    send()
    said = bridge("worker", "--drain")
    assert said.code == 1
    assert "INTERCOM_ACCESS_TOKEN is not set" in said.err
    listed = bridge("events", "list")
    assert "Nothing is applied just now: INTERCOM_ACCESS_TOKEN is not set" in listed.err


def test_events_are_found_by_what_they_have_in_common(bridge: Bridge, send: Sender) -> None:
    """Source, type, subject, state, and how long ago."""
    for number in (1, 2, 3):
        send(number)

    def ids(*filters: str) -> list[int]:
        return [one["id"] for one in bridge("events", "list", "--json", *filters).json]

    assert ids() == [3, 2, 1]
    assert ids("--subject", "c2") == [2]
    assert ids("--source", "pipe") == []
    assert ids("--type", "customer.new", "--limit", "1", "--before", "3") == [2]
    assert ids("--since", "1h") == [3, 2, 1]
    assert ids("--since", "2000-01-01") == [3, 2, 1]
    assert ids("--since", "2999-01-01T10:00") == []


def test_a_list_that_is_cut_says_how_to_go_on(bridge: Bridge, send: Sender) -> None:
    """On stderr, so that the list itself can be piped."""
    for number in (1, 2):
        send(number)
    assert "--before 2" in bridge("events", "list", "--limit", "1").err
    assert bridge("events", "list", "--limit", "1", "--before", "2").out.splitlines()[1][0] == "1"


@pytest.mark.parametrize("since", ["1x", "yesterday", "", "9" * 30 + "d"])
def test_a_time_that_is_none_is_explained(since: str, bridge: Bridge) -> None:
    """With those that are."""
    said = bridge("events", "list", "--since", since)
    assert said.code == 2
    assert "15m, 2h or 3d" in said.err


def test_a_replay_applies_with_the_mapping_of_today(
    bridge: Bridge, send: Sender, intercom: Sandbox, here: Path
) -> None:
    """Mend the mapping, replay, done."""
    send(1, name="ada", type="customer.odd")
    shop = here / "mappings" / "shop.yaml"
    text = shop.read_text()
    shop.write_text(text.replace("on: customer.*", "on: customer.new"))
    bridge("worker", "--drain")
    assert bridge("events", "show", "1", "--json").json["state"] == "skipped"
    shop.write_text(text)
    assert bridge("events", "replay", "1").out == "event 1: will be applied again\n"
    bridge("worker", "--drain")
    assert bridge("events", "show", "1", "--json").json["state"] == "done"


def test_many_are_replayed_by_a_filter_after_a_question(
    bridge: Bridge, send: Sender, intercom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted first; --yes is for scripts."""
    for number in (1, 2):
        send(number)
    bridge("worker", "--drain")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = bridge("events", "replay", "--state", "done")
    assert refused.code == 1
    assert "2 events" in refused.err
    assert bridge("events", "list", "--state", "pending").out == "no events like that\n"
    said = bridge("events", "replay", "--state", "done", "--yes")
    assert said.out == "2 events: will be applied again\n"
    assert bridge("events", "replay", "--state", "parked", "--yes").out == "no events like that\n"


def test_a_program_is_told_the_count_and_acts_only_with_yes(bridge: Bridge, send: Sender) -> None:
    """It cannot be asked; of a few by their ids it learns each."""
    for number in (1, 2, 3):
        send(number)
    counted = bridge("events", "discard", "--source", "shop", "--json")
    assert (counted.code, counted.json) == (0, {"matched": 3, "changed": 0})
    done = bridge("events", "discard", "--source", "shop", "--after", "1", "--json", "--yes")
    assert done.json == {"matched": 2, "changed": 2}
    assert bridge("events", "list", "--state", "pending", "--json").json[0]["id"] == 1
    each = bridge("events", "discard", "1", "2", "--json")
    assert each.code == 1
    assert [bool(one["error"]) for one in each.json] == [False, True]


def test_events_are_repaired_by_when_they_came(bridge: Bridge, send: Sender) -> None:
    """A bad hour has a beginning and an end."""
    send()
    for option, number in (("--since", 0), ("--until", 1)):
        said = bridge("events", "discard", option, "2999-01-01", "--json")
        assert said.json["matched"] == number


def test_a_repair_that_is_stopped_says_how_to_go_on(
    bridge: Bridge, send: Sender, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done until then stays."""
    monkeypatch.setattr(bulk, "_PART", 1)
    for number in (1, 2, 3):
        send(number)
    with sqlite3.connect(here / "bridge.db") as other:
        other.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON events WHEN new.id = 3"
            " BEGIN SELECT json('{' || new.id); END"
        )
    said = bridge("events", "discard", "--source", "shop", "--yes")
    assert said.code == 1
    assert "stopped after 2 events; go on with --after 2" in said.err
    assert len(bridge("events", "list", "--state", "discarded", "--json").json) == 2


def test_one_that_cannot_be_discarded_does_not_keep_the_others(
    bridge: Bridge, send: Sender
) -> None:
    """Each is told, and the exit says that not all went well."""
    for number in (1, 2):
        send(number)
    said = bridge("events", "discard", "1", "99", "2")
    assert said.code == 1
    assert said.out.splitlines() == ["event 1: discarded", "event 2: discarded"]
    assert "There is no event 99" in said.err
    assert "`bridge events replay 1`" in bridge("events", "show", "1").out


@pytest.mark.parametrize("arguments", [[], ["1", "--state", "failed"]])
def test_a_replay_needs_ids_or_a_filter(arguments: list[str], bridge: Bridge) -> None:
    """Never everything by a slip."""
    said = bridge("events", "replay", *arguments)
    assert said.code == 2
    assert "name events by their ids" in said.err


def test_an_event_that_is_not_there_is_said_to_be(bridge: Bridge, send: Sender) -> None:
    """Also where later ones are."""
    send()
    said = bridge("events", "show", "99")
    assert said.code == 1
    assert "there is no event 99" in said.err


def test_one_that_was_unreadable_is_shown_with_its_reason(
    bridge: Bridge, here: Path, receiver: str
) -> None:
    """And what was sent, as it came."""
    (here / "half.json").write_text('{"id": ')
    bridge("send", "shop", "half.json", "--url", receiver)
    shown = bridge("events", "show", "1")
    assert "failed: unreadable: the body is not JSON" in shown.out
    with_payload = bridge("events", "show", "1", "--payload")
    assert with_payload.code == 0
    assert json.dumps('{"id": ') in with_payload.out


def test_what_intercom_echoes_is_listed_where_it_is_asked_for(
    bridge: Bridge, send: Sender, here: Path
) -> None:
    """Every write of ours comes back as a notification: half of a list would be that."""
    send(1)
    event = Event(key="n1", type="contact.user.updated", time=5, subject="c1", skip="nothing new")
    db = connect("sqlite:///bridge.db")
    inbox.receive(db, Receipt("intercom", 5, (), {}, b"{}"), [event])
    db.dispose()
    said = bridge("events", "list")
    assert ("customer.new" in said.out, "contact.user.updated" in said.out) == (True, False)
    assert "--source intercom" in said.err
    for more in (["--source", "intercom"], ["--state", "skipped"], ["--json"]):
        assert "contact.user.updated" in bridge("events", "list", *more).out
