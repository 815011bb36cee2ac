"""Child processes of `bridge run`: started, watched, started again, and stopped together."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

log = structlog.get_logger()

_GRACE = 26.0
_TICK = 0.2
_SHORT_LIFE = 5.0


@dataclass(slots=True)
class Child:
    """One process `python -m bridge …`; `failures` counts the lives that ended at once."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0

    def start(self) -> None:
        """Start the process, in a group of its own so that Ctrl-C reaches only the parent."""
        command = [sys.executable, "-m", "bridge", *self.arguments]
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            command, env=dict(self.environment), start_new_session=True
        )

    @property
    def ended(self) -> int | None:
        """Give the exit status of the process, None while it lives."""
        return None if self.process is None else self.process.poll()


@dataclass(slots=True)
class Children:
    """The processes that live and end together."""

    every: list[Child]
    stopping: Event = field(default_factory=Event)

    def watch(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> int:
        """Start all, and again what dies, until `stopping`; 1 where one cannot live at all.

        `when_ready` is called once, when `is_ready` first says so.
        """
        told = False
        while not self.stopping.wait(_TICK):
            for child in self.every:
                if child.process is None:
                    child.start()
                elif child.ended is not None and not self._revive(child):
                    return 1
            if not told and is_ready():
                told = True
                when_ready()
        return 0

    def _revive(self, child: Child) -> bool:
        short = time.monotonic() - child.started_at < _SHORT_LIFE
        child.failures = child.failures + 1 if short else 0
        if child.failures >= 3:
            log.error("gives up: it ends as soon as it starts", process=child.name)
            return False
        log.warning("ended, is started again", process=child.name, status=child.ended)
        child.start()
        return True

    def stop(self) -> None:
        """Ask all to finish what they are at, last started first; kill what does not."""
        running = [child.process for child in reversed(self.every) if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _GRACE
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
