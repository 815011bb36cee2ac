"""The subscription types of a workspace by name or id, read now and then."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bridge.intercom import calls
from bridge.intercom.client import Client

FRESH_SECONDS = 600.0
"""Age at which the types are read again."""
UNKNOWN_SECONDS = 10.0
"""Age at which they are read again for a name that is not among them: somebody may have made it."""


class SubscriptionTypes:
    """What a contact can opt in to and out of; shared between threads. `monotonic`: in seconds."""

    def __init__(self, client: Client, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: list[dict[str, Any]] = []
        self._read_at = -math.inf

    def find(self, name: str) -> dict[str, Any] | None:
        """Give the type of that id, or of that name in any language; case does not matter.

        Raises what `Client.send` raises.
        """
        with self._lock:
            self._read_if_older(FRESH_SECONDS)
            found = self._of(name)
            if found is None:
                self._read_if_older(UNKNOWN_SECONDS)
                found = self._of(name)
            return found

    def _read_if_older(self, seconds: float) -> None:
        now = self._monotonic()
        if now - self._read_at > seconds:
            self._known = calls.list_subscription_types(self._client)
            self._read_at = now

    def _of(self, name: str) -> dict[str, Any] | None:
        wanted = name.casefold()
        by_id = (one for one in self._known if str(one.get("id")) == name)
        by_name = (one for one in self._known if wanted in _names(one))
        return next(by_id, None) or next(by_name, None)


def _names(kind: Mapping[str, Any]) -> Iterator[str]:
    for one in (kind.get("default_translation"), *(kind.get("translations") or ())):
        if isinstance(one, Mapping):
            yield str(one.get("name") or "").casefold()
