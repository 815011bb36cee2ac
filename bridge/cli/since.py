"""A moment as one types it: a date, or so long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from bridge.clock import Micros, moment, system_clock


class Since(click.ParamType[Micros]):
    """A moment: 2025-09-01, 2025-09-01T08:30, or so long ago: 90s, 15m, 2h, 3d."""

    name = "when"
    _UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

    def convert(self, value: Any, param: Any, ctx: Any) -> Micros:
        """Give microseconds since 1970."""
        if isinstance(value, int):
            return value
        unit = self._UNITS.get(value[-1:])
        try:
            if unit and value[:-1].isdigit():
                past = timedelta(**{unit: int(value[:-1])})
                return system_clock() - int(past.total_seconds()) * 1_000_000
            return moment(value)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither a date nor a time ago such as 15m, 2h or 3d", param, ctx
            )


SINCE = Since()
