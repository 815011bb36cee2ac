"""The calls that a sandbox got, by kind; reads that are made once per process are left out."""

from __future__ import annotations

import re
from collections import Counter

from bridge.intercom.sandbox.journal import Exchange
from bridge.intercom.sandbox.state import Sandbox

_ONCE = {"/me", "/data_attributes", "/tags"}
_KINDS = (
    ("find", "GET", r"/contacts/find_by_external_id/.+"),
    ("search", "POST", "/contacts/search"),
    ("create", "POST", "/contacts"),
    ("read", "GET", "/contacts/[^/]+"),
    ("update", "PUT", "/contacts/[^/]+"),
    ("company", "POST", "/companies"),
    ("attach", "POST", "/contacts/[^/]+/companies"),
    ("tag", "POST", "/contacts/[^/]+/tags|/tags"),
    ("event", "POST", "/events"),
)


class Counted:
    """Counts what a sandbox is asked, from now on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.kinds: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        sandbox.on_exchange = self._count

    def _count(self, exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        if exchange.method == "GET" and path in _ONCE:
            return
        self.kinds[_kind(exchange.method, path)] += 1
        if exchange.status >= 400:
            self.refused[exchange.status] += 1

    @property
    def total(self) -> int:
        """Give how many calls there were."""
        return self.kinds.total()


def _kind(method: str, path: str) -> str:
    for name, verb, pattern in _KINDS:
        if verb == method and re.fullmatch(pattern, path):
            return name
    return f"{method} {re.sub('[0-9a-f]{24}', '{id}', path)}"
