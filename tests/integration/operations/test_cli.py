"""`bridge company|lead|user OPERATION`, through click."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bridge.app import nearby
from bridge.cli import cli
from bridge.intercom.operations import OPERATIONS, Operation
from bridge.intercom.sandbox import SandboxServer, seeds


class Shell:
    """A folder and an environment in which commands are typed."""

    def __init__(self, server: SandboxServer) -> None:
        self.environment: dict[str, str | None] = {
            "INTERCOM_ACCESS_TOKEN": "x",
            "INTERCOM_BASE_URL": server.url,
            "DATABASE_URL": None,
        }

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, list(words), env=self.environment)

    def told(self, *words: str) -> dict[str, Any]:
        answered: dict[str, Any] = json.loads(self.type(*words, "--json").stdout)
        return answered


@pytest.fixture
def shell(server: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(server)


def test_the_seeds_example_is_one_command(shell: Shell, server: SandboxServer) -> None:
    """Named options; the answer a person reads, a line for each output."""
    done = shell.type(
        *("company", "create", "--company-id", "CLIENT-12345", "--name", "New Client Inc."),
        *("--custom-attributes", '{"plan": "premium", "signup_source": "workflow"}'),
    )
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "CompanyId         CLIENT-12345" in lines
    assert "StatusCode        200" in lines
    [held] = seeds.held(server.state)["companies"]
    assert held["custom_attributes"] == {"plan": "premium", "signup_source": "workflow"}


def test_json_is_the_whole_answer(shell: Shell) -> None:
    """One object on stdout; false and 0 in it."""
    words = ("user", "create", "--user-id", "u1", "--custom-attributes", '{"vip":false,"n":0}')
    told = shell.told(*words)
    assert told["User"]["custom_attributes"] == {"vip": False, "n": 0}
    text = shell.told("user", "get", "--user-id", "u1", "--objects-as-text")
    assert json.loads(text["Results"])["external_id"] == "u1"


def test_what_went_wrong_ends_with_1(shell: Shell) -> None:
    """Also what is missing: one kind of answer for all that is wrong."""
    missing = shell.type("company", "create", "--name", "x", "--json")
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["StatusCode"] == -1
    absent = shell.type("user", "get", "--user-id", "nobody", "--json")
    assert (absent.exit_code, json.loads(absent.stdout)["StatusCode"]) == (1, 404)


@pytest.mark.parametrize("one", OPERATIONS.values(), ids=lambda one: f"{one.resource}-{one.name}")
def test_every_operation_is_a_command_with_its_options(shell: Shell, one: Operation) -> None:
    """Made from the declaration; help tells each option."""
    told = shell.type(one.resource, one.name, "--help")
    assert told.exit_code == 0
    for parameter in one.parameters:
        assert parameter.option in told.stdout


def test_without_a_store_nothing_is_remembered_and_all_works(shell: Shell, tmp_path: Path) -> None:
    """A command makes no database by itself."""
    shell.told("company", "create", "--company-id", "acme", "--name", "Acme")
    assert shell.told("company", "get", "--company-id", "acme")["StatusCode"] == 200
    assert list(tmp_path.iterdir()) == []


def test_without_a_token_it_says_what_to_set(shell: Shell) -> None:
    """Nothing is sent."""
    shell.environment["INTERCOM_ACCESS_TOKEN"] = None
    told = shell.told("company", "get-many")
    assert told["StatusCode"] == -1
    assert "INTERCOM_ACCESS_TOKEN" in told["ErrorMessage"]


def test_beside_bridge_run_the_commands_reach_its_sandbox(
    shell: Shell, server: SandboxServer, tmp_path: Path
) -> None:
    """Without any setting; a token in the environment always wins."""
    shell.environment |= {"INTERCOM_ACCESS_TOKEN": None, "INTERCOM_BASE_URL": None}
    (tmp_path / ".bridge").mkdir()
    nearby.tell(server.url)
    assert shell.told("company", "get-many")["StatusCode"] == 200
    assert nearby.settings({"INTERCOM_ACCESS_TOKEN": "x"}) == {}


def test_a_sandbox_that_has_ended_is_not_taken_for_one(shell: Shell, tmp_path: Path) -> None:
    """Nor what else may answer there, nor another machine."""
    shell.environment |= {"INTERCOM_ACCESS_TOKEN": None, "INTERCOM_BASE_URL": None}
    (tmp_path / ".bridge").mkdir()
    for url in ("http://127.0.0.1:1", "http://example.com"):
        nearby.tell(url)
        assert shell.told("company", "get-many")["StatusCode"] == -1
