"""Times as senders write them, to Unix seconds, ISO 8601, or exact microseconds for ordering."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bridge.clock import SECOND, Micros, seconds
from bridge.mapping.functions.kinds import Number
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.money import EXACT, amount_of
from bridge.model import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = -2_208_988_800 * SECOND  # 1900: birthdays
_LATEST = 7_258_118_400 * SECOND  # 2200
_MILLISECONDS = 10**11
"""From here on a number counts milliseconds: as seconds it would be after the year 5000."""
_STAMP = re.compile(r"[+-]?\d{9,20}(\.\d{1,20})?", re.ASCII)


def parse_time(value: Json) -> Micros | None:
    """Read a time exactly, in microseconds since 1970-01-01 UTC; None where it is no time.

    Seconds, or milliseconds from 1e11 on (a number, or text of nine digits or more), or ISO 8601
    with any fraction and zone; without a zone it is UTC, a date alone is its first moment. Times
    before 1900 or after 2200 are refused: they are a wrong unit or a placeholder.
    """
    if isinstance(value, str):
        text = value.strip()
        found = _of_number(amount_of(text)) if _STAMP.fullmatch(text) else _of_iso(text)
    else:
        found = _of_number(amount_of(value))
    return found if found is not None and _EARLIEST <= found <= _LATEST else None


def _of_number(told: Decimal | None) -> Micros | None:
    if told is None or abs(told) > 10**15:
        return None
    scale = SECOND if abs(told) < _MILLISECONDS else SECOND // 1000
    return int(EXACT.multiply(told, Decimal(scale)))


def _of_iso(text: str) -> Micros | None:
    if not 8 <= len(text) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


@function(
    gives="date",
    examples=[
        Example("unix(`1767323045`)", 1767323045),
        Example("unix(`1767323045123`)", 1767323045),
        Example("unix('2026-01-02T04:04:05.9+01:00')", 1767323045),
        Example("unix('2026-01-02')", 1767312000),
        Example("unix('soon')", None, warns=True),
    ],
)
def unix(time: str | Number, *, context: Context) -> int | None:
    """Give a time as whole Unix seconds, as Intercom keeps dates.

    Takes seconds, milliseconds (from 1e11 on) or ISO 8601 (without a zone: UTC). Null and a
    warning where it is no time between 1900 and 2200.
    """
    found = _parsed("unix", time, context)
    return None if found is None else seconds(found)


@function(
    gives="string",
    examples=[
        Example("iso(`1767323045`)", "2026-01-02T03:04:05Z"),
        Example("iso('2026-01-02T04:04:05.25+01:00')", "2026-01-02T03:04:05.250000Z"),
    ],
)
def iso(time: str | Number, *, context: Context) -> str | None:
    """Give a time as ISO 8601 in UTC; takes what `unix` takes."""
    found = _parsed("iso", time, context)
    if found is None:
        return None
    moment = _EPOCH + timedelta(microseconds=found)
    return moment.isoformat().replace("+00:00", "Z")


def _parsed(name: str, time: str | Number, context: Context) -> Micros | None:
    found = parse_time(time)
    if found is None and not (isinstance(time, str) and not time.strip()):
        context.warn(f"{name}() was given what is no time between 1900 and 2200.")
    return found
