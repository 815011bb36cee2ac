"""`/api/events`, `/api/replay`, `/api/discard`: every event's fate over HTTP, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge import config
from bridge.app.web import build_web
from bridge.model import State
from bridge.store import events, lanes
from bridge.store.database import Database
from bridge.web import repairs
from tests.integration.store.conftest import Bench
from tests.shop import write_mappings

ADMIN, READ, WRONG = "a" * 32, "r" * 32, "w" * 32


class Api:
    """The API with a database behind it, spoken to with one token or another."""

    def __init__(self, client: FlaskClient, db: Database) -> None:
        self._client = client
        self.bench = Bench(db)

    def get(self, path: str, token: str = READ, **query: Any) -> tuple[int, Any]:
        told = self._client.get(path, query_string=query, headers=_bearer(token))
        return told.status_code, told.json

    def post(self, path: str, token: str = ADMIN, **body: Any) -> tuple[int, Any]:
        told = self._client.post(path, json=body, headers=_bearer(token))
        return told.status_code, told.json

    def ended(self, *subjects: str, state: State = State.FAILED) -> list[int]:
        """Let one event of each subject have ended; give their ids."""
        ids = self.bench.receive(*subjects)
        for claim in self.bench.claim(100).values():
            self.bench.end(self.bench.ledger(claim), state, reason="because")
            lanes.complete(self.bench.db, claim, drained=True)
        return ids

    def states(self) -> dict[State, int]:
        return {state: number for state, number in events.counts(self.bench.db).items() if number}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def api(tmp_path: Path, database: Database) -> Api:
    settings = {
        "BRIDGE_MAPPINGS": str(write_mappings(tmp_path / "mappings")),
        "BRIDGE_ADMIN_TOKEN": ADMIN,
        "BRIDGE_READ_TOKEN": f"dashboard:{READ}",
    }
    return Api(build_web(config.read(settings), database).test_client(), database)


def test_events_are_listed_page_by_page_while_others_arrive(api: Api) -> None:
    """None is shown twice, none left out."""
    ids = api.bench.receive("a", "b", "c", "d", "e")
    status, page = api.get("/api/events", limit=2)
    assert status == 200
    seen = [one["id"] for one in page["events"]]
    while page["cursor"] is not None:
        api.bench.receive("new")
        _, page = api.get("/api/events", limit=2, cursor=page["cursor"])
        seen += [one["id"] for one in page["events"]]
    assert seen == ids[::-1]


def test_events_are_listed_by_what_they_have_in_common(api: Api) -> None:
    """Each parameter narrows the list."""
    one, two = api.ended("a", "b")
    (new,) = api.bench.receive("a", source="shop")
    moment = api.get("/api/events")[1]["events"][0]["received_at"]
    for query, expected in [
        ({"state": "failed"}, [two, one]),
        ({"source": "shop"}, [new]),
        ({"subject": "a"}, [new, one]),
        ({"type": "customer.updated", "subject": "b"}, [two]),
        ({"since": moment}, [new]),
        ({"until": moment, "state": "failed"}, [two, one]),
        ({"since": "2999-01-01"}, []),
    ]:
        _, told = api.get("/api/events", **query)
        assert [row["id"] for row in told["events"]] == expected, query


def test_an_event_tells_all_that_the_command_tells(api: Api) -> None:
    """Attempts and calls among it; what was sent only when it is asked for."""
    (event_id,) = api.ended("a")
    status, told = api.get(f"/api/events/{event_id}")
    assert (status, told["state"], told["reason"]) == (200, "failed", "because")
    assert told["attempts"][0]["calls"] == [{"name": "create contact", "status": 200}]
    assert "payload" not in told
    assert api.get(f"/api/events/{event_id}", payload="true")[1]["payload"] is not None


def test_one_event_is_applied_again_or_ended(api: Api) -> None:
    """The answer tells its new state; what cannot be done is a 409 with the reason."""
    (event_id,) = api.ended("a")
    assert api.post(f"/api/events/{event_id}/replay")[1]["state"] == "pending"
    assert list(api.bench.claim()) == ["a"]
    assert api.post(f"/api/events/{event_id}/discard")[1]["state"] == "discarded"
    status, told = api.post(f"/api/events/{event_id}/discard")
    assert (status, "is discarded" in told["error"]) == (409, True)


@pytest.mark.parametrize("what", ["replay", "discard"])
def test_many_are_counted_and_only_then_repaired(api: Api, what: str) -> None:
    """A number must still be right; true takes whatever it is."""
    api.ended("a", "b", "c")
    assert api.post(f"/api/{what}", state="failed")[1] == {
        "matched": 3,
        "changed": 0,
        "cursor": None,
    }
    status, told = api.post(f"/api/{what}", state="failed", confirm=2)
    assert (status, told["matched"]) == (409, 3)
    assert api.states() == {State.FAILED: 3}
    told = api.post(f"/api/{what}", state="failed", confirm=3)[1]
    assert told == {"matched": 3, "changed": 3, "cursor": None}
    assert State.FAILED not in api.states()
    assert api.post(f"/api/{what}", state="failed", confirm=True)[1]["matched"] == 0


def test_a_long_replay_is_done_in_pieces(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursor goes on behind what was done, and never to what came later."""
    monkeypatch.setattr("bridge.store.bulk._PART", 2)
    monkeypatch.setattr(repairs, "_PARTS", 2)
    api.ended(*"abcdefghij")
    told = api.post("/api/replay", source="stripe", confirm=True)[1]
    pieces = [(told["matched"], told["changed"])]
    api.ended("new")
    while told["cursor"]:
        told = api.post("/api/replay", source="stripe", confirm=True, cursor=told["cursor"])[1]
        pieces.append((told["matched"], told["changed"]))
    assert pieces == [(10, 4), (6, 4), (2, 2)]
    assert api.bench.rows("SELECT state FROM events WHERE subject = 'new'") == [("failed",)]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/events", {"colour": "red"}),
        ("/api/events", {"state": "odd"}),
        ("/api/events", {"limit": "0"}),
        ("/api/events", {"cursor": "x"}),
        ("/api/events", {"since": "yesterday"}),
        ("/api/replay", {}),
        ("/api/replay", {"confirm": True}),
        ("/api/replay", {"state": "failed", "confirm": "yes"}),
        ("/api/replay", {"state": 1}),
        ("/api/discard", {"state": "failed", "cursor": "5"}),
    ],
)
def test_what_is_not_understood_is_refused_with_the_reason(
    api: Api, path: str, asked: dict[str, Any]
) -> None:
    """And never taken for everything."""
    api.ended("a")
    ask = api.get if path == "/api/events" else api.post
    status, told = ask(path, **asked)
    assert status == 400
    assert told["error"]
    assert api.states() == {State.FAILED: 1}


def test_an_event_that_is_not_there_is_a_404(api: Api) -> None:
    """Whatever is asked of it, and however great its number."""
    for event_id in ("7", str(2**63), "x"):
        assert api.get(f"/api/events/{event_id}")[0] == 404
        assert api.post(f"/api/events/{event_id}/replay")[0] == 404


@pytest.mark.parametrize(
    "path", ["/api/replay", "/api/discard", "/api/events/1/replay", "/api/events/1/discard"]
)
def test_who_may_only_read_changes_nothing(api: Api, path: str) -> None:
    """A token for reading opens what only reads."""
    api.ended("a")
    for token in (READ, WRONG):
        assert api.post(path, token, state="failed", confirm=True)[0] == 401
    assert api.states() == {State.FAILED: 1}
    assert api.get("/api/events", WRONG)[0] == 401
    assert api.get("/api/events", ADMIN)[0] == 200
