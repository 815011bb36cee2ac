"""What the layers give each other, as protocols: wired in bridge/app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bridge.model.work import Answer, Call


class Recorder(Protocol):
    """Told of every Call and its Answer, as it happens."""

    def __call__(self, answer: Answer) -> None:
        """Take note of one answered (or unanswered) call."""


class Permits(Protocol):
    """Gives leave to make calls within Intercom's limit."""

    def take(self, call: Call) -> None:
        """Wait until one more call may be made; raise IntercomBusy where that takes too long."""

    def learn(self, answer: Answer) -> None:
        """Take note of the limit the answer tells."""


class Holds(Protocol):
    """Short leases on everything a Change may touch."""

    def take(self, keys: Iterable[str]) -> None:
        """Take all keys or none; raise Busy where another has one of them."""
