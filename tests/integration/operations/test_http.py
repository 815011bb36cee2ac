"""`POST /api/operations/…` and `/openapi.json`, through the whole web application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from openapi_spec_validator import validate

from bridge import config
from bridge.app.web import build_web
from bridge.intercom.operations import OPERATIONS, Operation
from bridge.intercom.sandbox import SandboxServer, seeds
from bridge.mapping.load import Catalogue
from bridge.store.database import Database

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""The store itself is shown on both databases in test_store.py and the acceptance tests."""

TOKEN = "t" * 32
OTHER = "o" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(server: SandboxServer) -> dict[str, str]:
    return {
        "INTERCOM_ACCESS_TOKEN": "x",
        "INTERCOM_BASE_URL": server.url,
        "BRIDGE_ADMIN_TOKEN": f"ops:{TOKEN} boss:{OTHER}",
    }


@pytest.fixture
def web(settings: dict[str, str], database: Database) -> Iterator[FlaskClient]:
    return made(settings, database)


def made(settings: dict[str, str], database: Database) -> FlaskClient:
    app = build_web(config.read(settings), database, Catalogue({}, {}))
    return app.test_client()


def test_an_operation_answers_with_the_seeds_names(web: FlaskClient, server: SandboxServer) -> None:
    """HTTP 200, Intercom's status in StatusCode."""
    body = {"CompanyId": "CLIENT-12345", "Name": "New Client Inc."}
    told = web.post("/api/operations/company/create", json=body, headers=BEARER)
    assert told.status_code == 200
    assert told.json is not None
    assert (told.json["StatusCode"], told.json["CompanyId"]) == (200, "CLIENT-12345")
    assert [one["name"] for one in seeds.held(server.state)["companies"]] == ["New Client Inc."]


@pytest.mark.parametrize("body", [{"CompanyId": "nobody"}, {"CompanyId": "undefined"}, {"Id": 1}])
def test_an_operation_that_came_to_nothing_is_200_too(
    web: FlaskClient, body: dict[str, Any]
) -> None:
    """It ran, or said what is wrong with its parameters."""
    told = web.post("/api/operations/company/get", json=body, headers=BEARER)
    assert told.status_code == 200
    assert told.json is not None
    assert told.json["StatusCode"] in {404, -1}
    assert told.json["ErrorMessage"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Bearer {'x' * 32}"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer é"}, 401),
        ({"Authorization": f"bearer {OTHER}"}, 200),
    ],
)
def test_only_a_token_opens_the_api(
    web: FlaskClient, server: SandboxServer, given: dict[str, str], status: int
) -> None:
    """Any of those configured; nothing is done for others."""
    told = web.post("/api/operations/user/get-many", json={}, headers=given)
    assert told.status_code == status
    assert bool(server.state.journal.listed()) == (status == 200)
    assert ("WWW-Authenticate" in told.headers) == (status == 401)


def test_without_a_token_configured_the_api_is_closed(
    settings: dict[str, str], database: Database
) -> None:
    """503 with the reason."""
    closed = made({**settings, "BRIDGE_ADMIN_TOKEN": ""}, database)
    told = closed.post("/api/operations/user/get-many", json={}, headers=BEARER)
    assert told.status_code == 503
    assert "BRIDGE_ADMIN_TOKEN" in told.get_data(as_text=True)


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'"x"', b"null", b"5", b'{"a":1,"a":2}', b"\xff", b'{"a":NaN}']
)
def test_a_body_that_is_no_json_object_is_a_400(web: FlaskClient, body: bytes) -> None:
    """It could not be read as parameters."""
    told = web.post("/api/operations/company/get", data=body, headers=BEARER)
    assert told.status_code == 400
    assert told.json is not None
    assert told.json["error"]


def test_too_large_a_body_is_a_413(settings: dict[str, str], database: Database) -> None:
    """As for webhooks."""
    small = made({**settings, "BRIDGE_MAX_BODY": "100"}, database)
    told = small.post("/api/operations/company/get", data=b"x" * 101, headers=BEARER)
    assert told.status_code == 413


@pytest.mark.parametrize("path", ["company/delete", "people/get", "company/drop"])
def test_an_operation_that_there_is_not_is_a_404(web: FlaskClient, path: str) -> None:
    """A company cannot be deleted: the seed has no such operation."""
    told = web.post(f"/api/operations/{path}", json={}, headers=BEARER)
    assert told.status_code == 404


