"""Our own `/openapi.json` under requests that nobody thought of, right and wrong ones.

The operations run for real, against a sandbox: never is there a fault of ours, never an answer
that the description does not declare.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from bridge import config
from bridge.app.web import build_web
from bridge.intercom.operations import OPERATIONS
from bridge.intercom.sandbox import SandboxServer
from bridge.model import Event, Receipt
from bridge.store import inbox, migrate
from bridge.store.database import connect
from tests.contract.test_schemathesis import CHECKS

TOKEN = "a-token-of-thirty-two-characters-or-more"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Give the web application over a database and a sandbox of its own."""
    folder: Path = tmp_path_factory.mktemp("ours")
    db = connect(f"sqlite:///{folder}/bridge.db")
    migrate.upgrade(db)
    receipt = Receipt("shop", 1, (), {}, b"{}")
    inbox.receive(db, receipt, [Event(str(key), "new", 1, "c1") for key in range(3)])
    with SandboxServer() as server:
        settled = config.read(
            {
                "DATABASE_URL": f"sqlite:///{folder}/bridge.db",
                "BRIDGE_MAPPINGS": str(folder),
                "BRIDGE_ADMIN_TOKEN": TOKEN,
                "INTERCOM_BASE_URL": server.url,
                "INTERCOM_ACCESS_TOKEN": "t",
            }
        )
        yield build_web(settled, db)
    db.dispose()


@pytest.fixture(scope="module")
def schema(application: Flask) -> BaseSchema:
    told: dict[str, Any] = application.test_client().get("/openapi.json").get_json()
    return schemathesis.openapi.from_dict(told)


@pytest.mark.parametrize(("resource", "name"), OPERATIONS)
def test_no_request_gets_what_we_do_not_declare(
    resource: str, name: str, application: Flask, schema: BaseSchema
) -> None:
    """Statuses, content types and shapes are those of our description, without an exception."""
    _hold(application, schema, f"/api/operations/{resource}/{name}", "POST")


@pytest.mark.parametrize("path", ["/api/people", "/api/people/duplicates"])
def test_no_question_about_people_gets_what_we_do_not_declare(
    path: str, application: Flask, schema: BaseSchema
) -> None:
    """Nor does any parameter that nobody thought of."""
    _hold(application, schema, path, "GET")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/events"),
        ("GET", "/api/events/{event_id}"),
        ("POST", "/api/events/{event_id}/replay"),
        ("POST", "/api/events/{event_id}/discard"),
        ("POST", "/api/replay"),
        ("POST", "/api/discard"),
    ],
)
def test_no_request_about_events_gets_what_we_do_not_declare(
    method: str, path: str, application: Flask, schema: BaseSchema
) -> None:
    """Whatever is asked for, and whichever events are meant."""
    _hold(application, schema, path, method)


def _hold(application: Flask, schema: BaseSchema, path: str, method: str) -> None:
    operation = schema[path][method]
    modes = [operation.as_strategy(each) for each in GenerationMode]

    @settings(
        max_examples=15,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes))
    def hold(case: Case) -> None:
        case.headers = {**(case.headers or {}), **HEADERS}
        answer = case.call(app=application, base_url="http://localhost")
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 200 and path.startswith("/api/operations"):
            assert answer.json()["StatusCode"] != 500, answer.json()

    hold()
