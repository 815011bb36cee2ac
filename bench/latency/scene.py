"""A worker to measure: its database, and an Intercom that knows when each call came."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.calls.payloads import ROOT
from bench.memory import resident
from bridge.clock import system_clock
from bridge.errors import BridgeError
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Event, Receipt, State
from bridge.store import events, inbox
from bridge.store.database import Database, connect
from bridge.store.inbox import Delivery

_PATIENCE = 120.0
_MAPPING = """
source: bench
verify: {scheme: stripe, secret: BENCH_SECRET}
event:
  id: =body.id
  type: =body.type
  subject: =body.who
routes:
  - on: "*"
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
"""


@dataclass(frozen=True)
class Arrivals(Fault):
    """No fault: it only takes note of when each call comes."""

    came: list[float] = field(default_factory=list)

    def meets(self, method: str, path: str) -> bool:
        """Note the moment, and let the call pass."""
        self.came.append(time.monotonic())
        return False


@dataclass(frozen=True, slots=True)
class Scene:
    """A running worker, and what there is around it; `came` are monotonic seconds."""

    db: Database
    came: list[float]
    process: subprocess.Popen[bytes]
    log: Path

    def commit(self, numbers: Iterator[int] | range, people: int) -> float:
        """Store events, each of one of so many people; give when the commit returned."""
        inbox.receive_all(self.db, [_delivery(number, number % people) for number in numbers])
        return time.monotonic()

    def until(self, holds: Callable[[], object]) -> None:
        """Wait; raise BridgeError where the worker has ended, or it takes too long."""
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BridgeError(f"The worker does not work: {self.log.read_text()[-2000:]}")
            time.sleep(0.002)

    def is_idle(self) -> bool:
        """Say whether everything is worked off."""
        counted = events.counts(self.db)
        return not counted[State.PENDING] and not counted[State.WORKING]

    def memory(self) -> float:
        """Give the resident megabytes of the worker."""
        return resident(self.process.pid)


@contextmanager
def scene(database_url: str, worker_url: str | None = None) -> Iterator[Scene]:
    """Start a worker on a database, by another way (`worker_url`) where one is given."""
    sandbox = Sandbox(rules=Rules(calls_per_minute=10_000_000))
    arrivals = Arrivals("delay", times=0)
    sandbox.faults.add(arrivals)
    db = connect(database_url)
    with (
        tempfile.TemporaryDirectory(prefix="bench-latency-") as folder,
        SandboxServer(sandbox) as it,
    ):
        (Path(folder) / "bench.yaml").write_text(_MAPPING)
        log = Path(folder) / "worker.log"
        process = _worker(worker_url or database_url, it.url, log)
        try:
            yield Scene(db, arrivals.came, process, log)
        finally:
            process.terminate()
            process.wait(30)
            db.dispose()


def _worker(database_url: str, intercom: str, log: Path) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "INTERCOM_BASE_URL": intercom,
        "INTERCOM_ACCESS_TOKEN": "sandbox",
        "INTERCOM_CALLS_PER_MINUTE": "1000000",
        "BRIDGE_MAPPINGS": str(log.parent),
        "BRIDGE_FOLD_SECONDS": "0",
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "bridge", "worker"],
            env=environment,
            stdout=output,
            stderr=output,
        )


def _delivery(number: int, person: int) -> Delivery:
    body = {
        "id": f"e{number}",
        "type": "changed",
        "who": f"p{person}",
        "email": f"p{person}@bench.example",
        "name": f"Person {person}",
    }
    told = json.dumps(body).encode()
    receipt = Receipt("bench", system_clock(), (("content-type", "application/json"),), {}, told)
    event = Event(body["id"], "changed", system_clock(), body["who"])
    return Delivery(receipt, [event])
