"""Bring the database to the schema of this release, once, however many processes try."""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bridge.errors import StoreUnavailable
from bridge.store.database import Database

_LOCK = 4_843_002_716_553_829_377
"""The advisory lock under which PostgreSQL is migrated: any number that nobody else uses."""

_END_IDLE_TRANSACTIONS = """
DO $$ BEGIN
  IF current_setting('idle_in_transaction_session_timeout') = '0' THEN
    EXECUTE format(
      'ALTER ROLE CURRENT_USER IN DATABASE %I SET idle_in_transaction_session_timeout = %L',
      current_database(), '10s'
    );
  END IF;
END $$
"""
"""A host that vanishes in a transaction must not keep its locks until its connection is given up.

Set for our role in our database, because PgBouncer passes on no settings of a session. What an
operator has set stays.
"""


def upgrade(db: Database) -> list[str]:
    """Apply the migrations that are missing, in one transaction; give their revisions in order."""
    config = _config()
    with db.write() as connection:
        if db.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        missing = _missing(connection, config)
        if missing:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if db.dialect == "postgresql":
            connection.execute(text(_END_IDLE_TRANSACTIONS))
    return missing


def pending(db: Database) -> bool:
    """Say whether `upgrade` has something to do."""
    with db.read() as connection:
        return bool(_missing(connection, _config()))


def _missing(connection: Connection, config: Config) -> list[str]:
    current = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    newer = sorted(set(current) - known)
    if newer:
        raise StoreUnavailable(
            f"The tables are those of a newer release ({', '.join(newer)}): start that release, or "
            "restore the backup made before it"
        )
    revisions = script.iterate_revisions("heads", current or "base")
    return [revision.revision for revision in revisions][::-1]


def _config() -> Config:
    config = Config(stdout=io.StringIO())
    place = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", place.replace("%", "%%"))
    return config
