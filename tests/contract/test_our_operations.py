"""Every call that the fifteen operations make is one of Intercom's own contract."""

from __future__ import annotations

import pytest

from bridge.app import costs
from bridge.intercom.operations import OPERATIONS
from bridge.intercom.sandbox import Sandbox, SandboxServer
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract


def test_the_calls_of_all_fifteen_are_as_described(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cold and warm, by either kind of id: requests with their headers, and the answers."""
    exchanges: list[Exchange] = []

    def observed() -> SandboxServer:
        state = Sandbox()
        state.on_exchange = exchanges.append
        return SandboxServer(state)

    monkeypatch.setattr(costs, "SandboxServer", observed)
    costs.measure.__wrapped__()
    assert {(scene.resource, scene.name) for scene in costs.SCENES} == set(OPERATIONS)
    assert {each.headers["Intercom-Version"] for each in exchanges} == {"2.16"}
    assert contract.check_all(exchanges)
