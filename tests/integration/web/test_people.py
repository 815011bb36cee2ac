"""`GET /api/people`, through the whole web application, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from bridge import config
from bridge.app.web import build_web
from bridge.clock import SECOND
from bridge.model import Identifier, Moment, Outcome, Run, Seen, Shadow, State, Target
from bridge.store import duplicates
from bridge.store.database import Database
from tests.integration.store.conftest import Bench
from tests.shop import write_mappings

ADMIN, READ, WRONG = "a" * 32, "r" * 32, "w" * 32
ADA = Target("contact", "ada")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {
        "BRIDGE_MAPPINGS": str(write_mappings(tmp_path / "mappings")),
        "BRIDGE_ADMIN_TOKEN": ADMIN,
        "BRIDGE_READ_TOKEN": f"dashboard:{READ}",
    }


@pytest.fixture
def web(settings: dict[str, str], database: Database) -> FlaskClient:
    return build_web(config.read(settings), database).test_client()


@pytest.fixture
def known(database: Database) -> int:
    """Let one event make Ada known, with a field, a tag and a company; give its id."""
    bench = Bench(database)
    (event_id,) = bench.receive("cus_1")
    ledger = bench.ledger(bench.claim()["cus_1"])
    ledger.take(["contact:ada"])
    ledger.link(Identifier("email", "ada@example.com"), ADA)
    ledger.link(Identifier("stripe_customer", "cus_1"), ADA)
    ledger.link(Identifier("company_id", "CLIENT-1"), Target("company", "5f01"))
    fields = {"name": "Ada", "custom_attributes.seats": 3, "tag:vip": True, "company:5f01": True}
    for field, value in fields.items():
        moment = Moment(9 * SECOND, 0, event_id)
        run = Run("shop", field, value, moment, moment, event_id, "customer.*")
        ledger.replace_runs(ADA, "shop", field, [run])
    seen = {field: Seen(value, 10 * SECOND) for field, value in fields.items()}
    ledger.see(Shadow(ADA, {**seen, "phone": Seen("+44", 10 * SECOND)}, 9, True))
    bench.end(ledger)
    return event_id


def ask(web: FlaskClient, token: str = READ, **identifier: str) -> tuple[int, dict[str, Any]]:
    told = web.get("/api/people", query_string=identifier, headers=bearer(token))
    assert told.json is not None
    return told.status_code, dict(told.json)


def test_a_person_is_told_with_each_fields_origin(web: FlaskClient, known: int) -> None:
    """Value, when confirmed, the word that counts with time, event and route, and why."""
    status, told = ask(web, email="Ada@Example.com")
    assert status == 200
    [person] = told["people"]
    assert (person["kind"], person["intercom_id"]) == ("contact", "ada")
    seats, name, phone = person["fields"]
    assert (seats["name"], seats["value"], phone["said"]) == ("custom_attributes.seats", 3, None)
    assert name == {
        "name": "name",
        "value": "Ada",
        "confirmed_at": "1970-01-01T00:00:10Z",
        "said": {
            "source": "shop",
            "value": "Ada",
            "since": "1970-01-01T00:00:09Z",
            "until": "1970-01-01T00:00:09Z",
            "event_id": known,
            "route": "customer.*",
        },
        "others": [],
        "why": "only shop speaks of it",
        "drift": "",
    }
    assert [tag["name"] for tag in person["tags"]] == ["vip"]
    assert [(one["name"], one["intercom_id"]) for one in person["companies"]] == [
        ("CLIENT-1", "5f01")
    ]
    assert [one["id"] for one in person["events"]] == [known]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("intercom_id", "ada", "contact"),
        ("stripe_customer", "cus_1", "contact"),
        ("company_id", "CLIENT-1", "company"),
    ],
)
def test_any_identifier_finds_them(
    web: FlaskClient, known: int, name: str, value: str, kind: str
) -> None:
    """Also a link that only the store knows, though no mapping names it any more."""
    status, told = ask(web, **{name: value})
    assert (status, [one["kind"] for one in told["people"]]) == (200, [kind])


def test_nobody_is_a_404_that_names_what_waits(web: FlaskClient, database: Database) -> None:
    """With what to do."""
    bench = Bench(database)
    (event_id,) = bench.receive("cus_1")
    ledger = bench.ledger(bench.claim()["cus_1"])
    ledger.take(["email:lin@example.com"])
    wanted = (Identifier("email", "lin@example.com"),)
    ledger.end(Outcome(State.WAITING, waits_for=wanted, due_by=2**50), bench.attempt(event_id))
    status, told = ask(web, email="lin@example.com")
    assert status == 404
    assert f"but events wait for it: {event_id}" in told["error"]
    status, told = ask(web, external_id="nobody")
    assert status == 404
    assert "nobody is known by that" in told["error"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "exactly one identifier"),
        ("email=a@b.c&phone=1", "exactly one identifier"),
        ("email=a@b.c&email=d@b.c", "exactly one identifier"),
        ("name=Ada", "there are: intercom_id, external_id, email, phone, company_id"),
        ("email=ada", "does not look like an email address"),
        ("external_id=undefined", "nobody's external_id"),
        ("external_id=%00", "NUL"),
    ],
)
def test_what_names_nobody_is_a_400(web: FlaskClient, query: str, reason: str) -> None:
    """With the reason."""
    told = web.get(f"/api/people?{query}", headers=bearer(ADMIN))
    assert told.status_code == 400
    assert reason in told.get_data(as_text=True)


def test_a_token_for_reading_reads_and_does_nothing_else(web: FlaskClient, known: int) -> None:
    """Either kind of token may read; operations want the admin's."""
    assert ask(web, ADMIN, email="ada@example.com")[0] == 200
    assert ask(web, READ, email="ada@example.com")[0] == 200
    status, told = ask(web, WRONG, email="ada@example.com")
    assert (status, "BRIDGE_READ_TOKEN" in told["error"]) == (401, True)
    answer = web.post("/api/operations/user/get", json={"UserId": "u"}, headers=bearer(READ))
    assert answer.status_code == 401


