"""The migrations lead to the schema that the queries are written for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bridge.errors import StoreUnavailable
from bridge.store import destinations, migrate, revisions
from bridge.store.database import Database, connect
from bridge.store.schema import metadata

# A column that was added later reads otherwise in the text of CREATE TABLE: look at what it means.
SQLITE = (
    """SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk, m.sql LIKE '%AUTOINCREMENT%'
       FROM sqlite_master m JOIN pragma_table_info(m.name) p
       WHERE m.type = 'table' AND m.name <> 'alembic_version' ORDER BY 1, 2""",
    """SELECT m.name, f."table", f."from", f."to", f.on_delete
       FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f ORDER BY 1, 2, 3""",
    """SELECT m.name, i."unique", i.origin, group_concat(c.name),
              (SELECT x.sql FROM sqlite_master x WHERE x.name = i.name)
       FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
       WHERE m.type = 'table' AND m.name <> 'alembic_version' GROUP BY m.name, i.name
       ORDER BY 1, 4, 5""",
)
POSTGRES = (
    """SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
       FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2""",
    """SELECT indexname, indexdef FROM pg_indexes
       WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1""",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE conrelid::regclass::text <> 'alembic_version' AND connamespace = 'public'::regnamespace
       ORDER BY 1""",
)


def described(db: Database) -> list[tuple[object, ...]]:
    with db.read() as connection:
        queries = SQLITE if db.dialect == "sqlite" else POSTGRES
        rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
    return [tuple(" ".join(str(part).split()).replace(" )", ")") for part in row) for row in rows]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_migrations_make_the_schema_that_the_queries_use(kind, fresh_database_url):
    """Columns, types, collations, keys and partial indexes are the same, one for one."""
    migrated, declared = (connect(fresh_database_url(kind)) for _ in range(2))
    migrate.upgrade(migrated)
    with declared.write() as connection:
        metadata.create_all(connection)
    left, right = described(migrated), described(declared)
    migrated.dispose()
    declared.dispose()
    assert len(left) > 30
    assert left == right


def test_upgrade_tells_what_it_applied_and_nothing_the_second_time(database_url, capfd):
    """An operator sees which steps ran; a second run is quiet and harmless."""
    db = connect(database_url)
    assert revisions.pending(db)
    assert migrate.upgrade(db) == ["0001", "0002", "0003", "0004", "0005", "0006"]
    assert not revisions.pending(db)
    assert migrate.upgrade(db) == []
    assert capfd.readouterr().out == ""
    db.dispose()


def test_two_processes_that_migrate_at_once_do_it_once(database_url):
    """The second waits for the first and finds nothing to do."""
    databases = [connect(database_url) for _ in range(2)]
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda db=db: applied.append(migrate.upgrade(db)))
        for db in databases
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for db in databases:
        db.dispose()
    assert sorted(applied) == [[], ["0001", "0002", "0003", "0004", "0005", "0006"]]


def test_a_database_without_tables_says_what_to_run(database_url):
    """The message names the command, not the statement that failed."""
    db = connect(database_url)
    with pytest.raises(StoreUnavailable, match="bridge migrate"):
        destinations.paused(db)
    db.dispose()


def test_what_is_known_without_alembic_is_what_alembic_knows():
    """Each file is found, and its name begins with its revision."""
    folder = Path(revisions.__file__).with_name("migrations")
    script = ScriptDirectory(str(folder))
    assert [one.revision for one in script.walk_revisions()][::-1] == revisions.KNOWN


def test_tables_of_a_newer_release_are_told_in_words(database_url):
    """An older program must not work on them, nor die of a library's error."""
    db = connect(database_url)
    migrate.upgrade(db)
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (revisions.pending, migrate.upgrade):
        with pytest.raises(StoreUnavailable, match=r"newer release \(9999\)"):
            act(db)
    db.dispose()


@pytest.mark.parametrize(("own", "expected"), [("0", "10s"), ("1min", "1min")])
def test_a_transaction_that_is_left_alone_is_ended_in_time(own, expected, fresh_database_url):
    """A host that vanished keeps its locks for ten seconds, or as long as the operator has set."""
    db = connect(fresh_database_url("postgres"))
    with db.write() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        setting = f"idle_in_transaction_session_timeout = '{own}'"
        connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
    db.dispose()
    migrate.upgrade(db)
    db.dispose()
    with db.read() as connection:
        found = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    db.dispose()
    assert found == expected
