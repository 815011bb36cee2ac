"""What the client sends and reads is right in every version that it may be told to speak."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.intercom.sandbox import SandboxServer
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract
from tests.contract.overlay import mended


@pytest.fixture(scope="session")
def earlier(description: dict[str, Any]) -> Contract:
    """Give the description with the shapes of 2.13 to 2.15."""
    return Contract(mended(copy.deepcopy(description), (2, 15)))


@pytest.mark.parametrize("version", ["2.13", "2.14", "2.15", "2.16"])
def test_an_owner_is_sent_and_read_in_every_version(
    version: str,
    server: SandboxServer,
    exchanges: list[Exchange],
    contract: Contract,
    earlier: Contract,
) -> None:
    """A number before 2.16 and text since, on the wire; text to who calls, and null clears."""
    client = Client(server.url, "t", version=version)
    made = calls.create_contact(client, {"role": "user", "external_id": "u1", "owner_id": "12"})
    changed = calls.update_contact(client, made["id"], {"owner_id": "13"})
    found = calls.search_by_email(client, "nobody@example.com")
    read = calls.get_contact(client, made["id"])
    assert (made["owner_id"], changed["owner_id"], read["owner_id"]) == ("12", "13", "13")
    assert calls.update_contact(client, made["id"], {"owner_id": None})["owner_id"] is None
    assert not found
    judge = contract if version == "2.16" else earlier
    assert {each.headers["Intercom-Version"] for each in exchanges} == {version}
    assert judge.check_all(exchanges) == 5
    client.close()


def test_the_wrong_kind_of_owner_is_seen(
    server: SandboxServer, exchanges: list[Exchange], contract: Contract
) -> None:
    """The judge of 2.16 does not take what 2.15 wants."""
    client = Client(server.url, "t", version="2.15")
    calls.create_contact(client, {"role": "user", "external_id": "u1", "owner_id": "12"})
    with pytest.raises(AssertionError, match="not valid"):
        contract.check_all(exchanges)
    client.close()
