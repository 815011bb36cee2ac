"""Bridges for the acceptance tests: a fresh one per test, or one shared by a module."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.acceptance.product import Bridge
from tests.acceptance.story import MAPPING, Fact
from tests.acceptance.tally import Tally, tally
from tests.conftest import KINDS

MakeBridge = Callable[..., Bridge]
Tell = Callable[[str, Bridge, list[Fact], Mapping[str, int]], Tally]

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "2"))
"""How often something goes wrong in each test that tortures."""

_TALLIES = pytest.StashKey[list[tuple[str, str, Tally]]]()


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


# --- torture --------------------------------------------------------------------------------------


@pytest.fixture
def shop_mappings(tmp_path: Path) -> Path:
    """Give a folder with the mapping of a shop."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "shop.yaml").write_text(MAPPING)
    return folder


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, make_bridge: MakeBridge, shop_mappings: Path) -> Bridge:
    """Give a shop's bridge with short leases: a killed worker's lanes come back soon."""
    settings = {"BRIDGE_LEASE_SECONDS": "3", "WEB_CONCURRENCY": "2"}
    return make_bridge(request.param, mappings=shop_mappings, settings=settings)


@pytest.fixture
def dice() -> random.Random:
    """Give randomness whose seed a failure shows (the test's output), and TORTURE_SEED sets."""
    seed = int(os.environ.get("TORTURE_SEED", random.randrange(10**6)))
    print(f"TORTURE_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Give a function that waits for a story's end and counts: all must be applied, once, in order.

    What it counts goes into the table that stands at the end of the run.
    """

    def told(
        trouble: str, shop: Bridge, facts: list[Fact], acknowledged: Mapping[str, int]
    ) -> Tally:
        assert len(acknowledged) == len({fact["id"] for fact in facts})
        shop.settle(60 + len(facts) / 10)
        counted = tally(shop, facts, acknowledged)
        rows = request.config.stash.setdefault(_TALLIES, [])
        rows.append((trouble, shop.db.dialect, counted))
        unwell = {f"{row.state}: {row.reason}" for row in shop.listed() if row.state != "done"}
        assert counted.is_flawless, (counted, unwell)
        return counted

    return told


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the stories ended with."""
    rows = config.stash.get(_TALLIES, [])
    if not rows:
        return
    names = [each.name.replace("_", " ") for each in fields(Tally)]
    table = [["trouble", "database", *names]]
    table += [[trouble, kind, *map(str, astuple(counted))] for trouble, kind, counted in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    terminalreporter.section("torture")
    for row in table:
        cells = zip(row, widths, strict=True)
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
