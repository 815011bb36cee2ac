"""The tables, as the newest migration leaves them; a test holds the two together.

Times are microseconds by the database's clock. `destination` is in every table and unique key, so
that one database can serve several Intercom workspaces. JSON is text: nothing searches in it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal,
    text,
)

from bridge.clock import Micros
from bridge.model import State
from bridge.store.columns import Document, Id, Key, Words

NEVER: Micros = 2**62
"""`lanes.ready_at` of a drained lane: it has no appointment."""

SHARED_NAMES = ("email", "phone")
"""Identifiers that several people may have; any other means one target."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[Any]:
    return Column(name, Key, nullable=False)


def _words(name: str) -> Column[Any]:
    return Column(name, Words, nullable=False)


def _micros(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable)


def _count(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


def _document(name: str) -> Column[Any]:
    return Column(name, Document, nullable=False)


def _id() -> Column[Any]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _event_id() -> Column[Any]:
    return Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False)


def _only(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    """Make a partial index, for both databases."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


receipts = Table(
    "receipts",
    metadata,
    _id(),
    _key("destination"),
    _key("source"),
    _micros("received_at"),
    _document("headers"),
    _document("query"),
    Column("body", LargeBinary, nullable=False),
    _words("verdict"),
    sqlite_autoincrement=True,
)

lanes = Table(
    "lanes",
    metadata,
    _id(),
    _key("destination"),
    _key("source"),
    _key("subject"),
    _count("seq"),
    _micros("ready_at"),
    _count("token"),
    Column("tries", Integer, nullable=False),
    UniqueConstraint("destination", "source", "subject"),
    Index(None, "destination", "ready_at"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    _id(),
    _key("destination"),
    _key("source"),
    _key("key"),
    _words("type"),
    _micros("time"),
    _count("version"),
    _key("subject"),
    Column("lane_id", Id, ForeignKey("lanes.id"), nullable=False),
    _count("position"),
    Column("state", Text, nullable=False),
    _words("reason"),
    _document("notes"),
    Column("tries", Integer, nullable=False),
    Column("payload", LargeBinary),
    Column("receipt_id", Id, ForeignKey("receipts.id"), nullable=False, index=True),
    _micros("received_at"),
    _micros("updated_at"),
    _micros("due_by", nullable=True),
    _words("route"),
    _only("ix_events_due", ("lane_id", "position"), "state IN ('pending', 'working')"),
    Index(None, "destination", "state", "id"),
    _only("ix_events_waiting", ("destination", "due_by"), "state = 'waiting'"),
    sqlite_autoincrement=True,
)


def _is(state: State) -> Any:
    # Written out, not bound: SQLite takes a partial index only where it can read the value.
    return events.c.state == literal(state.value, Text, literal_execute=True)


ACTIVE = events.c.state.in_(
    [literal(state.value, Text, literal_execute=True) for state in (State.PENDING, State.WORKING)]
)
"""The events that a lane still has to apply."""

WAITING = _is(State.WAITING)

dedup = Table(
    "dedup",
    metadata,
    _key("destination"),
    _key("source"),
    _key("key"),
    Column("event_id", Id),
    _micros("expires_at"),
    PrimaryKeyConstraint("destination", "source", "key"),
    Index(None, "expires_at"),
)

holds = Table(
    "holds",
    metadata,
    _key("destination"),
    _key("key"),
    _key("owner"),
    _micros("expires_at"),
    PrimaryKeyConstraint("destination", "key"),
    Index(None, "destination", "owner"),
)

links = Table(
    "links",
    metadata,
    _key("destination"),
    _key("workspace"),
    Column("kind", Text, nullable=False),
    _key("name"),
    _key("value"),
    _key("target_id"),
    _key("source"),
    Column("event_id", Id),
    _micros("created_at"),
    PrimaryKeyConstraint("destination", "workspace", "kind", "name", "value", "target_id"),
    Index("ix_links_target", "destination", "workspace", "kind", "target_id"),
    _only(
        "ux_links_single",
        ("destination", "workspace", "kind", "name", "value"),
        "name NOT IN ('email', 'phone')",
        unique=True,
    ),
)

assertions = Table(
    "assertions",
    metadata,
    _id(),
    _key("destination"),
    Column("kind", Text, nullable=False),
    _key("target_id"),
    _key("field"),
    _key("source"),
    _document("value"),
    *(
        _count(f"{end}_{part}")
        for end in ("first", "last")
        for part in ("time", "version", "arrival")
    ),
    Column("event_id", Id),
    Index("ix_assertions_target", "destination", "kind", "target_id"),
    sqlite_autoincrement=True,
)

shadow = Table(
    "shadow",
    metadata,
    _key("destination"),
    Column("kind", Text, nullable=False),
    _key("target_id"),
    _document("fields"),
    _micros("updated_at"),
    Column("complete", Boolean, nullable=False),
    PrimaryKeyConstraint("destination", "kind", "target_id"),
)

journal = Table(
    "journal",
    metadata,
    _key("destination"),
    _event_id(),
    _key("step"),
    _document("result"),
    _micros("at"),
    PrimaryKeyConstraint("destination", "event_id", "step"),
)

attempts = Table(
    "attempts",
    metadata,
    _id(),
    _key("destination"),
    _event_id(),
    Column("number", Integer, nullable=False),
    _micros("started_at"),
    Column("took", Integer, nullable=False),
    _document("calls"),
    _words("outcome"),
    _words("error"),
    Index(None, "event_id"),
    sqlite_autoincrement=True,
)

waits = Table(
    "waits",
    metadata,
    _key("destination"),
    _event_id(),
    _key("name"),
    _key("value"),
    PrimaryKeyConstraint("destination", "event_id", "name", "value"),
    Index(None, "destination", "name", "value"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("destination", Key, primary_key=True),
    Column("paused_reason", Words),
    _micros("paused_at", nullable=True),
)
