"""The sandbox's file: a developer's people survive a restart."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from bridge.intercom.sandbox.model import (
    Company,
    Contact,
    DataAttribute,
    DataEvent,
    Note,
    SubscriptionType,
    Tag,
)
from bridge.intercom.sandbox.state import Sandbox

DELAY = 0.2
"""Seconds by which writes are gathered."""


KEPT = ("contacts", "companies", "tags", "attributes", "notes", "subscriptions", "events")


def dump(state: Sandbox) -> dict[str, Any]:
    """Give all that a sandbox holds as one JSON object."""
    with state.lock:
        held = {name: [asdict(each) for each in getattr(state, name).values()] for name in KEPT}
        return {"serial": state.serial, **held}


def load(state: Sandbox, held: dict[str, Any]) -> None:
    """Hold what `dump` gave in the place of everything held now."""
    with state.lock:
        state.reset()
        state.serial = held["serial"]
        for each in held["contacts"]:
            contact = Contact(**each)
            state.put(replace(contact, companies=tuple(contact.companies)))
        for each in held["companies"]:
            company = Company(**each)
            state.put_company(replace(company, tags=tuple(company.tags)))
        state.tags = {each["id"]: Tag(**each) for each in held["tags"]}
        rows = (DataAttribute(**each) for each in held["attributes"])
        state.attributes = {row.id: replace(row, options=tuple(row.options)) for row in rows}
        for each in held.get("notes", ()):
            state.put_note(Note(**each))
        for each in held.get("subscriptions", ()):
            state.subscriptions[each["id"]] = SubscriptionType(**each)
        for each in held["events"]:
            state.record(DataEvent(**each))
        state.changed()


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
            load(self._state, json.loads(self._path.read_text(encoding="utf-8")))
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
        text = json.dumps(dump(self._state), ensure_ascii=False, indent=1)
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._path)
