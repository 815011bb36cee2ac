"""What an operation raises beside the errors of Intercom's calls."""

from __future__ import annotations

from typing import Any

from bridge.errors import BridgeError, IntercomNotFound, IntercomRefused


class NothingSent(BridgeError):
    """The operation was not begun: StatusCode -1."""


class BadParameter(NothingSent):
    """A parameter is missing or wrong; the message names it and what is allowed."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter} {problem}")


class OtherRole(IntercomNotFound):
    """Intercom holds the contact, but as a user where a lead was meant, or the reverse."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=404)


class Ambiguous(IntercomRefused):
    """Several contacts fit, or one that somebody else is: nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=409)


class Incomplete(BridgeError):
    """Part of the operation was done: `result` is what came of it, `status` of what failed."""

    def __init__(self, message: str, *, result: Any, status: int) -> None:
        self.result = result
        self.status = status
        super().__init__(message)
