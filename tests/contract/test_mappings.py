"""Every request that an example of a mapping leads to is one of Intercom's own contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge import config
from bridge.app import rehearsal, sources
from bridge.intercom.sandbox import Sandbox, SandboxServer
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract

ROOT = Path(__file__).parents[2]
CATALOGUE = sources.load(config.read({"BRIDGE_MAPPINGS": str(ROOT / "mappings")}))


@pytest.mark.parametrize("source", sorted(CATALOGUE.mappings.keys() - {"intercom"}))
def test_the_calls_of_its_examples_are_as_described(
    source: str, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests with their headers, and the answers: of reads, writes and refusals alike."""
    exchanges = rehearsed(source, monkeypatch)
    assert {each.headers["Intercom-Version"] for each in exchanges} == {"2.16"}
    assert contract.check_all(exchanges)


def test_what_intercom_itself_tells_leads_to_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mapping only learns."""
    assert rehearsed("intercom", monkeypatch) == []


def rehearsed(source: str, monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """Try every example of a mapping; give what went over the wire to Intercom."""
    exchanges: list[Exchange] = []

    def observed() -> SandboxServer:
        state = Sandbox()
        state.on_exchange = exchanges.append
        return SandboxServer(state)

    monkeypatch.setattr(rehearsal, "SandboxServer", observed)
    assert list(rehearsal.rehearse(CATALOGUE.mappings[source], config.read({})))
    return exchanges
