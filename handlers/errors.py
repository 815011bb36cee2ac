"""What handlers tell one another, and the worker, by raising it."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.clock import Micros
from bridge.errors import BridgeError, Unknown
from bridge.model import Identifier


class Awaited(Unknown):
    """The event waits until `due_by` for somebody to be known by one of its identifiers.

    `identifiers` are theirs, where the event tells of several people.
    """

    def __init__(self, due_by: Micros, identifiers: Iterable[Identifier] = ()) -> None:
        self.due_by = due_by
        self.identifiers = tuple(identifiers)
        super().__init__("waits for the person: nobody is known by these identifiers yet")


class Apart(BridgeError):
    """Folded events do not surely mean one known person: they must not be applied together.

    `all_` is true where each must go alone, else the first one must, before the others.
    """

    def __init__(self, message: str, *, all_: bool = False) -> None:
        self.all_ = all_
        super().__init__(message)


class Elsewhere(BridgeError):
    """The person is another contact than thought; the store knows which by now."""
