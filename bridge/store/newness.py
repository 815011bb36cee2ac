"""Whether whoever is unknown to the store is new at Intercom, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sqlalchemy import select

from bridge.clock import SECOND
from bridge.model import TargetKind
from bridge.store import readings
from bridge.store.database import Database, now
from bridge.store.destinations import SILENCE
from bridge.store.schema import destinations

FRESH_SECONDS = 30.0


def lacking(db: Database, workspace: str, search_lag: float) -> str:
    """Say what is missing until whoever is unknown here is new at Intercom; "": nothing is.

    All contacts and companies must have been read, and Intercom's webhooks must come since
    `search_lag` seconds (how long a new contact may be missing from what is read) before that.
    """
    kinds: tuple[TargetKind, ...] = ("contact", "company")
    found = [readings.get(db, workspace, kind) for kind in kinds]
    begun = [one for one in found if one is not None and one.ended_at is not None]
    if len(begun) < len(kinds):
        return "the workspace was not read to its end: run `bridge learn`"
    mine = select(destinations.c.listening_since, destinations.c.heard_at, now().label("now"))
    with db.read() as connection:
        told = connection.execute(
            mine.where(destinations.c.destination == db.destination)
        ).one_or_none()
    if told is None or told.listening_since is None or told.heard_at is None:
        return (
            "Intercom's own webhooks never came: set up the source `intercom` "
            "(docs/operate.md), then run `bridge learn --again`"
        )
    if told.listening_since + search_lag * SECOND > min(one.began_at for one in begun):
        return (
            "Intercom's own webhooks come only since the workspace was read, or since less than "
            f"{search_lag:g} s before: run `bridge learn --again`"
        )
    if told.heard_at < told.now - SILENCE:
        hours = (told.now - told.heard_at) // (3600 * SECOND)
        return (
            f"nothing came from the source `intercom` for {hours} hours: look at its webhooks "
            "in Intercom's Developer Hub"
        )
    return ""


class UnknownIsNew:
    """Says whether whoever is unknown to the store is new at Intercom; asked anew now and then.

    May be shared between threads; `monotonic` is in seconds.
    """

    def __init__(
        self,
        db: Database,
        workspace: str,
        search_lag: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._workspace = workspace
        self._search_lag = search_lag
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._so = False

    def __call__(self) -> bool:
        """Say so; raises StoreUnavailable."""
        with self._lock:
            if self._monotonic() >= self._until:
                self._so = not lacking(self._db, self._workspace, self._search_lag)
                self._until = self._monotonic() + FRESH_SECONDS
            return self._so
