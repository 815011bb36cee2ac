"""The product as its users run it: processes on real sockets, a database, and the sandbox.

The sandbox lives in the test's own process, so that a test can read what Intercom holds, which
calls it got, and order faults.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bridge import config
from bridge.app import local, sources
from bridge.app.sending import ToSend, signed
from bridge.clock import system_clock
from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.model import State
from bridge.sources.body import dump
from bridge.store import events
from bridge.store.database import Database, connect
from bridge.store.events import EventRow

ROOT = Path(__file__).resolve().parents[2]
STARTS = 20.0
"""Seconds within which a process must be up, on a slow and busy machine."""


def free_port() -> int:
    """Give a port that nothing listens on, below those that outgoing connections take."""
    while True:
        port = random.randrange(12_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(told: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """Ask until the answer is true, and give it; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := told()):
        assert time.monotonic() < deadline, f"after {seconds:g} s: {what}"
        time.sleep(0.03)
    return answer


class Process:
    """One process of the product, with its output in a file; `arguments` follow `bridge`.

    `within` is a command that runs it elsewhere, or under another clock.
    """

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        folder: Path,
        python: str = sys.executable,
        within: Sequence[str] = (),
    ) -> None:
        self.name = arguments[0]
        self.path = folder / f"{self.name}.log"
        self._before = self.path.stat().st_size if self.path.exists() else 0
        with self.path.open("ab") as output:
            self.popen = subprocess.Popen(
                [*within, python, "-m", "bridge", *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def log(self) -> str:
        """Give what it wrote until now, with all of its predecessors in the folder."""
        return self.path.read_text(errors="replace")

    @property
    def is_at_work(self) -> bool:
        """Say whether it is a worker that has begun."""
        self.check()
        with self.path.open("rb") as output:
            output.seek(self._before)
            return b"worker started" in output.read()

    def check(self) -> None:
        """Fail where it has ended by itself."""
        assert self.popen.poll() is None, f"{self.name} ended: {self.log()[-3000:]}"

    def kill(self) -> None:
        """End it and its own children as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds: float = 25.0) -> int:
        """Ask it to end, as platforms do; give its exit status."""
        self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} did not end within {seconds:g} s: {self.log()[-3000:]}"
            ) from None


@dataclass
class Bridge:
    """Receiver, worker and sandbox over one database. `settings` are environment variables.

    `web_host` is where the receiver listens, `sandbox_host` where the sandbox does; the processes
    know an outer one as `localhost`, because its URL must count as being on loopback.
    """

    folder: Path
    database_url: str
    mappings: Path = ROOT / "mappings"
    settings: dict[str, str] = field(default_factory=dict)
    sandbox: Sandbox = field(default_factory=Sandbox)
    processes: list[Process] = field(default_factory=list)
    web_host: str = "127.0.0.1"
    sandbox_host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://{self.web_host}:{self.port}"
        self.server = SandboxServer(self.sandbox, self.sandbox_host).start()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "HOST": self.web_host,
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "INTERCOM_BASE_URL": self._sandbox_url(),
            "INTERCOM_ACCESS_TOKEN": "sandbox",
            "BRIDGE_MAPPINGS": str(self.mappings),
            "BRIDGE_FOLD_SECONDS": "0",
            "BRIDGE_SEARCH_LAG_SECONDS": "1",
            **self.settings,
        }
        catalogue = sources.load(config.read(self.environment))
        self.sources: Mapping[str, SourceMapping] = catalogue.mappings
        self.environment = {**local.made_up(self.sources.values()), **self.environment}
        self.db: Database = connect(self.database_url)
        self._heard: list[dict[str, Any]] = []

    def _sandbox_url(self) -> str:
        near = self.sandbox_host == "127.0.0.1"
        return self.server.url if near else self.server.url.replace(self.sandbox_host, "localhost")

    # --- processes ------------------------------------------------------------------------------

    def start(self, *arguments: str, within: Sequence[str] = ()) -> Process:
        """Start a process of the product, by the command `within` where one is given."""
        process = Process(list(arguments), self.environment, self.folder, within=within)
        self.processes.append(process)
        return process

    def start_web(self, within: Sequence[str] = ()) -> Process:
        """Start the receiver and wait until it answers."""
        self.web = self.start("web", within=within)
        until(self._is_up, "the receiver does not answer", STARTS)
        return self.web

    def start_worker(self, within: Sequence[str] = ()) -> Process:
        """Start a worker, and wait until it has found its tables and Intercom."""
        worker = self.worker = self.start("worker", within=within)
        until(lambda: worker.is_at_work, "the worker does not start", STARTS)
        return worker

    def _is_up(self) -> bool:
        self.web.check()
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def end(self) -> None:
        """End everything, whatever state it is in."""
        for process in self.processes:
            process.kill()
        self.server.stop()
        self.db.dispose()

    # --- sending --------------------------------------------------------------------------------

    def signed(self, source: str, payload: Any, headers: Mapping[str, str] | None = None) -> ToSend:
        """Give the request for a payload (bytes as they are, else JSON), signed now."""
        body = payload if isinstance(payload, bytes) else dump(payload)
        mapping = self.sources[source]
        now = system_clock()
        return signed(mapping, body, headers or {}, self.environment, self.url, now, "msg_1")

    def post(self, request: ToSend, **headers: str) -> requests.Response:
        """Send a request as it is, headers of the same name replaced."""
        sent = {**request.headers, **headers}
        return requests.post(request.url, data=request.body, headers=sent, timeout=30)

    def send(self, source: str, payload: Any) -> int:
        """Send a payload, signed; give the id of its one event."""
        answer = self.post(self.signed(source, payload))
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        [event_id] = answer.json()["events"]
        return int(event_id)

    def api(self, path: str, body: Any) -> Any:
        """Post to the API with the token for it; give its answer."""
        headers = {"Authorization": f"Bearer {self.settings['BRIDGE_ADMIN_TOKEN']}"}
        answer = requests.post(f"{self.url}{path}", json=body, headers=headers, timeout=30)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        return answer.json()

    # --- looking --------------------------------------------------------------------------------

    def event(self, event_id: int) -> EventRow:
        """Give an event as a list would show it."""
        [row] = events.listing(self.db, before_id=event_id + 1, limit=1)
        assert row.id == event_id
        return row

    def listed(self) -> list[EventRow]:
        """Give every event, the newest first."""
        return events.listing(self.db, limit=100_000)

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until the worker has nothing left to do now or later."""
        until(self._is_settled, "events are still pending", seconds)

    def _is_settled(self) -> bool:
        self.calls()
        counted = events.counts(self.db)
        return not counted[State.PENDING] and not counted[State.WORKING]

    def applied(self, source: str, payload: Any) -> EventRow:
        """Send a payload, wait until it is worked off, give its event."""
        event_id = self.send(source, payload)
        self.settle()
        return self.event(event_id)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Give every call that the sandbox got after call number `since`."""
        known = len(self._heard)
        self._heard += self.sandbox.journal.listed(known)
        assert [call["number"] for call in self._heard[known:]] == list(
            range(known + 1, len(self._heard) + 1)
        ), "the sandbox forgot calls before they were read: read them more often"
        return self._heard[since:]

    def people(self, **fields: Any) -> list[dict[str, Any]]:
        """Give the people that Intercom holds with these fields."""
        held = seeds.held(self.sandbox)["contacts"]
        return [one for one in held if all(one.get(name) == fields[name] for name in fields)]

    def person(self, **fields: Any) -> dict[str, Any]:
        """Give the one person that Intercom holds with these fields."""
        found = self.people(**fields)
        assert len(found) == 1, f"{len(found)} people with {fields}: {found}"
        return found[0]
