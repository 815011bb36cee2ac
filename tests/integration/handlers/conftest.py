"""The world of these tests, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.intercom.sandbox import Sandbox, SandboxServer
from bridge.intercom.subscription_types import SubscriptionTypes
from bridge.model import Mapped
from bridge.store.database import Database
from bridge.worker.attempt import Destination
from tests.integration.handlers.world import Hour, Table, World


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def world(database: Database, hour: Hour) -> Iterator[World]:
    """Give the world, on each kind of database."""
    state = Sandbox(clock=hour)
    with SandboxServer(state) as server:
        client = Client(server.url, "token", timeout=10)
        changes: dict[str, Mapped | Exception] = {}
        table = Table(changes)
        to = Destination(
            db=database,
            intercom=client,
            attributes=Attributes(client),
            subscription=SubscriptionTypes(client, lambda: hour.now).find,
            workspace="w",
            mapping_of=lambda source: table,
            search_lag=180,
            clock=hour,
            random=lambda: 0.5,
        )
        yield World(database, state, client, hour, to, changes)
        client.close()
