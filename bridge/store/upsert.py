"""INSERT … ON CONFLICT, which both databases spell alike and SQLAlchemy keeps in each dialect."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(dialect: str, table: Table) -> postgresql.Insert:
    """Begin an INSERT into the table with `.on_conflict_do_update` and `.excluded`."""
    if dialect == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)
