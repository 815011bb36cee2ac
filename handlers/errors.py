"""What handlers tell one another, and the worker, by raising it."""

from __future__ import annotations

from bridge.clock import Micros
from bridge.errors import BridgeError, Unknown


class Awaited(Unknown):
    """The event waits until `due_by` for somebody to be known by one of its identifiers."""

    def __init__(self, due_by: Micros) -> None:
        self.due_by = due_by
        super().__init__("waits for the person: nobody is known by these identifiers yet")


class Elsewhere(BridgeError):
    """The person is another contact than thought; the store knows which by now."""
