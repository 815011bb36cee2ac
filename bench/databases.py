"""New databases with their tables, of each kind, for one measurement each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from bridge.store import migrate
from bridge.store.database import connect
from tests import postgres

KINDS = ("sqlite", "postgres")

Databases = Mapping[str, Callable[[], str]]
"""Kinds of databases, and what makes a new one of the kind with its tables, giving the URL."""


@contextmanager
def databases(kinds: Iterable[str]) -> Iterator[Databases]:
    """Give what makes new databases of the kinds; they go in the end.

    PostgreSQL is the server that BENCH_DATABASE_URL names, else one of its own that syncs to disk.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        made = count()

        def sqlite() -> str:
            return migrated(f"sqlite:///{folder}/{next(made)}.db")

        def on_postgres(server: str) -> str:
            url = postgres.create(server)
            stack.callback(postgres.drop, url, server)
            return migrated(url)

        found: dict[str, Callable[[], str]] = {}
        if "sqlite" in kinds:
            found["sqlite"] = sqlite
        if "postgres" in kinds:
            given = os.environ.get("BENCH_DATABASE_URL")
            server = given or stack.enter_context(postgres.own_server(durable=True))
            found["postgres"] = partial(on_postgres, server)
        yield found


def migrated(url: str) -> str:
    """Make the tables of an empty database; give its URL."""
    db = connect(url)
    migrate.upgrade(db)
    db.dispose()
    return url
