"""What is wrong with a request is found here: -1, the parameter named, nothing sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.intercom.client import Client
from bridge.intercom.operations import OPERATIONS, Operation, Workspace, answer
from bridge.intercom.sandbox import Fault, SandboxServer
from tests.integration.operations.conftest import Desk

EVERY = [pytest.param(one, id=f"{one.resource}-{one.name}") for one in OPERATIONS.values()]
GOOD: dict[str, Any] = {
    "CompanyId": "acme",
    "Name": "Acme",
    "CompanyData": {"name": "x"},
    "LeadId": "l",
    "ContactId": "l",
    "UserId": "u",
    "Email": "a@example.com",
}


def required(one: Operation) -> dict[str, Any]:
    return {each.seed: GOOD[each.seed] for each in one.parameters if each.required}


def wrong() -> list[Any]:
    """Give, for every parameter of every operation, what cannot be right."""
    by_label: dict[str, list[Any]] = {
        "text": [5, True, ["x"], {"a": 1}, "a\x00"],
        "id": ["undefined", "null", 0, "0", "None", True, ["x"], {"a": 1}, 1.5],
        "e-mail address": ["ada", 5, ["a@example.com"]],
        "Unix seconds": ["soon", 1.5, True, 1_700_000_000_000],
        "1 to 150": [0, 151, "many", True],
        "cursor": [5, ["x"]],
        "JSON object": ["{", "[]", 5, [1], '{"a":1,"a":2}', "null", True],
        "JSON array of objects": ["[", '["x"]', 5, "null", [["x"]]],
        "JSON array of names": ["[", "{}", 5, [5], [""]],
        "id, or JSON array or object of ids": ["undefined", [], "[]", {}, "[", True, ["null"]],
    }
    return [
        pytest.param(one, each.seed, value, id=f"{one.resource}-{one.name}-{each.seed}-{number}")
        for one in OPERATIONS.values()
        for each in one.parameters
        for number, value in enumerate(by_label[each.kind.label])
    ]


@pytest.fixture(scope="module")
def module_server() -> Any:
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="module")
def quiet(module_server: SandboxServer) -> Any:
    client = Client(module_server.url, "t")
    yield Desk(module_server.state, client, client)
    assert module_server.state.journal.listed() == []
    client.close()


@pytest.mark.parametrize(("one", "name", "value"), wrong())
def test_a_wrong_value_is_refused_before_anything_is_sent(
    quiet: Desk, one: Operation, name: str, value: Any
) -> None:
    """Of every parameter of every operation; the message begins with its name."""
    told = quiet.do(one.resource, one.name, **{**required(one), name: value})
    assert told["StatusCode"] == -1
    assert told["ErrorMessage"].startswith(name)
    assert quiet.sent() == []


@pytest.mark.parametrize("one", EVERY)
def test_every_missing_parameter_is_named(quiet: Desk, one: Operation) -> None:
    """And each answer has all outputs, empty."""
    for each in one.parameters:
        if each.required:
            given = {key: value for key, value in required(one).items() if key != each.seed}
            told = quiet.do(one.resource, one.name, **given)
            assert (told["StatusCode"], told["ErrorMessage"].split()[:3]) == (
                -1,
                [each.seed, "is", "missing"],
            )
            assert set(told) == {output.seed for output in one.outputs} | {
                "StatusCode",
                "ErrorMessage",
            }


@pytest.mark.parametrize("one", EVERY)
def test_an_unknown_parameter_is_refused_with_the_nearest_right_name(
    quiet: Desk, one: Operation
) -> None:
    """Python's own spelling is told the seed's."""
    told = quiet.do(one.resource, one.name, **required(one), Companyid="x")
    assert told["StatusCode"] == -1
    assert told["ErrorMessage"].startswith("Companyid is no parameter here")
    for each in one.parameters:
        told = quiet.do(one.resource, one.name, **{each.name: "x"})
        assert f"; {each.seed} is" in told["ErrorMessage"]


@pytest.mark.parametrize(
    ("resource", "name", "body", "word"),
    [
        ("lead", "create", {"Name": "x"}, "UserId or Email"),
        ("user", "create", {"Name": "x"}, "UserId or Email"),
        ("lead", "update", {"ContactId": "l"}, "Tags must be given"),
        ("user", "update", {"UserId": "u"}, "UpdateData must name a field"),
        ("company", "update", {"CompanyId": "a", "CompanyData": {"id": 1}}, "nothing that can be"),
        ("company", "update", {"CompanyId": "a", "CompanyData": {"nmae": 1}}, "name is"),
        ("company", "get-many", {"StartingAfter": "next"}, "NextStartingAfter"),
        ("user", "create", {"UserId": "u", "Companies": [{"name": "x"}]}, "company_id"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    quiet: Desk, resource: str, name: str, body: dict[str, Any], word: str
) -> None:
    """Nothing is sent either."""
    told = quiet.do(resource, name, **body)
    assert told["StatusCode"] == -1
    assert word in told["ErrorMessage"]
    assert quiet.sent() == []


@pytest.mark.parametrize("value", ["many", [1], {"a": 1}])
def test_a_custom_attribute_that_does_not_fit_is_named_and_nothing_written(
    desk: Desk, value: Any
) -> None:
    """The registry is read, no more; the good one beside it is not created."""
    row = {"model": "contact", "name": "seats", "data_type": "integer"}
    desk.plant(attributes=[row])
    given = {"fresh": "x", "seats": value}
    told = desk.do("user", "create", UserId="u1", CustomAttributes=given)
    assert told["StatusCode"] == -1
    assert told["ErrorMessage"].startswith("CustomAttributes.seats")
    assert desk.calls() == []
    assert desk.people() == []


def test_an_attribute_that_cannot_be_created_leaves_all_unwritten(desk: Desk) -> None:
    """Intercom has no name twice, for contacts and for companies."""
    desk.plant(attributes=[{"model": "company", "name": "tier", "data_type": "string"}])
    firm = {"company_id": "acme"}
    told = desk.do("user", "create", UserId="u1", CustomAttributes={"tier": "x"}, Companies=[firm])
    assert told["StatusCode"] == 400
    assert "tier" in told["ErrorMessage"]
    assert (desk.people(), desk.state.companies) == ([], {})


def test_who_listens_to_the_client_hears_the_operations_calls(desk: Desk) -> None:
    """A recorder of the caller's own stays."""
    heard: list[str] = []
    listening = desk.client.recording(lambda told: heard.append(told.call.name))
    answer(OPERATIONS["company", "get"], listening, {"CompanyId": "acme"})
    assert heard == ["find company"]