def test_without_any_token_it_is_closed(settings: dict[str, str], database: Database) -> None:
    """One for reading alone opens it."""
    neither = {**settings, "BRIDGE_ADMIN_TOKEN": "", "BRIDGE_READ_TOKEN": ""}
    closed = build_web(config.read(neither), database).test_client()
    assert ask(closed, email="ada@example.com")[0] == 503
    reading = {**settings, "BRIDGE_ADMIN_TOKEN": ""}
    ajar = build_web(config.read(reading), database).test_client()
    assert ask(ajar, email="ada@example.com")[0] == 404


def test_who_may_be_there_twice_is_listed(web: FlaskClient, known: int, database: Database) -> None:
    """As `bridge people duplicates` lists them; settled ones where they are asked for."""
    pair = duplicates.pair(ADA, Target("contact", "bea"))
    with database.write() as connection:
        duplicates.add(connection, "w", "crm", known, [(pair, "phone", "shared")])
    [told] = listed(web, "")
    assert (told["ids"], told["name"], told["how"], told["event_id"]) == (
        *(["ada", "bea"], "phone"),
        *("shared", known),
    )
    with database.write() as connection:
        duplicates.settle(connection, "w", [ADA], [])
    assert listed(web, "") == []
    assert len(listed(web, "?all=true&limit=5")) == 1


def listed(web: FlaskClient, query: str) -> list[dict[str, Any]]:
    told = web.get(f"/api/people/duplicates{query}", headers=bearer(READ))
    assert told.status_code == 200
    assert told.json is not None
    found: list[dict[str, Any]] = told.json["duplicates"]
    return found


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=10001", "all=1", "state=x"])
def test_a_list_that_cannot_be_given_is_a_400(web: FlaskClient, query: str) -> None:
    """With the reason."""
    told = web.get(f"/api/people/duplicates?{query}", headers=bearer(READ))
    assert (told.status_code, list(told.get_json())) == (400, ["error"])
    assert web.get("/api/people/duplicates").status_code == 401


@pytest.mark.parametrize("query", ["email=ada@example.com", "email=x@example.com", "email=x", ""])
def test_every_answer_is_as_described(web: FlaskClient, known: int, query: str) -> None:
    """200, 404 and 400, by our own description."""
    description = web.get("/openapi.json").json
    assert description is not None
    told = web.get(f"/api/people?{query}", headers=bearer(READ))
    asked = MockRequest("http://localhost", "get", "/api/people", headers=bearer(READ))
    OpenAPI.from_dict(description).validate_response(
        asked, MockResponse(told.data, status_code=told.status_code)
    )
