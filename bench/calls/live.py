"""The product as it is run: receiver and worker in processes of their own, in real time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.calls.payloads import ROOT
from bench.calls.sent import Sent, Stream
from bench.calls.stage import Stage, accepted, settings, stage
from bridge.errors import BridgeError
from bridge.model import State
from bridge.store import events

_PATIENCE = 60.0
"""Seconds after which processes that do not start, or do not end their work, are given up."""


@dataclass(frozen=True, slots=True)
class Live(Stage):
    """A stage whose receiver and worker are processes; webhooks are sent when they arrive."""

    url: str = ""

    def prepare(self, sent: Sequence[Sent]) -> None:
        """Send what comes before a stream, one after another."""
        for one in sent:
            self._send(one)
        self.work()

    def play(self, sent: Sequence[Sent], fold: float) -> None:
        """Send webhooks when they arrive; wait until all are worked off."""
        begin = time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            for one in sent:
                time.sleep(max(0, begin + one.at - sent[0].at - time.monotonic()))
                pool.submit(self._send, one).add_done_callback(lambda done: done.result())
        self.work()

    def _send(self, one: Sent) -> None:
        asked = self.signed(one, self.url)
        answer = requests.post(asked.url, data=asked.body, headers=dict(asked.headers), timeout=30)
        self.ids.extend(accepted(answer.status_code, answer.text))

    def work(self) -> None:
        """Wait until the worker has nothing left to do."""
        _until(lambda: not self._busy(), "events are left")

    def _busy(self) -> int:
        counted = events.counts(self.db)
        return counted[State.PENDING] + counted[State.WORKING]


@contextmanager
def live(stream: Stream, database_url: str = "") -> Iterator[Stage]:
    """Set up a store, a sandbox, and processes with the stream's seconds of folding."""
    with stage(stream, database_url) as here:
        config = here.config
        port = free_port()
        folder = Path(config.mappings[0])
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            **settings(folder, config.database_url, config.base_url),
            **config.environment,
            "BRIDGE_FOLD_SECONDS": f"{stream.fold:g}",
        }
        running = [_start(name, environment, folder) for name in ("web", "worker")]
        try:
            url = f"http://127.0.0.1:{port}"
            _until(lambda: _answers(url), "the receiver does not answer")
            yield Live(config, here.sandbox, here.db, here.catalogue, url=url)
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
                process.wait(_PATIENCE)


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(name: str, environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "bridge", name]
        return subprocess.Popen(  # noqa: S603 - the product itself
            command, cwd=folder, env=environment, stdout=log, stderr=log
        )


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/healthz", timeout=2).ok
    return False


def _until(told: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not told():
        if time.monotonic() > deadline:
            raise BridgeError(f"After {_PATIENCE:g} seconds {what}; try fewer people.")
        time.sleep(0.1)
