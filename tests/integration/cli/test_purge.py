"""`bridge purge`, as one types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.intercom.sandbox import Fault, Sandbox, plant
from tests.integration.cli.conftest import Bridge

ADA = "ada@x.example"


@pytest.fixture
def ada(bridge: Bridge, intercom: Sandbox) -> None:
    """Have somebody at Intercom whom the store does not know."""
    assert bridge("migrate").code == 0
    plant(intercom, {"contacts": [{"external_id": "u1", "email": ADA}]})


@pytest.mark.usefixtures("ada")
def test_it_counts_first_and_then_tells_of_each(bridge: Bridge, intercom: Sandbox) -> None:
    """Somebody the store does not know is found at Intercom."""
    said = bridge("purge", "--email", "Ada@X.example", "--yes")
    assert said.code == 0
    assert f"email {ADA}: 1 contacts at Intercom; here 3 identifiers" in said.out
    assert said.out.endswith(f"email {ADA}: erased\n")
    assert [one.standing for one in intercom.contacts.values()] == ["deleted"]
    assert bridge("purge", "--email", ADA, "--yes").code == 0, "gone already is success"


@pytest.mark.usefixtures("ada")
def test_nothing_is_erased_without_a_yes(
    bridge: Bridge, intercom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor in a dry run; JSON without --yes only counts."""
    assert bridge("purge", "--external-id", "u1", "--json").json[0]["result"] == "found"
    monkeypatch.setenv("BRIDGE_DRY_RUN", "1")
    said = bridge("purge", "--external-id", "u1", "--yes")
    assert (said.code, "nothing is erased" in said.err) == (0, True)
    assert [one.standing for one in intercom.contacts.values()] == ["live"]


@pytest.mark.usefixtures("ada")
def test_one_that_fails_does_not_keep_the_others(
    bridge: Bridge, intercom: Sandbox, here: Path
) -> None:
    """Each is told, the exit code is 1, and a second run does the rest."""
    (here / "people.csv").write_text(f"email\n{ADA}\nbo@x.example\n")
    intercom.faults.add(Fault("status", method="DELETE", path="/contacts/", status=403))
    said = bridge("purge", "--file", "people.csv", "--json", "--yes")
    assert said.code == 1
    assert [one["result"] for one in said.json] == ["failed", "erased"]
    assert "403" in said.json[0]["error"]
    assert bridge("purge", "--file", "people.csv", "--yes").code == 0


@pytest.mark.usefixtures("ada")
def test_what_is_asked_wrongly_is_told(bridge: Bridge) -> None:
    """Nobody is named, or nobody with such an identifier was erased."""
    assert bridge("purge").code == 2
    lifted = bridge("purge", "--lift", "--email", ADA)
    assert (lifted.code, "nobody" in lifted.err) == (1, True)
