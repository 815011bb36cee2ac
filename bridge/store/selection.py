"""Which events are meant: by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.clock import Micros
from bridge.model import State
from bridge.store.schema import events


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one state, source, type, subject; received at `since` or later, before `until`.

    None: whatever it is.
    """

    state: State | None = None
    source: str | None = None
    type: str | None = None
    subject: str | None = None
    since: Micros | None = None
    until: Micros | None = None

    def __bool__(self) -> bool:
        """Say whether it leaves anything out."""
        return self != EVERYTHING

    def conditions(self, destination: str) -> list[Any]:
        """Give what holds for the rows of these events."""
        exact = {name: getattr(self, name) for name in ("state", "source", "type", "subject")}
        found = [events.c[name] == value for name, value in exact.items() if value is not None]
        if self.since is not None:
            found.append(events.c.received_at >= self.since)
        if self.until is not None:
            found.append(events.c.received_at < self.until)
        return [events.c.destination == destination, *found]


EVERYTHING = Selection()
