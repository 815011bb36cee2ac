"""The tables of what is known of people and companies."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from bridge.store.columns import Id, Words
from bridge.store.schema.base import count, document, identity, key, metadata, micros, partial

links = Table(
    "links",
    metadata,
    key("destination"),
    key("workspace"),
    Column("kind", Text, nullable=False),
    key("name"),
    key("value"),
    key("target_id"),
    key("source"),
    Column("event_id", Id),
    micros("created_at"),
    PrimaryKeyConstraint("destination", "workspace", "kind", "name", "value", "target_id"),
    Index("ix_links_target", "destination", "workspace", "kind", "target_id"),
    partial(
        "ux_links_single",
        ("destination", "workspace", "kind", "name", "value"),
        "name NOT IN ('email', 'phone')",
        unique=True,
    ),
)

assertions = Table(
    "assertions",
    metadata,
    identity(),
    key("destination"),
    Column("kind", Text, nullable=False),
    key("target_id"),
    key("field"),
    key("source"),
    document("value"),
    *(
        count(f"{end}_{part}")
        for end in ("first", "last")
        for part in ("time", "version", "arrival")
    ),
    Column("event_id", Id),
    Column("route", Words, nullable=False, server_default=""),
    Index("ix_assertions_target", "destination", "kind", "target_id"),
    sqlite_autoincrement=True,
)

shadow = Table(
    "shadow",
    metadata,
    key("destination"),
    Column("kind", Text, nullable=False),
    key("target_id"),
    document("fields"),
    micros("updated_at"),
    Column("complete", Boolean, nullable=False),
    Column("seen_at", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("destination", "kind", "target_id"),
    Index("ix_shadow_seen", "destination", "kind", "seen_at"),
)
"""`seen_at`: when Intercom last told of the target, by the database's clock."""

readings = Table(
    "readings",
    metadata,
    key("destination"),
    key("workspace"),
    Column("kind", Text, nullable=False),
    Column("cursor", Text, nullable=False),
    count("done"),
    count("total"),
    micros("began_at"),
    micros("read_at"),
    micros("ended_at", nullable=True),
    PrimaryKeyConstraint("destination", "workspace", "kind"),
)
"""How far all contacts, or all companies, were read; `ended_at` is set once they were."""

duplicates = Table(
    "duplicates",
    metadata,
    key("destination"),
    key("workspace"),
    Column("kind", Text, nullable=False),
    key("one_id"),
    key("other_id"),
    key("name"),
    Column("how", Text, nullable=False),
    key("source"),
    Column("event_id", Id),
    micros("found_at"),
    micros("settled_at", nullable=True),
    PrimaryKeyConstraint("destination", "workspace", "kind", "one_id", "other_id"),
    Index("ix_duplicates_other", "destination", "workspace", "kind", "other_id"),
)
"""Two targets that seem to be one (`how` shared), or became one (joined), by which identifier."""

tombstones = Table(
    "tombstones",
    metadata,
    key("destination"),
    key("digest"),
    key("person"),
    micros("erased_at"),
    PrimaryKeyConstraint("destination", "digest"),
)
"""Who was erased and when: a keyed digest of each identifier, by `destinations.erasure_key`.

`person` is a random word that the tombstones of one person share.
"""

records = Table(
    "records",
    metadata,
    key("destination"),
    key("source"),
    key("subject"),
    key("record"),
    key("key"),
    micros("time"),
    count("version"),
    Column("event_id", Id, nullable=False),
    document("row_values"),
    PrimaryKeyConstraint("destination", "source", "subject", "record", "key"),
    Index(None, "subject"),
    Index(None, "event_id"),
)
"""Rows kept of a source's subject, each as the newest event told it; null: the thing is gone.

`event_id` is that event, which may be removed meanwhile. The indexes are for erasing people.
"""

payload_names = Table(
    "payload_names",
    metadata,
    key("destination"),
    key("workspace"),
    Column("kind", Text, nullable=False),
    key("name"),
    count("number"),
    micros("created_at"),
    PrimaryKeyConstraint("destination", "workspace", "kind", "name"),
    UniqueConstraint("destination", "workspace", "kind", "number", name="uq_payload_names_number"),
)
"""Attributes created because a payload named them, numbered from 1 so that no two are the last."""
