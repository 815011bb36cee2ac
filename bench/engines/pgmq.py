"""PGMQ with FIFO groups: each event a message, whose group is its subject.

Its SQL functions are installed from the Python package `pgmq`, which brings them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from math import ceil

import psycopg
from pgmq.install import get_embedded_install_sql

from bench.engines.engine import TOO_LONG, Fact, Taken, TooLong
from bench.engines.webhooks import WEBHOOKS, plain, write_webhooks

_PER_SUBJECT = 5
_SEND = """SELECT pgmq.send_batch('bench', array_agg(jsonb_build_object('key', key) ORDER BY place),
    array_agg(jsonb_build_object('x-pgmq-group', subject) ORDER BY place))
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS one(key, subject, place)"""
_COLUMNS = "SELECT msg_id, message, headers"
_READ = f"{_COLUMNS} FROM pgmq.read_grouped('bench', %s, %s) ORDER BY msg_id"
_READ_HEADS = f"{_COLUMNS} FROM pgmq.read_grouped_head('bench', %s, %s) ORDER BY msg_id"


def install(url: str) -> None:
    """Make its tables and functions, a queue, and the index that it has for groups."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(get_embedded_install_sql())
        connection.execute("SELECT pgmq.create('bench'); SELECT pgmq.create_fifo_index('bench')")
        connection.execute(WEBHOOKS)


class Pgmq:
    """A reader of PGMQ.

    `heads`: it reads only the first message of each group, which costs PGMQ less.
    """

    def __init__(self, url: str, *, heads: bool = False) -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)
        self._connection.execute(f"SET statement_timeout = {round(TOO_LONG * 1000)}")
        self._heads = heads

    @contextmanager
    def keeping(self, facts: Sequence[Fact]) -> Iterator[None]:
        """Keep the webhooks, then send their messages, in one transaction."""
        keys, subjects = [one.key for one in facts], [one.subject for one in facts]
        with self._connection.transaction():
            write_webhooks(self._connection, facts)
            self._connection.execute(_SEND, (keys, subjects))
            yield

    def take(self, subjects: int, lease: float) -> list[Taken]:
        """Read messages: as many as so many subjects may have."""
        read = _READ_HEADS if self._heads else _READ
        count = subjects if self._heads else subjects * _PER_SUBJECT
        try:
            rows = self._connection.execute(read, (ceil(lease), count)).fetchall()
        except psycopg.errors.QueryCanceled as error:
            raise TooLong from error
        groups = groupby(sorted(rows, key=_group), key=_group)
        return [_taken(subject, list(some)) for subject, some in groups]

    def end(self, taken: Taken) -> bool:
        """Archive the messages, so that they are kept as our events are."""
        done = "SELECT count(*) FROM pgmq.archive('bench', %s::bigint[])"
        row = self._connection.execute(done, (taken.ticket,)).fetchone()
        return row is not None and row[0] == len(taken.keys)

    def again(self, taken: Taken, seconds: float) -> None:
        """Make the messages visible later."""
        again = "SELECT count(*) FROM pgmq.set_vt('bench', %s::bigint[], %s::integer)"
        self._connection.execute(again, (taken.ticket, ceil(seconds)))

    def mend(self, seconds: float) -> None:
        """Do nothing: what was read becomes visible by itself."""

    def analyze(self) -> None:
        """Let the database count what it has."""
        self._connection.execute("VACUUM ANALYZE")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _group(row: tuple[int, dict[str, str], dict[str, str]]) -> str:
    return row[2]["x-pgmq-group"]


def _taken(subject: str, rows: Sequence[tuple[int, dict[str, str], dict[str, str]]]) -> Taken:
    ids = tuple(row[0] for row in rows)
    return Taken(subject, tuple(row[1]["key"] for row in rows), ids, list(ids))
