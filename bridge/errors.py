"""Every error the bridge raises: one root, children named for what the operator can do.

A class's docstring is its default message; an instance says what happened and where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class BridgeError(Exception):
    """Something went wrong in the bridge."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, at a place an editor can jump to (line and column from 1)."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigError(BridgeError):
    """The configuration cannot be used; every problem is listed."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The configuration has {len(problems)} problem(s):\n{lines}")


class MappingError(BridgeError):
    """A mapping file cannot be used; every problem is listed with its place."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ExpressionError(BridgeError):
    """An expression could not be evaluated on this payload."""


class BadSignature(BridgeError):
    """The request is not signed as its source signs: answered 401, nothing is stored."""


class SecretMissing(BridgeError):
    """The source's secret is not set: answered 503 until the operator sets it."""


class Unreadable(BridgeError):
    """The body cannot be read; `status` is the HTTP answer (400, 413 or 415)."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


class StoreUnavailable(BridgeError):
    """The database cannot be reached or written: senders are told to come back (503)."""


class Deaf(BridgeError):
    """Notifications of the database do not reach this process: it must look for itself."""


class LeaseLost(BridgeError):
    """Another worker took over the lane or a hold; nothing was written, it will be done there."""


class Busy(BridgeError):
    """Another lane holds this person or company right now; the lane tries again in a moment."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody at Intercom who may be meant: `kind` is user, lead, contact or company."""

    intercom_id: str
    kind: str
    why: str


class Parked(BridgeError):
    """A person must decide; the message says what and `reason` is its short name.

    `candidates` are those at Intercom between whom the decision is.
    """

    def __init__(self, reason: str, message: str, candidates: Sequence[Candidate] = ()) -> None:
        self.reason = reason
        self.candidates = tuple(candidates)
        super().__init__(message)


class Skipped(BridgeError):
    """There is nothing to do for this event; the message says why."""


class Erased(Skipped):
    """It tells of somebody who was erased: it is not applied, and what it told is removed."""


class Unknown(BridgeError):
    """Nobody is known by these identifiers yet."""


class IntercomError(BridgeError):
    """Intercom did not do what was asked.

    `status` is the HTTP status (0: no answer), `code` and `request_id` are Intercom's own.
    """

    def __init__(
        self, message: str, *, status: int = 0, code: str = "", request_id: str | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.request_id = request_id
        super().__init__(message)


class IntercomBusy(IntercomError):
    """Rate limit, fault or no answer in time: waits by itself and is tried again.

    `retry_after` is in seconds (None: not told). `resource_only` is true where Intercom throttles
    one resource rather than the app. `lost` is true where the call may have been carried out
    although its answer never came.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
        resource_only: bool = False,
        lost: bool = False,
    ) -> None:
        self.retry_after = retry_after
        self.resource_only = resource_only
        self.lost = lost
        super().__init__(message, status=status, code=code, request_id=request_id)


class IntercomRefused(IntercomError):
    """A permanent refusal (4xx): mend the mapping, payload or permission, then replay."""


class IntercomConflict(IntercomRefused):
    """409: the contact exists already; `contact_id` is what the message names (None: nothing)."""

    def __init__(
        self,
        message: str,
        *,
        contact_id: str | None,
        archived: bool,
        request_id: str | None = None,
    ) -> None:
        self.contact_id = contact_id
        self.archived = archived
        super().__init__(message, status=409, code="conflict", request_id=request_id)


class IntercomNotFound(IntercomRefused):
    """404: Intercom holds nothing of that id."""


class IntercomMerged(IntercomRefused):
    """410: the contact was merged into `into` (None: Intercom did not say into which)."""

    def __init__(self, message: str, *, into: str | None, request_id: str | None = None) -> None:
        self.into = into
        super().__init__(message, status=410, code="contact_merged", request_id=request_id)


class IntercomUnauthorized(IntercomError):
    """The token is not accepted: the destination is paused, events stay pending, none is tried."""
