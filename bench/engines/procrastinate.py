"""procrastinate: each event a job, whose `lock` is its subject.

Its own SQL functions are called without its Python client, which would only add time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from procrastinate.schema import SchemaManager
from procrastinate.sql import queries

from bench.engines.engine import Fact, Refused, Taken
from bench.engines.webhooks import WEBHOOKS, plain, write_webhooks

_DEFER = """SELECT procrastinate_defer_jobs_v1(array_agg(
    ('bench', 'apply', 0, subject, CASE WHEN %s THEN key END, jsonb_build_object('key', key), NULL)
    ::procrastinate_job_to_defer_v1 ORDER BY place))
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS one(key, subject, place)"""


def install(url: str) -> None:
    """Make its tables and functions."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(SchemaManager.get_schema())
        connection.execute(WEBHOOKS)


class Procrastinate:
    """A worker of procrastinate.

    `unique`: each job gets its key as `queueing_lock`, which lets no second one of it wait.
    """

    def __init__(self, url: str, *, unique: bool = False) -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)
        self._unique = unique
        [self._worker] = self._one("SELECT procrastinate_register_worker_v1()")

    @contextmanager
    def keeping(self, facts: Sequence[Fact]) -> Iterator[None]:
        """Keep the webhooks, then defer their jobs, in one transaction."""
        keys, subjects = [one.key for one in facts], [one.subject for one in facts]
        try:
            with self._connection.transaction():
                write_webhooks(self._connection, facts)
                self._connection.execute(_DEFER, (self._unique, keys, subjects))
                yield
        except psycopg.errors.UniqueViolation as error:
            raise Refused("one of the keys waits already") from error

    def take(self, subjects: int, lease: float) -> list[Taken]:
        """Fetch a job: it gives one at a time, without a lease."""
        names = {"queues": ["bench"], "worker_id": self._worker}
        try:
            row = self._connection.execute(queries["fetch_job"], names).fetchone()
        except psycopg.errors.UniqueViolation:
            return []  # another just took one of that lock
        if row is None or row[0] is None:
            return []
        return [Taken(row[4], (row[6]["key"],), (row[0],), row[0])]

    def end(self, taken: Taken) -> bool:
        """Finish the job, and keep it as our events are kept."""
        names = {"job_id": taken.ticket, "status": "succeeded", "delete_job": False}
        try:
            self._connection.execute(queries["finish_job"], names)
        except psycopg.errors.RaiseException:
            return False
        return True

    def again(self, taken: Taken, seconds: float) -> None:
        """Have the job tried again."""
        self._retry(taken.ticket, seconds)

    def _retry(self, job_id: int, seconds: float) -> None:
        later = "now() + make_interval(secs => %s)"
        call = f"SELECT procrastinate_retry_job_v2(%s, {later}, NULL, NULL, NULL)"
        self._connection.execute(call, (job_id, seconds))

    def mend(self, seconds: float) -> None:
        """Retry the jobs of workers without a heartbeat: the operator's task, not the engine's."""
        self._connection.execute("SELECT procrastinate_update_heartbeat_v1(%s)", (self._worker,))
        names = {"queue": None, "task_name": None, "seconds_since_heartbeat": seconds}
        stalled = self._connection.execute(queries["select_stalled_jobs_by_heartbeat"], names)
        for row in stalled.fetchall():
            self._retry(row[0], 0)

    def analyze(self) -> None:
        """Let the database count what it has."""
        self._connection.execute("VACUUM ANALYZE")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _one(self, statement: str) -> tuple[int, ...]:
        row = self._connection.execute(statement.encode()).fetchone()
        assert row is not None
        return tuple(row)
