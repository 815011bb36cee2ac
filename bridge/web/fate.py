"""An event with its fate as JSON: for the API and for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bridge.clock import Micros, iso
from bridge.model import Attempt, Json
from bridge.store.events import EventRow

_TIMES = ("time", "received_at", "updated_at", "due_by")


def row(one: EventRow) -> dict[str, Json]:
    """Give an event for JSON; times in ISO 8601."""
    told = {name: getattr(one, name) for name in EventRow.__slots__}
    times = {name: _iso(told[name]) for name in _TIMES}
    candidates = [asdict(candidate) for candidate in one.candidates]
    told |= {"state": one.state.value, "notes": list(one.notes), "candidates": candidates}
    return {**told, **times}


def whole(one: EventRow, attempts: Sequence[Attempt]) -> dict[str, Json]:
    """Give an event with every attempt at it."""
    return {**row(one), "attempts": [attempt(each) for each in attempts]}


def attempt(one: Attempt) -> dict[str, Json]:
    """Give an attempt for JSON; times in ISO 8601, `seconds` is how long it took."""
    return {
        "number": one.number,
        "started_at": _iso(one.started_at),
        "seconds": one.took,
        "outcome": one.outcome,
        "error": one.error,
        "calls": list(one.calls),
        "folded_into": one.folded_into,
    }


def _iso(moment: Micros | None) -> str | None:
    return None if moment is None else iso(moment)