def test_objects_come_as_text_where_asked(web: FlaskClient) -> None:
    """Both ways in which the seed can be read."""
    web.post("/api/operations/user/create", json={"UserId": "u1"}, headers=BEARER)
    path = "/api/operations/user/get"
    plain = web.post(path, json={"UserId": "u1"}, headers=BEARER).json
    text = web.post(f"{path}?objects=text", json={"UserId": "u1"}, headers=BEARER).json
    assert plain is not None
    assert text is not None
    assert isinstance(plain["Results"], dict)
    assert json.loads(text["Results"]) == plain["Results"]
    assert web.post(f"{path}?objects=xml", json={}, headers=BEARER).status_code == 400


def test_without_intercoms_token_nothing_is_sent(
    settings: dict[str, str], database: Database, server: SandboxServer
) -> None:
    """-1, naming the variable."""
    web = made({**settings, "INTERCOM_ACCESS_TOKEN": ""}, database)
    told = web.post("/api/operations/company/get", json={"CompanyId": "a"}, headers=BEARER)
    assert told.json is not None
    assert told.json["StatusCode"] == -1
    assert "INTERCOM_ACCESS_TOKEN" in told.json["ErrorMessage"]
    assert server.state.journal.listed() == []


# --- the description ------------------------------------------------------------------------------


@pytest.fixture
def description(web: FlaskClient) -> dict[str, Any]:
    told = web.get("/openapi.json")
    assert told.status_code == 200
    assert told.json is not None
    return dict(told.json)


def test_the_description_is_valid_and_names_all_operations(description: dict[str, Any]) -> None:
    """By the validator of OpenAPI; anybody may read it."""
    validate(description)
    assert {path for path in description["paths"] if path.startswith("/api/operations")} == {
        f"/api/operations/{one.resource}/{one.name}" for one in OPERATIONS.values()
    }


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("company", "create"): {"CompanyId": "a", "Name": "A", "CustomAttributes": {"vip": False}},
    ("company", "get"): {"CompanyId": "acme"},
    ("company", "get-many"): {"PerPage": 5},
    ("company", "update"): {"CompanyId": "acme", "CompanyData": '{"name": "B"}'},
    ("company", "list-users"): {"CompanyId": "acme"},
    ("lead", "create"): {"Email": "x@example.com", "Name": None},
    ("lead", "get"): {"LeadId": "5f0000000000000000000002"},
    ("lead", "get-many"): {"StartingAfter": ""},
    ("lead", "update"): {"ContactId": "5f0000000000000000000002", "Tags": ["vip"]},
    ("lead", "delete"): {"LeadId": "5f0000000000000000000002"},
    ("user", "create"): {"UserId": "u9", "Companies": [{"company_id": "acme"}]},
    ("user", "get"): {"UserId": "u1"},
    ("user", "get-many"): {},
    ("user", "update"): {"UserId": "u1", "UpdateData": {"name": "A"}},
    ("user", "delete"): {"UserId": ["u1", "nobody"]},
}


def asked(path: str, query: dict[str, str], body: bytes) -> MockRequest:
    return MockRequest("http://localhost", "post", path, args=query, headers=BEARER, data=body)


@pytest.mark.parametrize("objects", ["json", "text"])
@pytest.mark.parametrize("wrong", [False, True], ids=["done", "refused"])
@pytest.mark.parametrize("one", OPERATIONS.values(), ids=lambda one: f"{one.resource}-{one.name}")
def test_every_request_and_answer_is_as_described(
    web: FlaskClient,
    server: SandboxServer,
    description: dict[str, Any],
    one: Operation,
    wrong: bool,
    objects: str,
) -> None:
    """Of every operation, done and refused, with objects and with text."""
    seeds.plant(
        server.state,
        {
            "companies": [{"company_id": "acme", "name": "Acme"}],
            "contacts": [
                {"external_id": "u1", "companies": ["acme"]},
                {"id": "5f0000000000000000000002", "role": "lead", "email": "l@example.com"},
            ],
        },
    )
    body = {"Nonsense": 1} if wrong else BODIES[one.resource, one.name]
    path = f"/api/operations/{one.resource}/{one.name}"
    told = web.post(path, json=body, headers=BEARER, query_string={"objects": objects})
    assert told.json is not None
    assert (told.json["ErrorMessage"] != "") == wrong
    spec = OpenAPI.from_dict(description)
    request = asked(path, {"objects": objects}, json.dumps(body).encode())
    if not wrong:
        spec.validate_request(request)
    spec.validate_response(request, MockResponse(told.data, status_code=told.status_code))


@pytest.mark.parametrize("headers", [{}, BEARER])
def test_every_refusal_is_as_described(
    web: FlaskClient, description: dict[str, Any], headers: dict[str, str]
) -> None:
    """401 and 400."""
    path = "/api/operations/company/get"
    told = web.post(path, data=b"[]", headers=headers)
    answered = MockResponse(told.data, status_code=told.status_code)
    OpenAPI.from_dict(description).validate_response(asked(path, {}, b"[]"), answered)
