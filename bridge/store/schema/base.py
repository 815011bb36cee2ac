"""What all tables are made of: their one MetaData, and the columns that they share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, MetaData, text

from bridge.clock import Micros
from bridge.store.columns import Document, Id, Key, Words

NEVER: Micros = 2**62
"""`lanes.ready_at` of a drained lane: it has no appointment."""

LATER: Micros = 2**61
"""`lanes.ready_at` from here on: behind all that is due. LATER and a moment: put there when."""

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


def key(name: str) -> Column[Any]:
    """Make a column that is compared and indexed."""
    return Column(name, Key, nullable=False)


def words(name: str) -> Column[Any]:
    """Make a column of text for people."""
    return Column(name, Words, nullable=False)


def micros(name: str, *, nullable: bool = False) -> Column[Any]:
    """Make a column of microseconds since 1970."""
    return Column(name, BigInteger, nullable=nullable)


def count(name: str) -> Column[Any]:
    """Make a column that counts."""
    return Column(name, BigInteger, nullable=False)


def document(name: str) -> Column[Any]:
    """Make a column of JSON."""
    return Column(name, Document, nullable=False)


def identity() -> Column[Any]:
    """Make the column `id`, counted by the database."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def of_event() -> Column[Any]:
    """Make the column that says which event a row belongs to; it goes with the event."""
    return Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False)


def partial(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    """Make a partial index, for both databases."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
