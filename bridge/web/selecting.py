"""Which events a request means: the same names in the query of a list and in a body."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bridge.clock import Micros, moment
from bridge.errors import Unreadable
from bridge.model import Json, State
from bridge.store.selection import Selection

NAMES = tuple(Selection.__dataclass_fields__)


def selection(given: Mapping[str, Json], others: Collection[str]) -> Selection:
    """Read what the events have in common; `others` are parameters that say something else.

    null is the same as leaving it out. Raises Unreadable.
    """
    if unknown := sorted(set(given) - {*NAMES, *others}):
        listed = ", ".join((*NAMES, *others))
        raise Unreadable(f"there is no parameter {unknown[0][:60]!r}; there are: {listed}")
    state = _text(given, "state")
    if state is not None and state not in set(State):
        raise Unreadable(f"state must be one of {', '.join(State)}")
    return Selection(
        state=None if state is None else State(state),
        source=_text(given, "source"),
        type=_text(given, "type"),
        subject=_text(given, "subject"),
        since=_moment(given, "since"),
        until=_moment(given, "until"),
    )


def number(text: Json, name: str, most: int) -> int:
    """Read a whole number from 1 to `most`; raise Unreadable."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 20:
        found = int(text)
        if 1 <= found <= most:
            return found
    raise Unreadable(f"{name} must be a number from 1 to {most}")


def _text(given: Mapping[str, Json], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{name} must be text")
    return value


def _moment(given: Mapping[str, Json], name: str) -> Micros | None:
    text = _text(given, name)
    try:
        return None if text is None else moment(text)
    except ValueError:
        raise Unreadable(f"{name} must be a time such as 2025-09-01T08:30:00Z") from None
