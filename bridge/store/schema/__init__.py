"""The tables, as the newest migration leaves them; a test holds the two together.

Times are microseconds by the database's clock. `destination` is in every table and unique key, so
that one database can serve several Intercom workspaces. JSON is text: nothing searches in it.
"""

from bridge.store.schema.base import LATER, NEVER, SHARED_NAMES, metadata
from bridge.store.schema.people import (
    assertions,
    duplicates,
    links,
    payload_names,
    readings,
    records,
    shadow,
    tombstones,
)
from bridge.store.schema.work import (
    ACTIVE,
    WAITING,
    attempts,
    dedup,
    destinations,
    events,
    holds,
    journal,
    lanes,
    limits,
    receipts,
    waits,
)

__all__ = [
    "ACTIVE",
    "LATER",
    "NEVER",
    "SHARED_NAMES",
    "WAITING",
    "assertions",
    "attempts",
    "dedup",
    "destinations",
    "duplicates",
    "events",
    "holds",
    "journal",
    "lanes",
    "limits",
    "links",
    "metadata",
    "payload_names",
    "readings",
    "receipts",
    "records",
    "shadow",
    "tombstones",
    "waits",
]
