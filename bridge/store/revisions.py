"""Which migrations a database lacks; asked often, and without Alembic, which few processes need."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from bridge.errors import StoreUnavailable
from bridge.store.database import Database

_FILES = Path(__file__).parent / "migrations" / "versions"
KNOWN = sorted(path.name.partition("_")[0] for path in _FILES.glob("[0-9]*_*.py"))
"""The revisions of this release, in order; each file's name begins with its own."""

_APPLIED = table("alembic_version", column("version_num"))


def pending(db: Database) -> bool:
    """Say whether `migrate.upgrade` has something to do; raise StoreUnavailable."""
    with db.read() as connection:
        return bool(missing(connection))


def missing(connection: Connection) -> list[str]:
    """Give the revisions that are still to be applied, in order.

    Raises StoreUnavailable where the tables are those of a newer release.
    """
    current: set[str] = set()
    if inspect(connection).has_table(_APPLIED.name):
        current = set(connection.scalars(select(_APPLIED.c.version_num)))
    newer = sorted(current - set(KNOWN))
    if newer:
        raise StoreUnavailable(
            f"The tables are those of a newer release ({', '.join(newer)}): start that release, or "
            "restore the backup made before it"
        )
    return [one for one in KNOWN if one > max(current, default="")]
