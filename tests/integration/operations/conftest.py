"""Operations on a sandbox over a real socket, alone and with a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.app.remembering import Remembering
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.intercom.operations import OPERATIONS, Workspace, answer
from bridge.intercom.sandbox import Sandbox, SandboxServer, seeds
from bridge.store.database import Database

Object = dict[str, Any]


@dataclass
class Desk:
    """Somebody who calls operations by the seed's names, and looks at what was asked."""

    state: Sandbox
    client: Client
    to: Client | Workspace
    db: Database | None = None
    _seen: int = field(default=0)

    def do(self, resource: str, name: str, /, **body: Any) -> Object:
        """Do an operation, whatever comes of it."""
        self._seen = len(self.state.journal.listed())
        return answer(OPERATIONS[resource, name], self.to, body)

    def done(self, resource: str, name: str, /, **body: Any) -> Object:
        """Do an operation that succeeds."""
        told = self.do(resource, name, **body)
        assert told["ErrorMessage"] == "", told
        return told

    def calls(self) -> list[str]:
        """Give the calls of the last operation, reads made once per process left out."""
        listed = self.state.journal.listed()[self._seen :]
        once = {("GET", "/me"), ("GET", "/data_attributes")}
        return [
            f"{one['method']} {one['path']}"
            for one in listed
            if (one["method"], one["path"]) not in once
        ]

    def sent(self) -> list[Object]:
        """Give the calls of the last operation, in full."""
        return self.state.journal.listed()[self._seen :]

    def plant(self, **document: Any) -> None:
        seeds.plant(self.state, document)

    def people(self, **fields: Any) -> list[Object]:
        held = seeds.held(self.state)["contacts"]
        return [one for one in held if all(one.get(name) == fields[name] for name in fields)]

    def person(self, **fields: Any) -> Object:
        [found] = self.people(**fields)
        return found

    def company(self, company_id: str) -> Object:
        held = seeds.held(self.state)["companies"]
        [found] = [one for one in held if one["company_id"] == company_id]
        return found


def workspace(client: Client, db: Database, **options: Any) -> Workspace:
    """Give a workspace with a store, as one process of the bridge has it."""
    attributes = Attributes(client)
    memory = Remembering(db, client, attributes, lambda: "ws", **options)
    return Workspace(client, memory, attributes)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    client = Client(server.url, "a-token")
    yield client
    client.close()


@pytest.fixture
def desk(server: SandboxServer, client: Client) -> Desk:
    """Give a desk without a store."""
    return Desk(server.state, client, client)


@pytest.fixture
def kept(server: SandboxServer, client: Client, database: Database) -> Desk:
    """Give a desk with a store, once for each kind of database."""
    return Desk(server.state, client, workspace(client, database), database)
