"""The app's rate limit: fixed windows of ten seconds, told by three headers on every answer."""

from __future__ import annotations

import math

from bridge.intercom.sandbox.model import Refusal, Rules

WINDOW = 10


class Window:
    """How many calls the current window has seen."""

    def __init__(self) -> None:
        self._ends = 0
        self._used = 0

    def count(self, rules: Rules, now: int) -> dict[str, str]:
        """Count one call and give the headers; the Refusal with status 429 when it is too many."""
        limit = math.ceil(rules.calls_per_minute / (60 // WINDOW))
        ends = now - now % WINDOW + WINDOW
        if ends != self._ends:
            self._ends, self._used = ends, 0
        self._used += 1
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - self._used)),
            "X-RateLimit-Reset": str(ends),
        }
        if self._used > limit:
            told = f"Exceeded rate limit of {limit} in 10_seconds"
            raise Refusal(429, "rate_limit_exceeded", told, headers)
        return headers
