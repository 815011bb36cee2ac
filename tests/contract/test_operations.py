"""Every operation the sandbox has, done and refused, each answer as the description has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge.intercom.sandbox import Fault, Sandbox, create_sandbox
from bridge.intercom.sandbox.journal import Exchange
from tests.contract.contract import Contract

HEADERS = {"Authorization": "Bearer t", "Intercom-Version": "2.16"}
Operation = tuple[str, str]
SANDBOX = create_sandbox(Sandbox())


def general(path: str) -> str:
    """Give a path without the names of its ids."""
    return re.sub(r"<[^>]*>|{[^}]*}", "{}", path)


OPERATIONS = sorted(
    (method, rule.rule)
    for rule in SANDBOX.url_map.iter_rules()
    if rule.endpoint.startswith("api.")
    for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
)
ROWS: list[tuple[str, str, Any]] = [
    ("GET", "/me", None),
    ("POST", "/data_attributes", {"name": "tier", "model": "contact", "data_type": "string"}),
    ("GET", "/data_attributes?model=contact", None),
    ("POST", "/contacts", {"role": "user", "external_id": "u1", "email": "a@example.com"}),
    ("POST", "/contacts", {"role": "lead", "email": "a@example.com", "phone": "+3531"}),
    ("GET", "/contacts/{user}", None),
    ("PUT", "/contacts/{user}", {"name": "Ada", "custom_attributes": {"tier": "Pro"}}),
    ("GET", "/contacts/find_by_external_id/u1", None),
    ("GET", "/contacts?per_page=1", None),
    ("POST", "/contacts/search", {"query": {"field": "email", "operator": "~", "value": "a"}}),
    ("POST", "/companies", {"company_id": "c1", "name": "Acme", "update_last_request_at": True}),
    ("GET", "/companies/{company}", None),
    ("PUT", "/companies/{company}", {"size": 3, "custom_attributes": {}}),
    ("GET", "/companies?company_id=c1", None),
    ("POST", "/contacts/{user}/companies", {"id": "{company}"}),
    ("GET", "/companies", None),
    ("POST", "/companies/list?page=1&per_page=15&order=asc", None),
    ("GET", "/companies/scroll", None),
    ("GET", "/companies/{company}/contacts", None),
    ("GET", "/contacts/{user}/companies", None),
    ("POST", "/tags", {"name": "VIP", "users": [{"id": "{user}"}]}),
    ("GET", "/tags", None),
    ("GET", "/tags/{tag}", None),
    ("POST", "/contacts/{user}/tags", {"id": "{tag}"}),
    ("GET", "/contacts/{user}/tags", None),
    ("POST", "/contacts/{user}/notes", {"body": "<p>Hello</p>", "admin_id": "1"}),
    ("GET", "/contacts/{user}/notes?per_page=5", None),
    ("POST", "/companies/{company}/notes", {"body": "<p>Hello</p>"}),
    ("GET", "/companies/{company}/notes", None),
    ("GET", "/notes/{note}", None),
    ("GET", "/subscription_types", None),
    ("POST", "/contacts/{user}/subscriptions", {"id": "1", "consent_type": "opt_in"}),
    ("GET", "/contacts/{user}/subscriptions", None),
    ("GET", "/contacts/{user}", None),
    ("DELETE", "/contacts/{user}/subscriptions/1", None),
    ("POST", "/events", {"event_name": "bought", "created_at": 1_700_000_000, "id": "{user}"}),
    ("GET", "/events?type=user&intercom_user_id={user}&summary=true", None),
    ("GET", "/events?type=user&user_id=u1", None),
    ("POST", "/events/summaries", {"user_id": "u1", "event_summaries": {"count": 1}}),
    ("PUT", "/data_attributes/{attribute}", {"description": "What is paid", "archived": True}),
    ("POST", "/contacts/{user}/block", None),
    ("POST", "/contacts/merge", {"from": "{lead}", "into": "{user}"}),
    ("DELETE", "/contacts/{user}/tags/{tag}", None),
    ("DELETE", "/contacts/{user}/companies/{company}", None),
    ("DELETE", "/tags/{tag}", None),
    ("DELETE", "/companies/{company}", None),
    ("POST", "/contacts/{user}/archive", None),
    ("POST", "/contacts/{user}/unarchive", None),
    ("DELETE", "/contacts/{user}", None),
]
"""In this order they make a whole: {user} and so on are the ids that earlier answers gave."""


class Tour:
    """A workspace, one caller, and every exchange between them."""

    def __init__(self) -> None:
        self.state = Sandbox()
        self.exchanges: list[Exchange] = []
        self.state.on_exchange = self.exchanges.append
        self.caller: FlaskClient = create_sandbox(self.state).test_client()

    def ids(self) -> Iterator[tuple[str, str]]:
        """Give what stands for each name in braces, as far as it is there already."""
        for contact in self.state.contacts.values():
            yield contact.role, contact.id
        for name, held in (
            ("company", self.state.companies),
            ("tag", self.state.tags),
            ("note", self.state.notes),
            ("attribute", {n: a for n, a in self.state.attributes.items() if a.custom}),
        ):
            yield from ((name, str(each)) for each in held)

    def filled(self, template: Any) -> Any:
        """Give a path or body with ids in the place of the names."""
        if isinstance(template, dict):
            return {name: self.filled(value) for name, value in template.items()}
        if isinstance(template, list):
            return [self.filled(each) for each in template]
        for name, value in self.ids() if isinstance(template, str) else ():
            template = template.replace(f"{{{name}}}", value)
        return template

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        answer = self.caller.open(
            self.filled(path), method=method, json=self.filled(body), headers=HEADERS | headers
        )
        return answer.status_code


@pytest.fixture
def tour() -> Tour:
    return Tour()


def test_every_operation_of_the_sandbox_is_one_of_the_description(contract: Contract) -> None:
    """Nothing is made up: each path and method is Intercom's."""
    described = {
        (method.upper(), general(path))
        for path, item in contract.spec["paths"].items()
        for method in item
    }
    assert {(method, general(path)) for method, path in OPERATIONS} <= described


