"""Time as a parameter: everything that needs the hour is given a Clock."""

from __future__ import annotations

import time
from collections.abc import Callable

Micros = int
"""Microseconds since 1970-01-01 UTC: the one unit of stored times, exact and ordered."""

Clock = Callable[[], Micros]

SECOND: Micros = 1_000_000


def system_clock() -> Micros:
    """Give the host's time now, in microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def seconds(moment: Micros) -> int:
    """Give the whole Unix seconds of a moment, rounded down (Intercom's resolution)."""
    return moment // SECOND
