"""What the mapping makes of the due events of a lane, one after another.

An event sees the rows that those before it told of the subject, also where they are not stored yet:
the lane is ours, so nobody else adds any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from bridge.errors import StoreUnavailable
from bridge.mapping.records import NOTHING, Records
from bridge.model import Mapped, StoredEvent
from bridge.store import rows
from bridge.store.database import Database
from bridge.worker.payload import Maps, payload, whole
from bridge.worker.task import Task


class Understands(Protocol):
    """What is needed of a destination to understand events."""

    @property
    def db(self) -> Database:
        """Give the store."""

    @property
    def mapping_of(self) -> Callable[[str], Maps]:
        """Give what finds the mapping of a source."""

    @property
    def applies_tests(self) -> bool:
        """Say whether test events are applied."""


def understood(events: Sequence[StoredEvent], to: Understands) -> list[Task]:
    """Give the events of one subject with what their mapping makes of each, or why it makes none.

    Raises StoreUnavailable where its rows cannot be read.
    """
    known: Records | None = None
    tasks = []
    for event in events:
        try:
            mapping = to.mapping_of(event.source)
            if known is None:
                known = _known(mapping, event, to.db)
            mapped = mapping.map(
                payload(event),
                event,
                apply_tests=to.applies_tests,
                whole=partial(whole, event),
                records=known,
            )
            known = known.told(mapped.rows)
            tasks.append(Task(event, mapped))
        except StoreUnavailable:
            raise
        except Exception as error:
            tasks.append(Task(event, Mapped(), error))
    return tasks


def _known(mapping: Maps, event: StoredEvent, db: Database) -> Records:
    if not mapping.record_names:
        return NOTHING
    return Records.of(rows.of_subject(db, event.source, event.subject))
