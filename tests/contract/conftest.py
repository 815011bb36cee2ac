"""Intercom's own description at hand, a sandbox that tells every exchange, and the report."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.intercom.client import Client
from bridge.intercom.sandbox import Sandbox, SandboxServer
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract
from tests.contract.overlay import mended

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "contract"
REPORT = ROOT / "build" / "contract.txt"
CONTRACT = pytest.StashKey[Contract]()


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """Give the official description 2.16 as it is published."""
    told = os.environ.get("INTERCOM_OPENAPI")
    path = Path(told) if told else SHARED / "intercom-2.16.yaml"
    if not path.exists():
        pytest.skip("Intercom's OpenAPI description 2.16 is not here; set INTERCOM_OPENAPI")
    with path.open(encoding="utf-8") as stream:
        loaded: dict[str, Any] = yaml.load(stream, Loader=yaml.CSafeLoader)
    return loaded


@pytest.fixture(scope="session")
def contract(description: dict[str, Any], request: pytest.FixtureRequest) -> Contract:
    made = Contract(mended(copy.deepcopy(description)))
    request.config.stash[CONTRACT] = made
    return made


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as running:
        yield running


@pytest.fixture
def state(server: SandboxServer) -> Sandbox:
    return server.state


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    client = Client(server.url, "a-token")
    yield client
    client.close()


@pytest.fixture
def exchanges(state: Sandbox) -> list[Exchange]:
    """Give the exchanges with the sandbox, as they go on."""
    told: list[Exchange] = []
    state.on_exchange = told.append
    return told


@pytest.fixture
def checked(client: Client, exchanges: list[Exchange], contract: Contract) -> Iterator[Client]:
    """Give a client whose every exchange is held against the description in the end."""
    yield client
    assert contract.check_all(exchanges)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell what was exercised, on the screen and in build/contract.txt."""
    contract = config.stash.get(CONTRACT, None)
    if contract is None or not contract.seen:
        return
    lines = list(contract.report())
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    terminalreporter.section(f"Intercom's operations exercised: {len(lines)}")
    for line in lines:
        terminalreporter.write_line(line)
