"""The tables of what arrives and how it is worked off."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from bridge.model import State
from bridge.store.columns import Document, Id, Key, Name, Words
from bridge.store.schema.base import (
    count,
    document,
    identity,
    key,
    metadata,
    micros,
    of_event,
    partial,
    words,
)

receipts = Table(
    "receipts",
    metadata,
    identity(),
    key("destination"),
    key("source"),
    micros("received_at"),
    document("headers"),
    document("query"),
    Column("body", LargeBinary, nullable=False),
    words("verdict"),
    sqlite_autoincrement=True,
)

lanes = Table(
    "lanes",
    metadata,
    identity(),
    key("destination"),
    key("source"),
    key("subject"),
    count("seq"),
    micros("ready_at"),
    count("token"),
    Column("tries", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("destination", "source", "subject"),
    Index(None, "destination", "ready_at"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    identity(),
    key("destination"),
    key("source"),
    key("key"),
    Column("type", Name, nullable=False),
    micros("time"),
    count("version"),
    key("subject"),
    Column("lane_id", Id, ForeignKey("lanes.id"), nullable=False),
    count("position"),
    Column("state", Text, nullable=False),
    words("reason"),
    document("notes"),
    Column("tries", Integer, nullable=False),
    Column("payload", LargeBinary),
    Column("receipt_id", Id, ForeignKey("receipts.id"), nullable=False, index=True),
    micros("received_at"),
    micros("updated_at"),
    micros("due_by", nullable=True),
    words("route"),
    Column("candidates", Document, nullable=False, server_default="[]"),
    partial("ix_events_due", ("lane_id", "position"), "state IN ('pending', 'working')"),
    # Without the destination, which most rows share: SQLite would take such an index for a list of
    # all, and sort it. It takes the last that fits, so what tells most comes last.
    *(Index(None, column, "id") for column in ("lane_id", "state", "source", "type", "subject")),
    Index(
        "ix_events_received_at",
        "received_at",
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    ).ddl_if(dialect="postgresql"),
    partial("ix_events_waiting", ("destination", "due_by"), "state = 'waiting'"),
    sqlite_autoincrement=True,
)


def _written(state: State) -> Any:
    # Written out, not bound: SQLite takes a partial index only where it can read the value.
    return literal_column(f"'{state.value}'", Text)


def _is(state: State) -> Any:
    return events.c.state == _written(state)


ACTIVE = events.c.state.in_([_written(state) for state in (State.PENDING, State.WORKING)])
"""The events that a lane still has to apply."""

WAITING = _is(State.WAITING)

dedup = Table(
    "dedup",
    metadata,
    key("destination"),
    key("source"),
    key("key"),
    Column("event_id", Id),
    micros("expires_at"),
    PrimaryKeyConstraint("destination", "source", "key"),
    Index(None, "expires_at"),
)

holds = Table(
    "holds",
    metadata,
    key("destination"),
    key("key"),
    key("owner"),
    micros("expires_at"),
    PrimaryKeyConstraint("destination", "key"),
    Index(None, "destination", "owner"),
)

journal = Table(
    "journal",
    metadata,
    key("destination"),
    of_event(),
    key("step"),
    document("result"),
    micros("at"),
    PrimaryKeyConstraint("destination", "event_id", "step"),
    Index(None, "event_id"),
)

attempts = Table(
    "attempts",
    metadata,
    identity(),
    key("destination"),
    of_event(),
    Column("number", Integer, nullable=False),
    micros("started_at"),
    Column("took", Integer, nullable=False),
    document("calls"),
    words("outcome"),
    words("error"),
    Column("folded_into", Id),
    Index(None, "event_id"),
    sqlite_autoincrement=True,
)

waits = Table(
    "waits",
    metadata,
    key("destination"),
    of_event(),
    key("name"),
    key("value"),
    PrimaryKeyConstraint("destination", "event_id", "name", "value"),
    Index(None, "event_id"),
    Index(None, "destination", "name", "value"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("destination", Key, primary_key=True),
    Column("paused_reason", Words),
    micros("paused_at", nullable=True),
    micros("listening_since", nullable=True),
    micros("heard_at", nullable=True),
    Column("erasure_key", Text),
)
"""`listening_since` and `heard_at`: since when Intercom's own webhooks come, and the last time."""

limits = Table(
    "limits",
    metadata,
    Column("destination", Key, primary_key=True),
    micros("next_at"),
    count("window_calls"),
    micros("shut_until"),
    micros("slow_every"),
    micros("slow_until"),
)
"""The next free time slot for a call, and what Intercom told of its limit."""
