"""Bring the database to the schema of this release, once, however many processes try."""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from bridge.store import revisions
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
    with db.write() as connection:
        if db.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        missing = revisions.missing(connection)
        if missing:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if db.dialect == "postgresql":
            connection.execute(text(_END_IDLE_TRANSACTIONS))
    return missing


def _config() -> Config:
    config = Config(stdout=io.StringIO())
    place = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", place.replace("%", "%%"))
    return config
