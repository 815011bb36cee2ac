"""The sandbox under requests that nobody thought of: no fault of its own, no undeclared answer.

The requests are made from the description, right and wrong ones, the same in every run.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridge.intercom.sandbox import Sandbox, create_sandbox, plant
from tests.contract.contract import Contract
from tests.contract.test_operations import OPERATIONS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HEADERS = {"Authorization": "Bearer t", "Intercom-Version": "2.16"}
KNOWN = {
    "contact_id": "c" * 24,
    "company_id": "f" * 24,
    "external_id": "u1",
    "subscription_id": "2",
    "tag_id": "1001",
    "note_id": 1002,
    "data_attribute_id": 1003,
}
STATE = Sandbox()
APP = create_sandbox(STATE)


def furnish() -> None:
    """Begin anew, with one of everything that ids lead to."""
    STATE.reset()
    firm = {"company_id": "c1", "id": KNOWN["company_id"], "tags": ["VIP"]}
    person = {"id": KNOWN["contact_id"], "external_id": "u1", "email": "a@example.com"}
    person |= {
        "companies": ["c1"],
        "notes": ["Hello"],
        "subscriptions": {"Product news": "opt_out"},
    }
    attribute = {"name": "tier", "model": "contact", "data_type": "string"}
    plant(STATE, {"companies": [firm], "contacts": [person | {"tags": ["VIP"]}]})
    plant(STATE, {"attributes": [attribute]})


def aimed(spec: dict[str, Any]) -> dict[str, Any]:
    """Let every second id be that of something that is there."""
    for item in spec["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()) if isinstance(operation, dict) else ():
                if parameter.get("in") == "path" and parameter["name"] in KNOWN:
                    known = KNOWN[parameter["name"]]
                    parameter["schema"] = {"enum": [known, type(known)(404)]}
    return spec


@pytest.fixture(scope="session")
def schema(contract: Contract) -> BaseSchema:
    return schemathesis.openapi.from_dict(aimed(copy.deepcopy(contract.spec)))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_gets_what_is_not_declared(
    method: str, path: str, contract: Contract, schema: BaseSchema
) -> None:
    """Statuses, content types and shapes are the description's, and never is it a fault."""
    described = contract.operation(method, path.replace("<", "").replace(">", ""))
    operation = schema[described][method]
    modes = [
        operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]

    @settings(
        max_examples=30,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes))
    def hold(case: Case) -> None:
        furnish()
        case.headers = {**(case.headers or {}), **HEADERS}
        answer = case.call(app=APP, base_url="http://localhost")
        case.validate_response(answer, checks=CHECKS)

    hold()
