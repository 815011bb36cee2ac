"""Time as a parameter: everything that needs the hour is given a Clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Micros = int
"""Microseconds since 1970-01-01 UTC: the one unit of stored times, exact and ordered."""

Clock = Callable[[], Micros]

SECOND: Micros = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def system_clock() -> Micros:
    """Give the host's time now, in microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def seconds(moment: Micros) -> int:
    """Give the whole Unix seconds of a moment, rounded down (Intercom's resolution)."""
    return moment // SECOND


def calendar(moment: Micros) -> datetime:
    """Give a time that can be shown; a sender's may be beyond what a calendar holds."""
    try:
        return _EPOCH + timedelta(microseconds=moment)
    except OverflowError:
        return (datetime.max if moment > 0 else datetime.min).replace(tzinfo=UTC)


def moment(text: str) -> Micros:
    """Read ISO 8601, in UTC where it names no other; raise ValueError."""
    told = datetime.fromisoformat(text)
    return (told.replace(tzinfo=told.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)


def iso(moment: Micros) -> str:
    """Give a time as ISO 8601, in UTC."""
    return calendar(moment).isoformat().replace("+00:00", "Z")


def clock_face(moment: Micros) -> str:
    """Give a time for people to read, in UTC, to the second."""
    return calendar(moment).strftime("%Y-%m-%d %H:%M:%S")
