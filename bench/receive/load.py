"""Many senders in one light process: `python -m bench.receive.load PORT`, figures on stdout.

Everything is signed before the first byte is sent, and one thread drives all connections, so that
the sender takes as little as it can from the server beside it.
"""

from __future__ import annotations

import json
import os
import random
import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from bench.receive.webhooks import webhooks

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)
_PATIENCE = 30.0
"""Seconds without any answer after which the server is given up."""


@dataclass(slots=True)
class Sender:
    """One connection: when its request was sent, and what has come of the answer."""

    connection: socket.socket
    sent_at: float = 0.0
    answer: bytes = b""

    def send(self, request: bytes) -> None:
        """Send a whole request."""
        self.sent_at, self.answer = time.perf_counter(), b""
        self.connection.sendall(request)

    def is_answered(self) -> bool:
        """Read what is there; say whether the answer is whole."""
        piece = self.connection.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed a connection that it should keep")
        self.answer += piece
        head, end, body = self.answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        return bool(end and length and len(body) >= int(length[1]))


@dataclass(slots=True)
class Load:
    """What a run of many senders gave: seconds for each answer, and the answers by status."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def figures(self) -> dict[str, object]:
        """Give them for the report: milliseconds, requests a second."""
        waits = sorted(self.waits)
        return {
            "requests": len(waits),
            "per_second": len(waits) / self.seconds,
            "p50": 1000 * waits[len(waits) // 2],
            "p99": 1000 * waits[len(waits) * 99 // 100],
            "max": 1000 * waits[-1],
            "statuses": dict(self.statuses),
        }


def drive(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    """Let every connection send one request after another, for so long or until none are left."""
    load = Load()
    begin = time.perf_counter()
    with selectors.DefaultSelector() as ready:
        for request, _ in zip(requests, range(connections), strict=False):
            sender = Sender(socket.create_connection(("127.0.0.1", port)))
            ready.register(sender.connection, selectors.EVENT_READ, sender)
            sender.send(request)
        while ready.get_map():
            for sender in _answered(ready):
                now = time.perf_counter()
                load.waits.append(now - sender.sent_at)
                load.statuses[sender.answer[9:12].decode()] += 1
                more = next(requests, None) if now - begin < seconds else None
                if more is None:
                    ready.unregister(sender.connection)
                    sender.connection.close()
                else:
                    sender.send(more)
    load.seconds = time.perf_counter() - begin
    return load


def _answered(ready: selectors.BaseSelector) -> Iterator[Sender]:
    found = ready.select(_PATIENCE)
    if not found:
        raise TimeoutError(f"no answer within {_PATIENCE:g} seconds")
    return (key.data for key, _ in found if key.data.is_answered())


@click.command()
@click.argument("port", type=int)
@click.option("--connections", default=32)
@click.option("--seconds", default=4.0)
@click.option("--count", default=12_000, help="Requests at most.")
def main(port: int, connections: int, seconds: float, count: int) -> None:
    """Send signed Stripe events to the receiver at PORT of this machine; print figures as JSON."""
    requests = list(webhooks(count, os.environ, random.Random()))  # noqa: S311 - nothing secret
    load = drive(port, iter(requests), connections, seconds)
    click.echo(json.dumps(load.figures()))


if __name__ == "__main__":
    main()
