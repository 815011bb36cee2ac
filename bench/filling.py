"""A database as months of use leave it, written in bulk: the store's own way would take hours.

The same SQL on both databases. Rows point at each other as real ones do, and nothing is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.store.database import Database
from bridge.store.schema import NEVER

DAY = 86_400 * 1_000_000
PER_LANE = 5
SOURCE = "stripe"


@dataclass(frozen=True, slots=True)
class Past:
    """So many receipts, one event each, spread evenly over so many days before now.

    Of a thousand events 36 are undecided (most of them waiting), a hundred were skipped; the rest
    is done. Each was tried once. `body` is what each receipt holds.
    """

    events: int
    days: int = 60
    body: bytes = b"{}"


def fill(db: Database, past: Past) -> None:
    """Write the past into an empty database, and let the database learn its own statistics."""
    lanes = max(past.events // PER_LANE, 1)
    with db.read() as connection:
        now = connection.exec_driver_sql(_NOW[db.dialect]).scalar_one()
    step = past.days * DAY // past.events
    known = {"begin": now - past.days * DAY, "step": step, "now": now, "lanes": lanes}
    for table, statement in _PAST.items():
        count = lanes if table in ("lanes", "links", "shadow") else past.events
        _run(db, statement, {**known, "last": count - 1, "body": past.body, "source": SOURCE})
    analyze(db)


def add_backlog(db: Database, count: int, source: str = "waiting") -> None:
    """Add lanes that are due, each with an event to be applied."""
    with db.read() as connection:
        now = connection.exec_driver_sql(_NOW[db.dialect]).scalar_one()
    for statement in _BACKLOG:
        _run(db, statement, {"last": count - 1, "source": source, "now": now, "body": b"{}"})
    analyze(db)


def analyze(db: Database) -> None:
    """Let the database count what it has; nothing else may be writing."""
    options = {"isolation_level": "AUTOCOMMIT"} if db.dialect == "postgresql" else {}
    with db.engine.connect().execution_options(**options) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if options else "ANALYZE")
        connection.commit()


def _run(db: Database, statement: str, values: dict[str, Any]) -> None:
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with db.write() as connection:
        connection.execute(text(statement), {"never": NEVER, **used})


_NOW = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000",
    "postgresql": "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}

# `:never >= 0` so that each statement has that value; i is CAST because PostgreSQL must know.
_N = """WITH RECURSIVE n(i) AS (
  SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :last AND :never > 0)"""

_STATE = """CASE WHEN i % 1000 < 3 THEN 'failed' WHEN i % 1000 < 6 THEN 'parked'
  WHEN i % 1000 < 36 THEN 'waiting' WHEN i % 1000 < 136 THEN 'skipped' ELSE 'done' END"""

_PAST = {
    "receipts": f"""INSERT INTO receipts
        (destination, source, received_at, headers, query, body, verdict)
        {_N} SELECT 'default', :source, :begin + i * :step, '[["content-type", "text/json"]]',
        '{{}}', :body, 'verified' FROM n""",
    "lanes": f"""INSERT INTO lanes (destination, source, subject, seq, ready_at, token, tries)
        {_N} SELECT 'default', :source, 'cus_' || i, {PER_LANE}, :never, 1, 0 FROM n""",
    "events": f"""INSERT INTO events
        (destination, source, key, type, time, version, subject, lane_id, position, state, reason,
         notes, tries, receipt_id, received_at, updated_at, due_by, route)
        {_N} SELECT 'default', CASE WHEN i % 997 = 5 THEN 'signup' ELSE :source END,
        'evt_' || i, CASE WHEN i % 911 = 5 THEN 'rare' ELSE 'customer.updated' END,
        :begin + i * :step, 0, 'cus_' || (i % :lanes), 1 + i % :lanes, 1 + i / :lanes,
        {_STATE}, '', '[]', 1, 1 + i, :begin + i * :step, :begin + i * :step,
        CASE WHEN i % 1000 BETWEEN 6 AND 35 THEN :now + i * 1000000 END, 'customer.*'
        FROM n""",
    "dedup": f"""INSERT INTO dedup (destination, source, key, event_id, expires_at)
        {_N} SELECT 'default', :source, 'evt_' || i, 1 + i, :now + (i + 9) * :step FROM n""",
    "attempts": f"""INSERT INTO attempts
        (destination, event_id, number, started_at, took, calls, outcome, error)
        {_N} SELECT 'default', 1 + i, 1, :begin + i * :step, 80,
        '[{{"name": "update_contact", "method": "PUT", "path": "/contacts", "status": 200}}]',
        'done', '' FROM n""",
    "journal": f"""INSERT INTO journal (destination, event_id, step, result, at)
        {_N} SELECT 'default', 1 + i, 'told ' || i, '1', :now FROM n WHERE i % 10 = 1""",
    "waits": f"""INSERT INTO waits (destination, event_id, name, value)
        {_N} SELECT 'default', 1 + i, 'stripe_customer', 'cus_' || (i % :lanes)
        FROM n WHERE i % 1000 BETWEEN 6 AND 35""",
    "links": f"""INSERT INTO links
        (destination, workspace, kind, name, value, target_id, source, event_id, created_at)
        {_N} SELECT 'default', 'w', 'contact', j.name, j.name || i, 'c' || i, :source, 1 + i, 1
        FROM n CROSS JOIN (SELECT 'stripe_customer' AS name UNION ALL SELECT 'email') j""",
    "assertions": f"""INSERT INTO assertions
        (destination, kind, target_id, field, source, value, first_time, first_version,
         first_arrival, last_time, last_version, last_arrival, event_id)
        {_N} SELECT 'default', 'contact', 'c' || (i % :lanes), 'field' || (i / :lanes), :source,
        '1', i, 0, 1 + i, i, 0, 1 + i, 1 + i FROM n""",
    "shadow": f"""INSERT INTO shadow
        (destination, kind, target_id, fields, updated_at, complete, seen_at)
        {_N} SELECT 'default', 'contact', 'c' || i, '{{}}', 1, true, 1 + i FROM n""",
}

_BACKLOG = (
    f"""INSERT INTO lanes (destination, source, subject, seq, ready_at, token, tries)
        {_N} SELECT 'default', :source, 'cus_' || i, 1, :now - 1 - :last + i, 0, 0 FROM n""",
    f"""INSERT INTO receipts (destination, source, received_at, headers, query, body, verdict)
        {_N} SELECT 'default', :source, :now, '[]', '{{}}', :body, '' FROM n""",
    f"""INSERT INTO events
        (destination, source, key, type, time, version, subject, lane_id, position, state, reason,
         notes, tries, receipt_id, received_at, updated_at, route)
        {_N} SELECT 'default', :source, 'e' || i, 't', :now, 0, 'cus_' || i, l.first + i, 1,
        'pending', '', '[]', 0, r.first + i, :now, :now, ''
        FROM n CROSS JOIN (SELECT min(id) AS first FROM lanes WHERE source = :source) l
        CROSS JOIN (SELECT min(id) AS first FROM receipts WHERE source = :source) r""",
)
