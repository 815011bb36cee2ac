"""What a stream is made of: webhooks with their times of arrival, and what must be true at last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bridge.mapping.example import Holdings

Payload = dict[str, Any]
DataEvents = Literal["none", "one", "shipped"]
"""Which data events the mappings tell: none, `Checkout completed` alone, or all as shipped."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook. `at` is its arrival in seconds from the beginning; `subject` names its lane."""

    at: float
    source: str
    subject: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that is counted, and what comes before it uncounted.

    `people` tells the identifiers of each subject, for tools that keep no links. `learnt`: Intercom
    tells the bridge of its people, and the workspace was read. `replays`: instead of new webhooks
    every event of `before` is replayed. `target` is in calls an event.
    """

    name: str
    before: Sequence[Sent]
    sent: Sequence[Sent]
    holds: Holdings
    people: Mapping[str, Mapping[str, str]]
    fold: float = 1.0
    data_events: DataEvents = "none"
    learnt: bool = False
    replays: bool = False
    target: float | None = None

    @property
    def title(self) -> str:
        """Give the name with the seconds of folding."""
        return f"{self.name}, {self.fold:g} s"
