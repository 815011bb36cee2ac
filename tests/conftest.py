"""Databases for the tests: each test that asks gets a fresh one of each kind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bridge.store import migrate
from bridge.store.database import Database, connect
from tests import postgres

KINDS = ("sqlite", "postgres")
FreshUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the URL of a PostgreSQL server's maintenance database, or skip saying why not."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.server())
        except (postgres.Unavailable, OSError) as error:
            reason = f"No PostgreSQL for the tests: {error}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """Give the name of a migrated, empty database to copy."""
    url = postgres.create(postgres_url)
    _migrate(url)
    yield url.split("?")[0].rpartition("/")[2]
    postgres.drop(url, postgres_url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the path of a migrated, empty database to copy."""
    path = tmp_path_factory.mktemp("template") / "bridge.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def fresh_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreshUrl]:
    """Give a function from "sqlite" or "postgres" to the URL of a new database without tables."""
    made: list[str] = []

    def fresh(kind: str) -> str:
        if kind == "sqlite":
            made.append("")
            return f"sqlite:///{tmp_path / f'fresh{len(made)}.db'}"
        made.append(postgres.create(request.getfixturevalue("postgres_url")))
        return made[-1]

    yield fresh
    for url in filter(None, made):
        postgres.drop(url, request.getfixturevalue("postgres_url"))


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, fresh_database_url: FreshUrl) -> str:
    """Give the URL of a new database without tables, once for each kind."""
    return fresh_database_url(request.param)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a migrated, empty Database, once for each kind."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        db = connect(f"sqlite:///{path}", pool_size=8)
        yield db
        db.dispose()
        return
    server = request.getfixturevalue("postgres_url")
    url = postgres.create(server, request.getfixturevalue("postgres_template"))
    db = connect(url, pool_size=8)
    yield db
    db.dispose()
    postgres.drop(url, server)


def _migrate(url: str) -> None:
    db = connect(url)
    migrate.upgrade(db)
    db.dispose()
