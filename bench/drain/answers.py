"""`python -m bench.drain.answers`: an Intercom that only answers, with as little work as can be.

It knows every customer of the backlog, takes what is written, and counts calls in the sandbox's
windows of ten seconds. `GET /_calls` tells when calls came, in seconds of the monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import click

from bench.drain import customers
from bridge.intercom.sandbox.limits import Window
from bridge.intercom.sandbox.model import Refusal, Rules

_ME = {"type": "admin", "id": "1", "app": {"type": "app", "id_code": "bench"}}


@dataclass
class Workspace:
    """What is held, and which calls came; every call takes `latency` seconds."""

    rules: Rules
    latency: float
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: list[float] = field(default_factory=list)
    refused: int = 0
    _window: Window = field(default_factory=Window)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Give status, headers of the limit and body of one call."""
        if path == "/_calls":
            return 200, {}, {"came": self.came, "refused": self.refused}
        self.came.append(time.monotonic())
        try:
            headers = self._window.count(self.rules, int(time.time()))
        except Refusal as refusal:
            self.refused += 1
            return 429, dict(refusal.headers or {}), {"type": "error.list", "errors": []}
        return 200, headers, self._found(method, path, body)

    def _found(self, method: str, path: str, body: bytes) -> Any:
        if path == "/me":
            return _ME
        if path.startswith("/data_attributes"):
            return {"type": "list", "data": customers.attributes()}
        return self._contact(path.rpartition("/")[2], json.loads(body) if body else {})

    def _contact(self, contact_id: str, told: dict[str, Any]) -> dict[str, Any]:
        known = self.held.get(contact_id) or customers.held(int(contact_id, 16))
        custom = {**known["custom_attributes"], **told.pop("custom_attributes", {})}
        now = {"updated_at": int(time.time()), "custom_attributes": custom}
        self.held[contact_id] = {**known, **told, **now}
        return self.held[contact_id]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection until it ends."""
        while head := await _head(reader):
            method, path, length = head
            body = await reader.readexactly(length)
            status, headers, told = self.answer(method, path, body)
            if self.latency and path != "/_calls":
                await asyncio.sleep(self.latency)
            writer.write(_written(status, headers, told))
        writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, int] | None:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, path, _ = lines[0].split(" ")
    lengths = [line for line in lines if line.lower().startswith("content-length:")]
    return method, path.partition("?")[0], int(lengths[0].partition(":")[2]) if lengths else 0


def _written(status: int, headers: dict[str, str], told: Any) -> bytes:
    body = json.dumps(told).encode()
    fixed = {
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    lines = [f"{name}: {value}\r\n" for name, value in (fixed | headers).items()]
    return f"HTTP/1.1 {status} -\r\n{''.join(lines)}\r\n".encode() + body


async def _serve(workspace: Workspace) -> None:
    server = await asyncio.start_server(workspace.talk, "127.0.0.1", 0)
    click.echo(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await server.serve_forever()


@click.command()
@click.option("--latency", default=0.0, help="Seconds that every call takes at least.")
@click.option("--limit", default=10_000_000, help="Calls a minute.")
def main(latency: float, limit: int) -> None:
    """Answer until killed; tell the address first."""
    asyncio.run(_serve(Workspace(Rules(calls_per_minute=limit), latency)))


if __name__ == "__main__":
    main()