def test_in_a_dry_run_nothing_is_sent(client: Client, server: SandboxServer) -> None:
    """Not even reads."""
    told = answer(OPERATIONS["user", "get-many"], Workspace(client, dry_run=True), {})
    assert (told["StatusCode"], told["ErrorMessage"]) == (-1, "dry run: nothing sent")
    assert server.state.journal.listed() == []


@pytest.mark.parametrize(("status", "told"), [(503, 503), (429, 429), (403, 403), (500, 500)])
def test_intercoms_refusal_is_the_answers_status(desk: Desk, status: int, told: int) -> None:
    """With its words in ErrorMessage."""
    desk.state.faults.add(Fault("status", times=0, status=status))
    given = desk.do("company", "create", CompanyId="acme", Name="Acme")
    assert given["StatusCode"] == told
    assert "upsert company" in given["ErrorMessage"]
    assert (given["Id"], given["CreatedAt"]) == ("", None)
    json.dumps(given)


def test_no_answer_is_a_500(server: SandboxServer) -> None:
    """Intercom has no status then."""
    client = Client("http://127.0.0.1:1", "t")
    told = answer(OPERATIONS["company", "get"], client, {"CompanyId": "acme"})
    assert told["StatusCode"] == 500
    assert told["ErrorMessage"]
    client.close()