def test_every_operation_does_as_described(contract: Contract, tour: Tour) -> None:
    """Each succeeds once at least, and no operation of the sandbox is left out."""
    for method, path, body in ROWS:
        assert tour.ask(method, path, body) < 300, (method, path)
    contract.check_all(tour.exchanges)
    done = {
        (each.method, general(contract.operation(each.method, each.path)))
        for each in tour.exchanges
    }
    assert done == {(method, general(path)) for method, path in OPERATIONS}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_wants_a_token(
    method: str, path: str, contract: Contract, tour: Tour
) -> None:
    """401, in the envelope of errors."""
    assert tour.ask(method, re.sub(r"<[^>]*>", "1", path), Authorization="Bearer ") == 401
    contract.check(tour.exchanges[0], request=False)


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if "<" in each[1]])
def test_what_is_not_there_is_not_found(
    method: str, path: str, contract: Contract, tour: Tour
) -> None:
    """404 for each operation on something that has an id."""
    assert tour.ask(method, re.sub(r"<[^>]*>", "404", path), {}) == 404
    contract.check(tour.exchanges[0], request=False)


@pytest.mark.parametrize("path", sorted({path for method, path in OPERATIONS if method == "POST"}))
def test_what_is_no_json_is_refused(path: str, contract: Contract, tour: Tour) -> None:
    """Where a body is read: 400, or 404 where the id is looked at first."""
    tour.caller.post(re.sub(r"<[^>]*>", "404", path), data=b"{", headers=HEADERS)
    bodiless = path == "/companies/list"
    assert tour.exchanges[0].status in ({200} if bodiless else {400, 404})
    contract.check(tour.exchanges[0], request=False)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("throttle"), 429),
        (Fault("status", status=503), 503),
        (Fault("status", status=500, after=True), 500),
        (Fault("race"), 400),
    ],
)
def test_faults_answer_as_intercom_does(
    fault: Fault, status: int, contract: Contract, tour: Tour
) -> None:
    """In the envelope of errors, on a request that is right."""
    tour.state.faults.add(fault)
    assert tour.ask("POST", "/companies", {"company_id": "c1"}) == status
    contract.check_all(tour.exchanges)
