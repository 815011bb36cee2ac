"""What is asked of every engine: keep events, give them out per subject, take them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

BODY = b'{"id": "evt", "object": "customer"}' * 60
"""What a webhook brings, about 2 kB: stored in the transaction that keeps its event."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event: `key` makes it the same when it comes again."""

    key: str
    subject: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Events of one subject that a worker has, in their order; `ticket` is the engine's own.

    `numbers` are those by which the engine itself orders them.
    """

    subject: str
    keys: tuple[str, ...]
    numbers: tuple[int, ...]
    ticket: Any


class Refused(Exception):
    """The engine keeps none of the events, because it has one of them."""


TOO_LONG = 30.0
"""Seconds after which a take is cut off."""


class TooLong(Exception):
    """A take was cut off."""


class Engine(Protocol):
    """One connection to an engine, for one thread."""

    def keeping(self, facts: Sequence[Fact]) -> AbstractContextManager[None]:
        """Keep events, each with its webhook, in a transaction that commits when this is left."""

    def take(self, subjects: int, lease: float) -> list[Taken]:
        """Take what is due of so many subjects at most, for `lease` seconds."""

    def end(self, taken: Taken) -> bool:
        """Tell that the events are done; False where the engine refuses that."""

    def again(self, taken: Taken, seconds: float) -> None:
        """Give the events back, to be tried again in so many seconds."""

    def mend(self, seconds: float) -> None:
        """Do what an operator must for what dead workers left `seconds` ago; mostly nothing."""

    def analyze(self) -> None:
        """Let the database count what it has."""

    def close(self) -> None:
        """Close the connection."""


Opened = Callable[[], Engine]
"""Opens one more connection to an engine."""


def keep(engine: Engine, facts: Sequence[Fact]) -> None:
    """Keep events in one transaction."""
    with engine.keeping(facts):
        pass
