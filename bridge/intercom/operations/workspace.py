"""What an operation works with: the client, what is known, and the registry of attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from bridge.errors import Busy
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.model import Answer, Identifier, Json, Known, Memory, Shadow, Target, TargetKind


class NothingKnown:
    """A memory that keeps nothing: for use without a store."""

    def open(self, operation: str) -> AbstractContextManager[Known]:
        """Give a Known of nobody."""
        return _nobody()

    def hold(self, keys: Iterable[str]) -> None:
        """Hold nothing: nobody else is there."""

    def find(self, kind: TargetKind, identifier: Identifier) -> tuple[str, ...]:
        """Know nobody."""
        return ()

    def shadow(self, target: Target) -> Shadow:
        """Know nothing of anybody."""
        return Shadow(target)

    def saw(self, kind: TargetKind, answer: Mapping[str, Any], said: Mapping[str, Json]) -> None:
        """Forget it at once."""

    def link(self, identifier: Identifier, target: Target) -> bool:
        """Keep nothing, and say so."""
        return False

    def mark(self, target: Target, field: str, value: bool) -> None:
        """Forget it at once."""

    def forget(self, target: Target, into: str | None = None) -> None:
        """Have nothing to forget."""


@contextmanager
def _nobody() -> Iterator[Known]:
    yield NothingKnown()


class Workspace:
    """One Intercom workspace, as operations use it; may be shared between threads.

    With a bare Client an operation works too, but reads the registry of attributes anew each time
    it needs it. `dry_run`: operations raise NothingSent.
    """

    def __init__(
        self,
        client: Client,
        memory: Memory | None = None,
        attributes: Attributes | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        self.client = client
        self.memory: Memory = memory or NothingKnown()
        self.attributes = attributes or Attributes(client)
        self.dry_run = dry_run

    @contextmanager
    def open(self, operation: str) -> Iterator[Work]:
        """Begin an operation of that name; in the end keep what it learnt, give its holds back."""
        with self.memory.open(operation) as known:
            yield Work(self.client, known, self.attributes)


class Work:
    """One operation at work. `status` is that of Intercom's last answer (0: none yet)."""

    def __init__(self, client: Client, known: Known, attributes: Attributes) -> None:
        self._recorder = client._recorder  # whoever listens already goes on to be told
        self.client = client.recording(self._heard)
        self.known = known
        self.attributes = attributes
        self.status = 0
        self.remarks: list[str] = []

    def remark(self, text: str) -> None:
        """Take note of something the caller should know, though it is no error."""
        self.remarks.append(text)

    def hold_to_read(self, target: Target) -> None:
        """Hold what is read, so that it may be remembered; where it is busy, remember nothing."""
        try:
            self.known.hold([f"{target.kind}:{target.id}"])
        except Busy:
            self.known = NothingKnown()

    def _heard(self, answer: Answer) -> None:
        self.status = answer.status
        if self._recorder is not None:
            self._recorder(answer)
