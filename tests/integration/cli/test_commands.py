"""What holds for every command: help, mistakes, and the processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import requests

from bridge.cli import cli

from .conftest import Bridge

NOWHERE = click.Context(cli)


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(NOWHERE):
        yield (*path, name)
        command = group.get_command(NOWHERE, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command | None = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(NOWHERE, name)
    assert command is not None
    return command


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_and_option_explains_itself(path: tuple[str, ...], bridge: Bridge) -> None:
    """By -h as well as --help."""
    said = bridge(*path, "-h")
    assert said.code == 0
    assert said.out.startswith(f"Usage: bridge {' '.join(path)}")
    command = found(path)
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_every_problem_of_the_configuration_is_told_at_once(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one message, without a traceback; also one that the log itself trips over."""
    for name in ("LOG_LEVEL", "PORT", "INTERCOM_REGION"):
        monkeypatch.setenv(name, "canary")
    for command in (["run"], ["web"], ["worker"], ["migrate"], ["events", "list"], ["check"]):
        said = bridge(*command)
        assert said.code == 1
        assert "has 3 problem(s)" in said.err
        assert "Traceback" not in said.err
        assert "canary" not in said.err


def test_migrating_again_changes_nothing(bridge: Bridge) -> None:
    """And says so."""
    assert bridge("migrate").out.startswith("applied: 0001")
    assert bridge("migrate").out == "the tables are up to date\n"


def test_a_port_that_is_taken_is_said_before_anything_is_made(
    bridge: Bridge, here: Path, receiver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable that helps."""
    (here / "bridge.db").unlink()
    monkeypatch.setenv("PORT", receiver.rpartition(":")[2])
    said = bridge("run")
    assert said.code == 1
    assert "Address already in use" in said.err
    assert "set PORT" in said.err
    assert not (here / "bridge.db").exists()
    assert not (here / ".bridge").exists()


def test_a_sandbox_tells_nobody_without_a_secret_to_sign_with(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver would refuse every notification."""
    monkeypatch.delenv("INTERCOM_CLIENT_SECRET", raising=False)
    said = bridge("sandbox", "--port", "0", "--notify", "http://127.0.0.1:9/hooks/intercom")
    assert said.code == 2
    assert "INTERCOM_CLIENT_SECRET" in said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_says_where_it_is_keeps_its_people_and_ends_quietly(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Started by itself, for trying calls by hand."""
    command = [sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--state", "s.json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        url = process.stdout.readline().split()[4].rstrip("/")
        answer = requests.post(
            f"{url}/contacts",
            json={"role": "user", "email": "ada@example.com"},
            headers={"Authorization": "Bearer x", "Intercom-Version": "2.16"},
            timeout=5,
        )
        assert answer.status_code == 200
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (0, "")
    assert "ada@example.com" in (tmp_path / "s.json").read_text()


def test_a_sandbox_that_cannot_listen_says_so(bridge: Bridge, receiver: str) -> None:
    """Not a traceback."""
    said = bridge("sandbox", "--port", receiver.rpartition(":")[2])
    assert said.code == 1
    assert said.err.startswith("bridge: The sandbox cannot listen at")


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_process_holds_only_what_it_needs(command: str) -> None:
    """Not the sandbox, nor other commands, nor what makes tables: it is small and soon there."""
    asked = f"import sys, bridge.cli.{command}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    idle = {"alembic", "bridge.intercom.sandbox", "bridge.app.rehearsal", "bridge.cli.operations"}
    assert not idle & set(told.stdout.split())
