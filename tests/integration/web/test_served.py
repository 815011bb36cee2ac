"""`bridge web` as it is deployed: gunicorn on a real socket, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from bridge.intercom.sandbox.serve import SandboxServer
from bridge.store import migrate
from bridge.store.database import connect
from bridge.web.serve import TURN, Server, limit_silence

from .conftest import SECRETS, Bench

CANARIES = {"email": "canary@example.com", "name": "Canary Lovelace", "phone": "+4915199988877"}


class Served:
    """A web process, and what it has logged."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.bench = Bench(folder, connect(f"sqlite:///{folder.parent}/bridge.db"))
        self._log = folder.parent / "web.log"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        settings = {"BRIDGE_MAPPINGS": str(folder), "PORT": str(port), "HOST": "127.0.0.1"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridge", "web"],
                env={**kept, **SECRETS, **settings, **more},
                cwd=folder.parent,
                stderr=log,
                stdout=log,
            )

    def send(self, body: Any, source: str = "shop", **headers: str) -> requests.Response:
        made = self.bench.signed(body, source)
        return requests.post(
            self.url + made["path"],
            data=made["data"],
            headers=made["headers"] | headers,
            timeout=10,
        )

    def raw(self, text: bytes) -> bytes:
        """Send bytes as they are; give the answer's status line."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(text)
            return connection.makefile("rb").readline()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Served]]:
    """Start web processes, and end them after the test."""
    started: list[Served] = []

    def start(**more: str) -> Served:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        served = Served(folder, port, **more)
        started.append(served)
        served.until(served.answers)
        return served

    yield start
    for served in started:
        served.process.kill()
        served.process.wait()
        served.bench.db.dispose()


def fact(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": "customer.new", "customer": "c1"} | more


def test_a_doubled_signature_is_refused_as_what_it_is(serve: Callable[..., Served]) -> None:
    """gunicorn joins headers sent twice; they are told apart before it does."""
    served = serve()
    migrate.upgrade(served.bench.db)
    made = served.bench.signed(fact())
    headers = [*made["headers"].items(), ("X-Shop-Signature", made["headers"]["X-Shop-Signature"])]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    size = len(made["data"])
    text = f"POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{head}\r\n"
    assert b" 401 " in served.raw(text.encode() + made["data"])
    assert served.bench.count == 0
    assert any("was sent 2 times" in line.get("reason", "") for line in served.lines)
    assert served.send(fact()).status_code == 200


def test_a_chunked_body_is_read_whole_or_refused(serve: Callable[..., Served]) -> None:
    """Some senders do not know the length beforehand; some never end."""
    served = serve(BRIDGE_MAX_BODY="5000")
    migrate.upgrade(served.bench.db)
    made = served.bench.signed(fact())

    def chunked(*pieces: bytes) -> int:
        url = served.url + made["path"]
        sent = requests.post(url, data=iter(pieces), headers=made["headers"], timeout=10)
        return sent.status_code

    assert chunked(made["data"][:5], made["data"][5:]) == 200
    assert chunked(b"x" * 4000, b"x" * 4000) == 413
    assert served.answers()


def test_it_starts_before_its_tables_and_serves_once_they_are_there(
    serve: Callable[..., Served],
) -> None:
    """Platforms start web and release phases in any order."""
    served = serve()
    assert served.send(fact()).status_code == 503
    assert requests.get(f"{served.url}/readyz", timeout=5).status_code == 503
    migrate.upgrade(served.bench.db)
    assert served.send(fact()).status_code == 200
    assert requests.get(f"{served.url}/readyz", timeout=5).json()["status"] == "ok"


def test_the_worker_beside_it_applies_events_and_both_end_cleanly(
    serve: Callable[..., Served],
) -> None:
    """One dyno does everything; and no line of all that names a person or a secret."""
    with SandboxServer() as sandbox:
        served = serve(
            BRIDGE_INLINE_WORKER="1",
            BRIDGE_FOLD_SECONDS="0",
            INTERCOM_BASE_URL=sandbox.url,
            INTERCOM_ACCESS_TOKEN="canary-token",
        )
        migrate.upgrade(served.bench.db)
        assert served.send(fact(**CANARIES)).status_code == 200
        assert served.send(b'{"email": "canary@example.com"').status_code == 400
        assert served.send(fact(2), **{"X-Shop-Signature": "canary"}).status_code == 401
        assert served.send(fact(3) | CANARIES | {"email": "canary"}).status_code == 200
        assert served.send({"id": 4, "email": "canary@example.com"}, "pipe").status_code == 200
        wrong = requests.post(f"{served.url}/hooks/pipe/canary-wrong?key=canary", timeout=5)
        assert wrong.status_code == 401
        served.until(lambda: sum("event done" in one["event"] for one in served.lines) >= 2)
        assert served.end() == 0
    assert "canary" not in served.text.lower()
    assert CANARIES["phone"] not in served.text
    assert "Traceback" not in served.text
    events = {line["event"]: line for line in served.lines}
    assert events["received"]["request_id"]
    assert events["received"]["events"]
    assert events["event done"]["event_id"]
    assert "worker stopped" in events


def test_a_silent_connection_is_cut_off() -> None:
    """Or a few senders that stop half-way would take every thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        limit_silence(listener, 0.05)
        with socket.create_connection(listener.getsockname()) as sender:
            accepted, _ = listener.accept()
            with accepted:
                accepted.setblocking(True)  # as gunicorn does
                sender.sendall(b"POST")
                assert accepted.recv(100) == b"POST"
                with pytest.raises(BlockingIOError):
                    accepted.recv(100)


def test_no_thread_keeps_the_committing_one_waiting_for_long() -> None:
    """Where the application is served, threads hand Python on ten times as often."""
    before = sys.getswitchinterval()
    try:
        Server(lambda: Flask(__name__), {}).load()
        assert sys.getswitchinterval() == pytest.approx(TURN)
    finally:
        sys.setswitchinterval(before)
