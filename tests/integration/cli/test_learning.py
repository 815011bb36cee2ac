"""`bridge learn`, as one types it."""

from __future__ import annotations

import pytest

from bridge.intercom.sandbox import Fault, Sandbox, plant
from tests.integration.cli.conftest import Bridge


def test_it_says_what_was_read_and_what_is_missing(bridge: Bridge, intercom: Sandbox) -> None:
    """How many of each, in how many calls; and that Intercom's webhooks never came."""
    assert bridge("migrate").code == 0
    plant(
        intercom,
        {
            "companies": [{"company_id": "acme"}],
            "contacts": [
                {"external_id": "u1", "email": "ada@x.example", "companies": ["acme"]},
                {"email": "bo@x.example"},
            ],
        },
    )
    said = bridge("learn")
    assert said.code == 0
    assert "read 1 users, 1 leads and 1 companies in 4 calls" in said.out
    assert "4 links are new" in said.out
    assert "never came" in said.out
    assert "contacts: 2 of 2" in said.err
    assert bridge("learn", "--json").json["users"] == 0
    told = bridge("learn", "--again", "--json").json
    assert (told["users"], told["links"], told["unknown_means_new"]) == (1, 0, False)


def test_a_refused_token_is_told_and_changes_nothing(bridge: Bridge, intercom: Sandbox) -> None:
    """In one sentence, with the exit code 1."""
    assert bridge("migrate").code == 0
    intercom.faults.add(Fault("status", path="/me", status=401))
    said = bridge("learn")
    assert (said.code, said.out) == (1, "")
    assert "401" in said.err
    assert "canary" not in said.err


def test_without_a_token_nothing_is_read(bridge: Bridge) -> None:
    """It names the variable that is missing."""
    assert bridge("migrate").code == 0
    said = bridge("learn")
    assert said.code == 1
    assert "INTERCOM_ACCESS_TOKEN" in said.err


def test_a_terminal_sees_a_bar(
    bridge: Bridge, intercom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is a terminal, how far it is stands in one line."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert bridge("migrate").code == 0
    plant(intercom, {"contacts": [{"external_id": f"u{number}"} for number in range(151)]})
    said = bridge("learn")
    assert said.code == 0
    assert "contacts  [" in said.err
    assert "100%" in said.err


def test_duplicates_are_listed_with_what_to_do(bridge: Bridge, intercom: Sandbox) -> None:
    """Both ids, what they share and who said so; values stay in Intercom."""
    assert bridge("migrate").code == 0
    assert bridge("people", "duplicates").out == "no duplicates are known\n"
    plant(intercom, {"contacts": [{"external_id": f"u{n}", "email": "t@x.example"} for n in "12"]})
    assert "1 users share" in bridge("learn").out
    said = bridge("people", "duplicates")
    (row,) = bridge("people", "duplicates", "--json").json
    assert (row["name"], row["how"], row["settled_at"]) == ("email", "shared", None)
    assert all(one in said.out for one in row["ids"])
    assert "merge them in" in said.out
    assert "t@x.example" not in said.out
