"""The sandbox's file: a developer's people survive a restart."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from bridge.errors import BridgeError
from bridge.intercom.sandbox.state import Sandbox

DELAY = 0.2
"""Seconds by which writes are gathered."""


class SandboxFile(BridgeError):
    """The sandbox's file cannot be used."""


class Keeper:
    """Writes a sandbox to a file a moment after each change, and at the end.

    What the file holds is loaded first; raises SandboxFile where it cannot be read.
    """

    def __init__(self, state: Sandbox, path: Path) -> None:
        self._state = state
        self._path = path
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._load()
        state.on_change = self._soon

    def close(self) -> None:
        """Write what is held now, and no more."""
        self._state.on_change = lambda: None
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
        self._write()

    def _load(self) -> None:
        if not self._path.exists():
            return
        try:
            self._state.load(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            told = f"{self._path} does not hold a sandbox ({error}): move it away or mend it."
            raise SandboxFile(told) from error

    def _soon(self) -> None:
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(DELAY, self._due)
                self._timer.daemon = True
                self._timer.start()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
        self._write()

    def _write(self) -> None:
        """Write beside the file and move it there: a reader sees the old or the new, whole."""
        text = json.dumps(self._state.dump(), ensure_ascii=False, indent=1)
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._path)
