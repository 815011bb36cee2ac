"""Intercom's OpenAPI description as a judge: of each request, each answer, and what was tried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from bridge.intercom.sandbox.journal import Exchange

METHODS = ("get", "post", "put", "delete")


@dataclass
class Contract:
    """A description, and how often which operation was answered with which status."""

    spec: dict[str, Any]
    seen: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.judge = OpenAPI.from_dict(self.spec, config=Config(spec_validator_cls=None))
        self._paths = [(re.compile(_pattern(path)), path) for path in _literal_first(self.spec)]

    def operation(self, method: str, path: str) -> str:
        """Give the path of the description that a request's path is one of."""
        for pattern, described in self._paths:
            if pattern.fullmatch(path) and method.lower() in self.spec["paths"][described]:
                return described
        raise AssertionError(f"the description has no {method} {path}")

    def check(self, exchange: Exchange, *, request: bool = True) -> None:
        """Hold an answer against the description, and the request too unless told not to."""
        place = f"{exchange.method} {exchange.path} -> {exchange.status}"
        described = self.operation(exchange.method, exchange.path)
        asked = MockRequest(
            "https://api.intercom.io",
            exchange.method.lower(),
            exchange.path,
            args=dict(exchange.query),
            headers=dict(exchange.headers),
            data=exchange.body or None,
            content_type=exchange.headers.get("Content-Type", "application/json"),
        )
        kind = exchange.answer_headers.get("Content-Type", "application/json")
        answer = MockResponse(exchange.answer, status_code=exchange.status, content_type=kind)
        try:
            if request:
                assert "Intercom-Version" in exchange.headers, "no version was asked for"
                self.judge.validate_request(asked)
            self.judge.validate_response(asked, answer)
        except Exception as error:
            told = "\n".join((place, *_reasons(error), repr(exchange.body), repr(exchange.answer)))
            raise AssertionError(told) from None
        self.seen[exchange.method, described, exchange.status] += 1

    def check_all(self, exchanges: Iterable[Exchange]) -> int:
        """Check them one by one, and give how many there were."""
        count = 0
        for count, exchange in enumerate(exchanges, 1):  # noqa: B007
            self.check(exchange)
        return count

    def report(self) -> Iterator[str]:
        """Tell for each operation tried which answers came how often."""
        for method, path in sorted({(m, p) for m, p, _ in self.seen}, key=lambda each: each[::-1]):
            told = {s: n for (m, p, s), n in self.seen.items() if (m, p) == (method, path)}
            counts = ", ".join(f"{status}: {told[status]}" for status in sorted(told))
            yield f"{method:6} {path}  {counts}"


def _literal_first(spec: dict[str, Any]) -> list[str]:
    return sorted(spec["paths"], key=lambda path: path.count("{"))


def _pattern(path: str) -> str:
    return re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))


def _reasons(error: BaseException) -> Iterator[str]:
    """Give every message on the way down: the schema's own are at the bottom."""
    yield f"{type(error).__name__}: {error}"
    for each in getattr(error, "schema_errors", ()):
        yield str(each.message)[:300]
    if error.__cause__ is not None:
        yield from _reasons(error.__cause__)
