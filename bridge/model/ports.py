"""What the layers give each other, as protocols: wired in bridge/app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.model.change import Identifier
from bridge.model.json import Json, TargetKind
from bridge.model.known import Shadow, Target
from bridge.model.work import Answer, Call


class Recorder(Protocol):
    """Told of every Call and its Answer, as it happens."""

    def __call__(self, answer: Answer) -> None:
        """Take note of one answered (or unanswered) call."""


class Permits(Protocol):
    """Gives leave to make calls within Intercom's limit.

    `patience` is for how many seconds a call may be kept waiting.
    """

    @property
    def patience(self) -> float:
        """Give the longest wait."""

    def take(self, call: Call) -> None:
        """Wait until one more call may be made; raise IntercomBusy where that takes too long."""

    def learn(self, answer: Answer) -> None:
        """Take note of the limit the answer tells."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Moments at which a call may begin: the first in `first` seconds, the rest `apart` seconds on.

    `window_calls` is the limit in ten seconds as known to all, 0 where it was never told.
    """

    first: float
    apart: float
    count: int
    window_calls: int


class SlotSource(Protocol):
    """Where slots come from that all processes share."""

    def take(self, count: int, within: float, spread: int = 1) -> Slots | None:
        """Take slots, the first in `within` seconds or sooner; None: it is too far off."""

    def wait(self) -> float:
        """Give for how many seconds the next free slot is away."""

    def learn(self, window_calls: int) -> None:
        """Keep how many calls Intercom allows in ten seconds."""

    def slow(self, every: float, seconds: float) -> None:
        """For so many seconds give slots at least `every` seconds apart."""

    def shut(self, seconds: float) -> None:
        """Give no slot for so many seconds."""


class Holds(Protocol):
    """Short leases on everything a Change may touch."""

    def take(self, keys: Iterable[str]) -> None:
        """Take all keys or none; raise Busy where another has one of them."""


class Known(Protocol):
    """What is known of people and companies, as one operation reads, holds and writes it."""

    def hold(self, keys: Iterable[str]) -> None:
        """Take holds, all or none; raise Busy where another has one for long."""

    def find(self, kind: TargetKind, identifier: Identifier) -> tuple[str, ...]:
        """Give the ids of those who have the identifier."""

    def shadow(self, target: Target) -> Shadow:
        """Give what Intercom is known to hold of the target."""

    def saw(self, kind: TargetKind, answer: Mapping[str, Any], said: Mapping[str, Json]) -> None:
        """Take a full answer as what Intercom holds; `said`: the fields it was told, flat.

        The target must be held.
        """

    def link(self, identifier: Identifier, target: Target) -> bool:
        """Remember an identifier of the target; say whether it is remembered."""

    def mark(self, target: Target, field: str, value: bool) -> None:
        """Remember that a tag or company edge is there or not."""

    def forget(self, target: Target, into: str | None = None) -> None:
        """Forget a target that is gone, or merged into the one with the id `into`."""


class Memory(Protocol):
    """Where operations find what is known."""

    def open(self, operation: str) -> AbstractContextManager[Known]:
        """Begin an operation of that name; in the end save what it gathered, free its holds."""
