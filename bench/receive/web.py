"""A web process to measure: started, sent to, looked at, stopped."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls.live import free_port
from bench.calls.payloads import ROOT, SHIPPED
from bench.memory import resident
from bench.receive.webhooks import SECRET, webhooks
from bridge.errors import BridgeError

_PATIENCE = 30.0
_PAUSE = 0.005


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process; `seconds` is what it took from its start to the first 200."""

    port: int
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    seconds: float

    def load(self, connections: int, seconds: float, count: int) -> dict[str, Any]:
        """Let another process send to it; give the figures of bench.receive.load."""
        command = [sys.executable, "-m", "bench.receive.load", str(self.port)]
        command += ["--connections", str(connections)]
        command += ["--seconds", str(seconds), "--count", str(count)]
        told = subprocess.run(  # noqa: S603 - the bench itself
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        if told.returncode:
            raise BridgeError(f"The load could not be sent:\n{told.stderr}")
        figures: dict[str, Any] = json.loads(told.stdout)
        return figures

    def memory(self) -> float:
        """Give the resident megabytes of the process that answers: gunicorn's child."""
        pid = self.process.pid
        [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return resident(child)


@contextmanager
def web(module: Sequence[str], database_url: str, folder: Path) -> Iterator[Web]:
    """Start `python -m MODULE …` as the web process of a database; stop it in the end.

    `{port}` in the arguments is the port that it listens on.
    """
    port = free_port()
    environment = _environment(port, database_url)
    command = [sys.executable, "-m", *(part.format(port=port) for part in module)]
    [request] = webhooks(1, environment, random.Random())  # noqa: S311 - nothing secret
    with (folder / f"web-{port}.log").open("wb") as log:
        begin = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the product itself
            command, cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        while not _takes(port, request):
            if process.poll() is not None or time.perf_counter() > begin + _PATIENCE:
                raise BridgeError(f"The web process does not answer, see {log.name}")
            time.sleep(_PAUSE)
        yield Web(port, process, environment, time.perf_counter() - begin)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def _environment(port: int, database_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "BRIDGE_MAPPINGS": str(SHIPPED),
        SECRET: "whsec_" + "bench" * 6,
    }


def _takes(port: int, request: bytes) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection:
        connection.sendall(request)
        return connection.recv(65_536).startswith(b"HTTP/1.1 200")
    return False
