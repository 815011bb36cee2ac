"""The shipped Stripe mapping, and one in which events that are due together are applied apart."""

from __future__ import annotations

from pathlib import Path

from bench.calls.payloads import SHIPPED
from bridge.errors import BridgeError

_BOTH = "  - on: [customer.created, customer.updated]\n"
_NEXT = "  - on: customer.deleted"
_PERSON = "    user:\n"
_POLICY = "      ambiguous: newest\n"


def write_apart(folder: Path) -> None:
    """Write the mapping with another policy for every second event: what differs in it is apart."""
    text = (SHIPPED / "stripe.yaml").read_text()
    before, both, rest = text.partition(_BOTH)
    route, after, others = rest.partition(_NEXT)
    if not (both and after):
        raise BridgeError("The shipped mapping for Stripe has changed; mend this bench too.")
    created = "  - on: customer.created\n" + route
    updated = "  - on: customer.updated\n" + route.replace(_PERSON, _PERSON + _POLICY, 1)
    (folder / "stripe.yaml").write_text(before + created + updated + after + others)
