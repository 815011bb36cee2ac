"""A clone with nothing but Python: requirements.txt, the Procfile, and `bridge run`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.serve import SandboxServer
from tests.acceptance.product import ROOT, STARTS, free_port, until
from tests.conftest import FreshUrl

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

GRACE = 25.0
"""Seconds in which a platform expects a process to end: most kill after 30."""


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs of an environment made from requirements.txt and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install"]
    options = ["--quiet", "--require-hashes", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*install, *options, "-r", str(ROOT / "requirements.txt")], check=True)
    return folder / "bin"


@dataclass
class Clone:
    """A copy of what is deployed, with processes started in it; `environment` is all they get."""

    folder: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start a command as a platform does."""
        with (self.folder / "log").open("ab") as output:
            process = subprocess.Popen(
                shlex.split(command),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def do(self, command: str) -> str:
        """Run a command to its end; it must succeed. Give what it printed."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def answers(self, path: str) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}{path}", timeout=2).ok
        return False

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask a process to end; give its exit status."""
        process.terminate()
        try:
            return process.wait(GRACE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end: {self.log[-3000:]}") from None

    def end(self) -> None:
        for process in self.started:
            for pid in [*children(process.pid), process.pid]:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            process.wait()


def children(parent: int) -> dict[int, str]:
    """Give the processes whose parent is this one, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                found[int(folder.name)] = b" ".join(words).decode()
    return found


@pytest.fixture
def clone(bare: Path, tmp_path: Path) -> Iterator[Clone]:
    """Give a fresh clone and an environment that holds only what every platform sets."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("bridge", "handlers", "mappings"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    for name in ("Procfile", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    path = f"{bare}:/usr/bin:/bin"
    environment = {"PATH": path, "HOME": str(tmp_path), "PORT": str(free_port())}
    made = Clone(folder, environment)
    with ExitStack() as stack:
        stack.callback(made.end)
        yield made


# --- the Procfile ---------------------------------------------------------------------------------


@pytest.fixture
def deployed(clone: Clone, fresh_database_url: FreshUrl) -> Iterator[tuple[Clone, SandboxServer]]:
    """Give a clone set up as on a platform: a new database, a token, the sources' secrets."""
    with SandboxServer() as intercom:
        database = fresh_database_url("postgres").replace("postgresql+psycopg://", "postgres://")
        clone.environment |= {
            "DATABASE_URL": database,
            "INTERCOM_BASE_URL": intercom.url,
            "INTERCOM_ACCESS_TOKEN": "sandbox",
            "STRIPE_WEBHOOK_SECRET": "whsec_" + "a" * 32,
            "SIGNUP_WEBHOOK_SECRET": "b" * 32,
        }
        yield clone, intercom


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name.strip(): command.strip() for name, _, command in (x.partition(":") for x in lines)}


def signup(clone: Clone, who: str) -> dict[str, Any]:
    """Send a registration with the product's own command."""
    event = {
        "id": who,
        "type": "user.registered",
        "occurred_at": "2025-09-01T08:30:00Z",
        "user": {"id": who, "email": f"{who}@platform.example"},
    }
    (clone.folder / "event.json").write_text(json.dumps(event))
    told: dict[str, Any] = json.loads(clone.do("python -m bridge send signup event.json --json"))
    return told


def test_the_procfile_runs_from_requirements_alone(
    deployed: tuple[Clone, SandboxServer],
) -> None:
    """Release makes the tables, web answers, worker applies; SIGTERM ends both with status 0."""
    clone, intercom = deployed
    commands = procfile()
    assert sorted(commands) == ["release", "web", "worker"]
    clone.do(commands["release"])
    clone.do(commands["release"])
    web, worker = clone.start(commands["web"]), clone.start(commands["worker"])
    until(lambda: clone.answers("/healthz"), clone.log, STARTS)
    until(lambda: requests.get(f"{clone.url}/readyz", timeout=5).ok, "it is not ready", STARTS)
    assert signup(clone, "ada")["status"] == 200
    until(lambda: seeds.held(intercom.state)["contacts"], "nothing is applied", STARTS)
    assert (clone.stop(worker), clone.stop(web)) == (0, 0)


def test_a_worker_told_to_end_finishes_what_it_is_at(
    deployed: tuple[Clone, SandboxServer],
) -> None:
    """SIGTERM amid a slow call: the call's answer is kept, the process ends with status 0."""
    clone, intercom = deployed
    clone.do(procfile()["release"])
    web, worker = clone.start(procfile()["web"]), clone.start(procfile()["worker"])
    until(lambda: clone.answers("/readyz"), "it is not ready", STARTS)
    until(lambda: "worker started" in clone.log, "the worker does not start", STARTS)
    intercom.state.faults.add(Fault("drip", seconds=0.003, method="POST", path="/contacts"))
    signup(clone, "grace")
    until(lambda: seeds.held(intercom.state)["contacts"], "nothing is applied", STARTS)
    assert clone.stop(worker) == 0
    [event] = json.loads(clone.do("python -m bridge events list --json"))
    assert (event["state"], event["reason"]) == ("done", "")
    assert clone.stop(web) == 0


def test_a_bridge_without_a_token_stores_and_waits(deployed: tuple[Clone, SandboxServer]) -> None:
    """No token: the worker lives and says what is missing, the receiver stores; both end well."""
    clone, intercom = deployed
    del clone.environment["INTERCOM_ACCESS_TOKEN"]
    clone.do(procfile()["release"])
    web, worker = clone.start(procfile()["web"]), clone.start(procfile()["worker"])
    until(lambda: clone.answers("/readyz"), "it is not ready", STARTS)
    until(lambda: "INTERCOM_ACCESS_TOKEN" in clone.log, "it does not say so", STARTS)
    assert signup(clone, "early")["status"] == 200
    [event] = json.loads(clone.do("python -m bridge events list --json"))
    assert (event["state"], event["tries"]) == ("pending", 0)
    assert (clone.stop(worker), clone.stop(web)) == (0, 0)
    assert seeds.held(intercom.state)["contacts"] == []


# --- bridge run -----------------------------------------------------------------------------------


@pytest.fixture
def started(clone: Clone) -> tuple[Clone, subprocess.Popen[bytes]]:
    """Give a clone in which `bridge run` was started without any configuration."""
    running = clone.start("python -m bridge run")
    until(lambda: "events list" in clone.log or running.poll() is not None, clone.log, STARTS)
    assert running.poll() is None, clone.log
    return clone, running


def suggested(clone: Clone) -> list[str]:
    """Give the commands that `bridge run` says to try."""
    lines = [line.strip() for line in clone.log.splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith("Try it"))
    return [line for line in lines[first + 1 : lines.index("", first)] if line]


def test_run_starts_everything_and_its_commands_work(
    started: tuple[Clone, subprocess.Popen[bytes]],
) -> None:
    """The three commands that it prints work as they are printed; SIGTERM ends it with 0."""
    clone, running = started
    send, listing, ready = suggested(clone)
    sent = clone.do(send)
    assert "stored as event 1" in sent
    assert json.loads(clone.do(ready))["status"] == "ok"
    until(lambda: " done " in clone.do(listing), clone.do(listing), STARTS)
    assert len(children(running.pid)) == 3
    assert clone.stop(running) == 0
    assert children(running.pid) == {}
    assert not clone.answers("/healthz")


def test_a_killed_worker_is_started_again(started: tuple[Clone, subprocess.Popen[bytes]]) -> None:
    """Under `bridge run` a worker that dies is replaced, and the work goes on."""
    clone, running = started
    [worker] = [pid for pid, command in children(running.pid).items() if "worker" in command]
    os.kill(worker, signal.SIGKILL)

    def replaced() -> bool:
        living = [
            pid for pid, command in children(running.pid).items() if "bridge worker" in command
        ]
        return bool(living) and worker not in living

    until(replaced, "no other worker is started", STARTS)
    send, listing, _ = suggested(clone)
    clone.do(send)
    until(lambda: " done " in clone.do(listing), clone.do(listing), STARTS)
    assert clone.stop(running) == 0
