"""Recorded conversations with the live API, held again with the sandbox, from end to end.

Compared are status, error code and text, the answer's shape, and its values; ids are mapped as
the answers of both sides tell them. What differs on purpose stands in `DIFFERENT` with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bridge.clock import SECOND, Micros
from bridge.intercom.sandbox import Rules, Sandbox, create_sandbox
from bridge.intercom.sandbox.attributes import create as create_attribute
from bridge.intercom.sandbox.model import Contact, Tag

FOLDER = Path(__file__).parents[3] / "shared" / "contract" / "recordings"
LAGGING = Rules(search_lag=60, calls_per_minute=1000)
"""As recorded: every list and search fits a lag of 20 to 120 seconds; 167 calls in ten seconds."""

RECORDED = {
    "lead-quirks": replace(LAGGING, unarchive_deleted="fault"),
    "export-record-user": LAGGING,
    "export-record-archive": LAGGING,
    "export-record-delete": LAGGING,
}
"""How a deleted contact was refused to come back differs between the months of recording."""

VERSION = "2.16"
KNOWN = ("id", "role", "external_id", "email", "phone", "name", "signed_up_at", "created_at")
KNOWN += ("updated_at", "custom_attributes")
DIFFERENT = {
    "object": "archive, unarchive and delete answer `type` since 2.x, `object` in the recorded 2.3",
    "workspace_id": "another workspace",
    "created_at": "another time",
    "updated_at": "another time",
    "request_id": "another request",
    "admin_id": "who made an attribute is in no description; the sandbox has one admin",
    "label": "the sandbox has the names of standard attributes, not their titles",
    "description": "as the label: the texts of the live API are not the sandbox's to copy",
    "ui_writable": "there is no user interface to write in",
    "id": "mapped where it is a contact's, else another number",
}
"""Keys whose values are not compared; all but the first are there in both.

Of the headers the limit is compared. The recorded windows end two seconds past the full ten, the
sandbox's on the full ten; the recorded cookie of the last write came on some writes only.
"""


def conversation(name: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings of the live API are not here")
    told: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return told


def when(exchange: dict[str, Any]) -> Micros:
    return int(parsedate_to_datetime(exchange["headers"]["date"]).timestamp()) * SECOND


class Played:
    """A recording played to a sandbox that has what the recorded workspace had before."""

    def __init__(self, rules: Rules, exchanges: list[dict[str, Any]]) -> None:
        self.now = when(exchanges[0]) - 3600 * SECOND
        self.state = Sandbox(rules=rules, clock=lambda: self.now)
        self.client = create_sandbox(self.state).test_client()
        self.ids: dict[str, str] = {}
        self._furnish(exchanges)

    def _furnish(self, exchanges: list[dict[str, Any]]) -> None:
        """Put there what the recording finds: tags, attributes, contacts of earlier runs."""
        for each in exchanges:
            if each["path"] == "/tags":
                for tag in each["response"]["data"]:
                    self.state.tags.setdefault(tag["id"], Tag(tag["id"], tag["name"]))
            if each["path"] == "/data_attributes":
                self._attributes(each["response"]["data"])
        made = {e["response"].get("id") for e in exchanges if e["path"] == "/contacts"}
        for row in self._found(exchanges):
            if row["id"] not in made:
                known = {key: row[key] for key in KNOWN}
                held = {each["id"]: 0 for each in row["tags"]["data"]}
                self.state.put(Contact(**known, tags=held))

    @staticmethod
    def _found(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first = exchanges[0]
        return list(first["response"]["data"]) if first["path"] == "/contacts" else []

    def _attributes(self, rows: list[dict[str, Any]]) -> None:
        known = {each.name for each in self.state.attributes.values()}
        for row in rows:
            if row["custom"] and row["name"] not in known:
                options = [{"value": option} for option in row.get("options") or ()]
                kind = {"data_type": "options", "options": options} if options else {}
                create_attribute(self.state, {**row, **kind})

    def mapped(self, value: Any) -> Any:
        """Give a recorded value with the sandbox's ids in it."""
        text = json.dumps(value)
        for recorded, ours in self.ids.items():
            text = text.replace(recorded, ours)
        return json.loads(text)

    def play(self, exchange: dict[str, Any]) -> TestResponse:
        self.now = when(exchange)
        answer = self.client.open(
            self.mapped(exchange["path"]),
            method=exchange["method"],
            query_string=exchange.get("query") or {},
            json=self.mapped(exchange["request"]) or None,
            headers={"Authorization": "Bearer t", "Intercom-Version": VERSION},
        )
        told = answer.get_json(silent=True) or {}
        if (exchange["method"], exchange["path"], answer.status_code) == ("POST", "/contacts", 200):
            self._meet(exchange["response"], told)
        return answer

    def _meet(self, recorded: dict[str, Any], ours: dict[str, Any]) -> None:
        """Take note of a new contact's id, and of the external id made up for a lead."""
        self.ids[recorded["id"]] = ours["id"]
        if recorded["role"] == "lead":
            self.ids[recorded["external_id"]] = ours["external_id"]


def differences(recorded: Any, ours: Any, place: str = "") -> Iterator[str]:
    """Tell what the recorded answer says otherwise; what only newer versions have is no news."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key, value in recorded.items():
            if key == "object":
                continue
            if key not in ours:
                if value is not None and key not in DIFFERENT:
                    yield f"{place}.{key} is missing"
            elif key not in DIFFERENT or (key == "id" and len(str(value)) == 24):
                yield from differences(value, ours[key], f"{place}.{key}")
    elif isinstance(recorded, list) and isinstance(ours, list):
        yield from _rows(recorded, ours, place)
    elif recorded != ours:
        yield f"{place}: recorded {recorded!r}, here {ours!r}"


def _rows(recorded: list[Any], ours: list[Any], place: str) -> Iterator[str]:
    """Compare lists by what names a row: neither tags nor attributes come in an order."""
    named = {_name(row): row for row in ours}
    for row in recorded:
        if _name(row) not in named:
            yield f"{place}: {_name(row)} is missing"
        else:
            yield from differences(row, named[_name(row)], f"{place}[{_name(row)}]")


def _name(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    return str(row.get("full_name") or row.get("id") or row.get("name") or row)


@pytest.mark.parametrize(("name", "rules"), RECORDED.items())
def test_a_recorded_conversation_goes_the_same_way(name: str, rules: Rules) -> None:
    """Every exchange of it: tags by id, data attributes and what older runs left included."""
    exchanges = conversation(name)
    played = Played(rules, exchanges)
    for exchange in exchanges:
        answer = played.play(exchange)
        place = f"{name} {exchange['n']} {exchange['method']} {exchange['path']}"
        assert answer.status_code == exchange["status"], (place, answer.json)
        limit = exchange["headers"].get("x-ratelimit-limit")
        assert limit is None or answer.headers["X-RateLimit-Limit"] == limit, place
        found = list(differences(played.mapped(exchange["response"]), answer.get_json(silent=True)))
        assert not found, (place, found)
