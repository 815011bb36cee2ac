"""The processes of a run: the answering Intercom, and workers until nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from bench.calls.payloads import ROOT
from bridge.errors import BridgeError

_PATIENCE = 900.0


@dataclass(frozen=True, slots=True)
class Intercom:
    """The answering server of a run."""

    url: str

    def calls(self) -> tuple[list[float], int]:
        """Give when each call came, in seconds of one clock, and how many the limit refused."""
        told = requests.get(f"{self.url}/_calls", timeout=60).json()
        return told["came"], told["refused"]


@contextmanager
def intercom(latency: float = 0.0, limit: int = 10_000_000) -> Iterator[Intercom]:
    """Run the answering server."""
    options = [f"--latency={latency}", f"--limit={limit}"]
    with subprocess.Popen(  # noqa: S603 - the bench itself
        [sys.executable, "-m", "bench.drain.answers", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Intercom(process.stdout.readline().strip())
        finally:
            process.kill()


def drain(environment: Mapping[str, str], workers: int = 1) -> float:
    """Let workers work until nothing is due; give the processor time of all, in seconds."""
    before = _spent()
    with tempfile.TemporaryFile() as log:
        running = [_worker(environment, log.fileno()) for _ in range(workers)]
        ended = [one.wait(_PATIENCE) for one in running]
        if any(ended):
            log.seek(0)
            raise BridgeError(f"A worker failed: {log.read()[-2000:].decode()}")
    return _spent() - before


def _worker(environment: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "bridge", "worker", "--drain"],
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=log,
        stderr=log,
    )


def _spent() -> float:
    """Give the processor time of the children that have ended."""
    told = os.times()
    return told.children_user + told.children_system
