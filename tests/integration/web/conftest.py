"""A receiver on a real database, with two sources of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge import config
from bridge.app import sources
from bridge.app.sending import signed
from bridge.app.web import build_web
from bridge.clock import system_clock
from bridge.config import Config
from bridge.model import StoredEvent
from bridge.store import events
from bridge.store.database import Database
from tests.shop import write_mappings

SECRETS = {"SHOP_SECRET": "canary-shop-secret", "PIPE_SECRET": "canary-pipe-secret"}


class Bench:
    """The web application with the few steps that most tests begin with."""

    def __init__(self, folder: Path, db: Database, **more: str) -> None:
        self.folder, self.db = folder, db
        self.config = self._config(more)
        self.client = self.made()

    def _config(self, more: Mapping[str, str]) -> Config:
        return config.read({"BRIDGE_MAPPINGS": str(self.folder), **SECRETS, **more})

    def made(self, **more: str) -> FlaskClient:
        """Give a client of the application, with other settings where they are given."""
        return build_web(self._config(more) if more else self.config, self.db).test_client()

    def signed(
        self, body: Any, source: str = "shop", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Give the arguments of a request as the source would send it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        mapping = sources.load(self.config).mappings[source]
        made = signed(mapping, raw, headers or {}, SECRETS, "", system_clock(), "d1")
        return {"path": made.url, "data": made.body, "headers": dict(made.headers)}

    def send(
        self, body: Any, source: str = "shop", headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        return self.client.post(**self.signed(body, source, headers))

    def stored(self, event_id: int) -> StoredEvent:
        found = events.get(self.db, event_id)
        assert found is not None
        return found

    @property
    def count(self) -> int:
        return len(events.listing(self.db))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the mappings of a shop and of a pipe."""
    return write_mappings(tmp_path / "mappings")


@pytest.fixture
def bench(database: Database, folder: Path) -> Bench:
    """Give the application on each kind of database."""
    return Bench(folder, database)


@pytest.fixture
def bench_with(database: Database, folder: Path) -> Callable[..., Bench]:
    """Give the application with settings of the test's own."""
    return lambda **more: Bench(folder, database, **more)
