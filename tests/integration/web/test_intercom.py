"""Intercom's own notifications are received as any webhook, and that they come is noted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.model import Json, State
from bridge.store.database import Database
from bridge.store.schema import destinations
from tests.integration.web.conftest import SECRETS, Bench

SHIPPED = Path(__file__).parents[3] / "mappings" / "intercom.yaml"
PING = {
    "type": "notification_event",
    "app_id": "abc123",
    "data": {"type": "notification_event_data", "item": {"type": "ping"}},
    "id": None,
    "topic": "ping",
    "created_at": 1_767_225_600,
}


@pytest.fixture
def intercom(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give the application with the shipped mapping of Intercom itself beside the others."""
    shutil.copy(SHIPPED, folder)
    monkeypatch.setitem(SECRETS, "INTERCOM_CLIENT_SECRET", "canary-client-secret")
    return Bench(folder, database)


def is_heard(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.scalar(select(destinations.c.heard_at)))


def test_a_ping_is_stored_as_skipped_and_counts_as_heard(
    intercom: Bench, database: Database
) -> None:
    """Intercom sends it when the address is saved."""
    answer = intercom.send(PING, source="intercom")
    assert answer.status_code == 200
    stored = intercom.stored(answer.get_json()["events"][0])
    assert (stored.state, stored.type) == (State.SKIPPED, "ping")
    assert is_heard(database)


@pytest.mark.parametrize("body", [PING, {"id": "e1", "topic": "contact.user.created"}])
def test_what_intercom_did_not_sign_is_not_heard(
    body: Json, intercom: Bench, database: Database
) -> None:
    """Nobody else can make the bridge believe that it hears of everybody."""
    asked = intercom.signed(body, "intercom")
    asked["headers"]["X-Hub-Signature"] = "sha1=" + "0" * 40
    assert intercom.client.post(**asked).status_code == 401
    assert not is_heard(database)


def test_other_sources_are_not_intercom(intercom: Bench, database: Database) -> None:
    """Whatever they call their events."""
    assert intercom.send({**PING, "id": "e1"}).status_code == 200
    assert not is_heard(database)
