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
_TICK = 0.1
_SHORT_LIFE = 5.0
_MOST_SHORT_LIVES = 3


@dataclass(slots=True)
class Child:
    """One process `python -m bridge …`; those after it are started once `answers` says so.

    `failures` counts the lives in a row that ended as soon as they began.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    answers: Callable[[], bool] = lambda: True
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    is_ready: bool = False
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
        """Give the exit status of the process, None while it lives or was never started."""
        return None if self.process is None else self.process.poll()


@dataclass(slots=True)
class Children:
    """The processes that live and end together.

    Setting `stopping` ends them after what they are at, `hurrying` at once.
    """

    every: Sequence[Child]
    stopping: Event = field(default_factory=Event)
    hurrying: Event = field(default_factory=Event)

    def interrupt(self, *_: object) -> None:
        """End them; at once where it is asked for again."""
        (self.hurrying if self.stopping.is_set() else self.stopping).set()

    def watch(self, when_ready: Callable[[], None]) -> int:
        """Start all, one after another, and again what dies, until `stopping`.

        `when_ready` is called once, when all are there. Gives 1 where one cannot live at all.
        """
        told = False
        while not self.stopping.wait(_TICK):
            for child in self.every:
                if child.ended is not None and not self._revive(child):
                    return 1
            if not told and self._start_next():
                told = True
                when_ready()
        return 0

    def _start_next(self) -> bool:
        """Start the first that has not been; say whether all are ready."""
        for child in self.every:
            if child.process is None:
                child.start()
            child.is_ready = child.is_ready or (child.ended is None and child.answers())
            if not child.is_ready:
                return False
        return True

    def _revive(self, child: Child) -> bool:
        short = time.monotonic() - child.started_at < _SHORT_LIFE
        child.failures = child.failures + 1 if short else 0
        if child.failures >= _MOST_SHORT_LIVES:
            log.error("gives up: it ends as soon as it starts", process=child.name)
            return False
        log.warning("ended, is started again", process=child.name, status=child.ended)
        child.start()
        return True

    def stop(self) -> None:
        """Ask all to finish what they are at, and to end; kill what does not."""
        running = [child.process for child in self.every if child.ended is None and child.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _GRACE
        while any(process.poll() is None for process in running):
            if time.monotonic() > deadline or self.hurrying.wait(_TICK / 2):
                break
        for process in running:
            process.kill()
            process.wait()
