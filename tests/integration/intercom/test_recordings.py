"""Recorded conversations with the live API, held again with the sandbox."""

import json
from pathlib import Path

import pytest

from bridge.intercom.sandbox import Rules, Sandbox, attributes, create_sandbox

FOLDER = Path(__file__).parents[4] / "shared" / "contract" / "recordings"
RECORDED = {
    "lead-quirks": "fault",
    "export-record-user": "refuse",
    "export-record-archive": "refuse",
    "export-record-delete": "refuse",
}
"""How a deleted contact was refused to come back differs between the months of recording."""

ATTRIBUTES = {
    "text_field": "string",
    "number_field": "integer",
    "decimal_field": "float",
    "boolean_field": "boolean",
    "date_field": "date",
}
COMPARED = ("role", "email", "name", "phone", "deleted", "archived")


class Played:
    """A recording played to a sandbox: ids of the recording are mapped to the sandbox's."""

    def __init__(self, unarchive_deleted) -> None:
        rules = Rules(unarchive_deleted=unarchive_deleted)
        self.state = Sandbox(rules=rules)
        for name, data_type in ATTRIBUTES.items():
            row = {"name": name, "model": "contact", "data_type": data_type}
            attributes.create(self.state, row)
        self.client = create_sandbox(self.state).test_client()
        self.ids: dict[str, str] = {}

    def mapped(self, text: str) -> str:
        for recorded, ours in self.ids.items():
            text = text.replace(recorded, ours)
        return text

    def play(self, exchange):
        answer = self.client.open(
            self.mapped(exchange["path"]),
            method=exchange["method"],
            query_string=exchange.get("query") or {},
            json=exchange["request"] or None,
            headers={"Authorization": "Bearer t", "Intercom-Version": "2.14"},
        )
        if exchange["status"] == 200 and (exchange["method"], exchange["path"]) == (
            "POST",
            "/contacts",
        ):
            self.ids[exchange["response"]["id"]] = answer.json["id"]
        return answer

    def can_play(self, exchange) -> bool:
        """Say whether it speaks only of contacts that this recording itself creates."""
        parts = exchange["path"].split("/")
        if parts[1] != "contacts" or "tags" in parts:
            return False
        return len(parts) < 3 or parts[2] in self.ids


@pytest.mark.parametrize(("name", "unarchive_deleted"), RECORDED.items())
def test_a_recorded_conversation_goes_the_same_way(name, unarchive_deleted):
    """Status, error code and text, role and fields of each answer are those recorded."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings of the live API are not here")
    played, compared = Played(unarchive_deleted), 0
    for exchange in json.loads(path.read_text(encoding="utf-8")):
        if not played.can_play(exchange):
            continue
        answer, recorded = played.play(exchange), exchange["response"]
        place = (exchange["n"], exchange["method"], exchange["path"], answer.json)
        assert answer.status_code == exchange["status"], place
        if exchange["status"] >= 400:
            told, said = answer.json["errors"][0], recorded["errors"][0]
            assert told["code"] == said["code"], place
            assert told["message"] == played.mapped(said["message"]), place
        elif recorded.get("type") != "list":
            for field in COMPARED:
                assert answer.json.get(field) == recorded.get(field), (field, *place)
            if recorded.get("role") == "user":
                assert answer.json["external_id"] == recorded["external_id"], place
                shared = recorded["custom_attributes"]
                assert answer.json["custom_attributes"] == shared, place
        compared += 1
    assert compared > 5
