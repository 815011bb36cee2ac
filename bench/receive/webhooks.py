"""Signed webhooks of real size, each an event of its own, as bytes ready for a socket."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping

from bench.calls.payloads import payload, shipped, token
from bridge.app.sending import signed
from bridge.clock import system_clock

SECRET = "STRIPE_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
PATH = "/hooks/stripe"
_EXAMPLE = "subscription-active"
_CUSTOMERS = 2_000


def webhooks(count: int, environment: Mapping[str, str], draw: random.Random) -> Iterator[bytes]:
    """Give whole requests, each with an event id of its own, of a few thousand customers."""
    body = payload("stripe", _EXAMPLE)
    for _ in range(count):
        body["id"] = f"evt_{token(draw, 24)}"
        body["data"]["object"]["customer"] = f"cus_{draw.randrange(_CUSTOMERS)}"
        yield _request(json.dumps(body, indent=2).encode(), environment)


def _request(body: bytes, environment: Mapping[str, str]) -> bytes:
    """Give the request that Stripe would send; it indents its JSON."""
    mapping = shipped()["stripe"]
    made = signed(mapping, body, {}, environment, "", system_clock(), "bench")
    headers = {"Host": "bridge.example", **made.headers, "Content-Length": str(len(body))}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
