"""Bridges for the acceptance tests: a fresh one per test, or one shared by a module."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.acceptance.product import Bridge
from tests.conftest import KINDS

MakeBridge = Callable[..., Bridge]


@contextmanager
def database_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Give the URL of a migrated, empty database."""
    if kind == "sqlite":
        path = folder / "bridge.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_url")
    url = postgres.create(server, request.getfixturevalue("postgres_template"))
    try:
        yield url
    finally:
        postgres.drop(url, server)


def _maker(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> MakeBridge:
    made: list[Bridge] = []

    def make(kind: str, **options: Any) -> Bridge:
        own = folder / f"{kind}{len(made)}"
        own.mkdir()
        url = options.pop("database_url", None)
        url = url or stack.enter_context(database_of(kind, request, own))
        bridge = Bridge(own, url, **options)
        stack.callback(bridge.end)
        made.append(bridge)
        return bridge

    return make


@pytest.fixture
def make_bridge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeBridge]:
    """Give a function that makes a bridge over a new database of a kind; nothing runs yet."""
    with ExitStack() as stack:
        yield _maker(request, tmp_path, stack)


@pytest.fixture(scope="module")
def make_shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeBridge]:
    """Give a function that makes a bridge for all tests of a module."""
    with ExitStack() as stack:
        yield _maker(request, tmp_path_factory.mktemp("shared"), stack)


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest, make_shared: MakeBridge) -> Bridge:
    """Give a running bridge that a module's tests share: each test brings people of its own."""
    bridge = make_shared(request.param)
    bridge.start_web()
    bridge.start_worker()
    return bridge


@pytest.fixture(params=KINDS)
def bridge(request: pytest.FixtureRequest, make_bridge: MakeBridge) -> Bridge:
    """Give a running bridge of one's own."""
    bridge = make_bridge(request.param)
    bridge.start_web()
    bridge.start_worker()
    return bridge
