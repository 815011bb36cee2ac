"""What a sender is answered, over real connections to gunicorn."""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from bridge.model import State
from bridge.store import events
from tests.acceptance.conftest import MakeBridge, database_of
from tests.acceptance.gate import Gate
from tests.acceptance.product import Bridge, until
from tests.conftest import KINDS

LIMIT = 2000

SHOP = """
source: {source}
verify:
  scheme: hmac
  secret: {secret}
  header: X-Signature
receive:
  max_body: 2000
event:
  id: =body.id
  type: =body.type
  subject: =body.email
routes:
  - on: newsletter
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
"""

BROKEN = """
source: broken
verify:
  scheme: hmac
  secret: BROKEN_SECRET
  heeder: X-Signature
routes: []
"""


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a source that works, one without its secret, and a broken one."""
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "shop.yaml").write_text(SHOP.format(source="shop", secret="SHOP_SECRET"))
    (folder / "quiet.yaml").write_text(SHOP.format(source="quiet", secret="QUIET_SECRET"))
    (folder / "broken.yaml").write_text(BROKEN)
    return folder


def start(make: MakeBridge, kind: str, mappings: Path, **options: Any) -> Bridge:
    bridge = make(kind, mappings=mappings, settings={"QUIET_SECRET": ""}, **options)
    bridge.start_web()
    return bridge


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest, make_shared: MakeBridge, mappings: Path) -> Bridge:
    """Give a running receiver and worker that the tests here share."""
    bridge = start(make_shared, request.param, mappings)
    bridge.start_worker()
    return bridge


def reader(**fields: Any) -> dict[str, Any]:
    """Give a reader's signup that no other test knows."""
    who = secrets.token_hex(6)
    return {"id": who, "type": "newsletter", "email": f"{who}@read.example", "name": "Ada"} | fields


def signature(bridge: Bridge, body: bytes) -> str:
    return hmac.new(bridge.environment["SHOP_SECRET"].encode(), body, "sha256").hexdigest()


# --- stored ---------------------------------------------------------------------------------------


def test_an_accepted_event_is_stored_byte_for_byte(running: Bridge) -> None:
    """200 names the event, and the store holds exactly the bytes that were sent."""
    body = json.dumps(reader(note="ä  😀", big=2**70), indent=3, ensure_ascii=False).encode()
    answer = running.post(running.signed("shop", body))
    assert (answer.status_code, list(answer.json())) == (200, ["events"])
    [event_id] = answer.json()["events"]
    event = events.get(running.db, event_id)
    assert event is not None
    assert event.receipt.body == body


def test_a_repeated_event_is_answered_with_the_first_one(running: Bridge) -> None:
    """The same event id again is 200, a duplicate of the event stored before."""
    payload = reader()
    first = running.post(running.signed("shop", payload))
    again = running.post(running.signed("shop", payload | {"name": "Eve"}))
    assert (again.status_code, again.json()) == (200, {**first.json(), "duplicate": True})


def test_many_senders_of_one_event_store_it_once(running: Bridge) -> None:
    """Sixteen deliveries of one event at the same moment are one event, and one is the first."""
    request = running.signed("shop", reader())
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: running.post(request), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["events"][0] for answer in answers}) == 1
    assert sum("duplicate" not in answer.json() for answer in answers) == 1


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_signed_form_is_an_event_like_any_other(running: Bridge, kind: str) -> None:
    """A form's fields are read as a body, its bytes are what is signed."""
    fields = reader(name="Zoë & Co")
    files = {name: (None, value) for name, value in fields.items()}
    asked = requests.Request("POST", running.url, data=fields if "url" in kind else None)
    asked.files = [] if "url" in kind else files
    form = asked.prepare()
    assert isinstance(form.body, str | bytes)
    body = form.body.encode() if isinstance(form.body, str) else form.body
    headers = {"Content-Type": form.headers["Content-Type"]}
    answer = running.post(running.signed("shop", body, headers))
    assert answer.status_code == 200, answer.text
    running.settle()
    assert running.person(email=fields["email"])["name"] == "Zoë & Co"


# --- refused --------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_refused_and_kept(running: Bridge) -> None:
    """A signed body that is no JSON is 400 in words, and one failed event to look at."""
    answer = running.post(running.signed("shop", b'{"id": 1,'))
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["error"]
    [event_id] = answer.json()["events"]
    assert running.event(event_id).state is State.FAILED


@pytest.mark.parametrize("body", [b'{"id": 1,', b"[" * 500, b'{"type": NaN}'])
def test_nothing_is_parsed_before_it_is_verified(running: Bridge, body: bytes) -> None:
    """What is not signed is 401, however unreadable, and nothing is kept of it."""
    before = len(running.listed())
    request = running.signed("shop", body)
    answer = running.post(request, **{"X-Signature": "0" * 64})
    assert answer.status_code == 401
    assert len(running.listed()) == before


def raw(bridge: Bridge, headers: list[tuple[str, str]], body: bytes) -> tuple[int, dict[str, Any]]:
    """Send a request with headers exactly as they are given, twice or not at all."""
    connection = http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=30)
    try:
        connection.putrequest("POST", "/hooks/shop")
        for name, value in [("Content-Type", "application/json"), *headers]:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("bad", "matches no secret"),
        ("missing", "is missing"),
        ("doubled", ""),
        ("right and wrong", ""),
        ("blank", ""),
    ],
)
def test_a_request_that_is_not_rightly_signed_is_refused(
    running: Bridge, case: str, reason: str
) -> None:
    """Bad, missing, doubled or blank signatures are 401 with the reason; nothing is stored."""
    body = json.dumps(reader()).encode()
    right = ("X-Signature", signature(running, body))
    wrong = ("X-Signature", signature(running, body + b" "))
    cases = {
        "bad": [wrong],
        "missing": [],
        "doubled": [right, right],
        "right and wrong": [right, wrong],
        "blank": [("X-Signature", "")],
    }
    before = len(running.listed())
    status, answer = raw(running, cases[case], body)
    assert status == 401
    assert reason in answer["error"]
    assert len(running.listed()) == before
    assert raw(running, [right], body)[0] == 200


def test_an_unknown_source_is_not_found(running: Bridge) -> None:
    """404 for a source that no mapping names."""
    answer = requests.post(f"{running.url}/hooks/nobody", json={}, timeout=30)
    assert answer.status_code == 404
    assert answer.json()["error"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_received(running: Bridge, method: str) -> None:
    """405 for every other method, and the answer says which one is right."""
    answer = requests.request(method, f"{running.url}/hooks/shop", timeout=30)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_body_too_long_is_refused_by_its_length(running: Bridge) -> None:
    """413 as soon as Content-Length says so: before a byte is read, before it is verified."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        connection.putrequest("POST", "/hooks/shop")
        connection.putheader("Content-Length", str(LIMIT + 1))
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert str(LIMIT) in json.loads(answer.read())["error"]
    finally:
        connection.close()


def test_a_body_too_long_is_refused_when_it_comes_in_pieces(running: Bridge) -> None:
    """413 for a chunked body that grows beyond the limit, although it never told its length."""
    body = json.dumps(reader(note="x" * LIMIT)).encode()
    pieces = (body[at : at + 500] for at in range(0, len(body), 500))
    headers = {"X-Signature": signature(running, body), "Content-Type": "application/json"}
    url = f"{running.url}/hooks/shop"
    assert requests.post(url, data=pieces, headers=headers, timeout=30).status_code == 413


def test_a_body_in_pieces_is_received_whole(running: Bridge) -> None:
    """A chunked body within the limit is verified and stored like any other."""
    body = json.dumps(reader(note="x" * 500)).encode()
    pieces = (body[at : at + 100] for at in range(0, len(body), 100))
    headers = {"X-Signature": signature(running, body), "Content-Type": "application/json"}
    url = f"{running.url}/hooks/shop"
    assert requests.post(url, data=pieces, headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "application/pdf"}, {"Content-Encoding": "gzip"}]
)
def test_a_kind_of_body_that_is_not_read_is_refused(
    running: Bridge, headers: dict[str, str]
) -> None:
    """415 for what is neither JSON nor XML nor a form, and for what is compressed."""
    answer = running.post(running.signed("shop", reader(), headers))
    assert answer.status_code == 415
    assert answer.json()["error"]


# --- our own failures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "reason"), [("quiet", "QUIET_SECRET"), ("broken", "broken.yaml:6")]
)
def test_a_source_that_is_not_set_up_tells_its_sender_to_come_back(
    running: Bridge, source: str, reason: str
) -> None:
    """503 with Retry-After for a missing secret or a broken mapping; the log tells which."""
    answer = requests.post(f"{running.url}/hooks/{source}", json={}, timeout=30)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    ready = requests.get(f"{running.url}/readyz", timeout=30)
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["problems"][source]
    assert reason in running.web.log()


@contextmanager
def store_locked(bridge: Bridge) -> Iterator[None]:
    """Keep everybody from writing receipts."""
    with bridge.db.write() as connection:
        if bridge.db.dialect == "postgresql":
            connection.execute(text("LOCK TABLE receipts IN EXCLUSIVE MODE"))
        yield


def test_nothing_is_answered_before_it_is_committed(running: Bridge) -> None:
    """While the store cannot commit there is no answer; then there is, and the event with it."""
    with ThreadPoolExecutor(1) as pool:
        with store_locked(running):
            answer: Future[requests.Response] = pool.submit(
                running.post, running.signed("shop", reader())
            )
            time.sleep(0.3)
            assert not answer.done()
        assert answer.result(20).status_code == 200
    assert running.event(answer.result().json()["events"][0])


def test_a_store_that_stays_locked_is_no_loss(make_bridge: MakeBridge, mappings: Path) -> None:
    """503 with Retry-After when SQLite cannot be written; receiver and worker go on afterwards."""
    bridge = start(make_bridge, "sqlite", mappings)
    worker = bridge.start_worker()
    request = bridge.signed("shop", reader())
    with store_locked(bridge):
        refused = bridge.post(request)
        assert bridge.listed() == []
        until(lambda: "SQLITE_BUSY" in worker.log(), "the worker does not meet the lock")
    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    taken = bridge.post(request)
    assert (taken.status_code, "duplicate" in taken.json()) == (200, False)
    [event_id] = taken.json()["events"]
    until(lambda: bridge.event(event_id).state is State.DONE, "the worker did not come back")
    worker.check()


def test_a_database_that_is_gone_is_no_loss(
    make_bridge: MakeBridge, mappings: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """503 while PostgreSQL is away; receiver and worker go on by themselves when it is back."""
    with database_of("postgres", request, tmp_path) as url:
        gate = Gate(url)
        try:
            survive_an_outage(start(make_bridge, "postgres", mappings, database_url=gate.url), gate)
        finally:
            gate.shut()


def survive_an_outage(bridge: Bridge, gate: Gate) -> None:
    worker = bridge.start_worker()
    early = bridge.send("shop", reader())
    until(lambda: bridge.event(early).state is State.DONE, "the worker does not work")
    gate.shut()
    late = bridge.signed("shop", reader())
    refused = bridge.post(late)
    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    assert "password" not in refused.text
    assert requests.get(f"{bridge.url}/healthz", timeout=30).status_code == 200
    assert requests.get(f"{bridge.url}/readyz", timeout=30).status_code == 503
    gate.open()
    bridge.db.dispose()  # the test's own connections were cut as well
    taken = bridge.post(late)
    assert taken.status_code == 200
    [event_id] = taken.json()["events"]
    until(lambda: bridge.event(event_id).state is State.DONE, "the worker did not come back")
    worker.check()


# --- requests are told apart ----------------------------------------------------------------------


def test_a_request_keeps_the_id_its_sender_gave_it(running: Bridge) -> None:
    """X-Request-Id comes back and stands in the log; without one the bridge makes its own."""
    given = f"their-{secrets.token_hex(4)}"
    answer = running.post(running.signed("shop", reader()), **{"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
    lines = [json.loads(line) for line in running.web.log().splitlines() if given in line]
    assert [line["event"] for line in lines] == ["received"]
    made = {
        running.post(running.signed("shop", reader())).headers["X-Request-Id"] for _ in range(2)
    }
    assert len(made) == 2


def test_a_request_id_that_would_spoil_the_log_is_replaced(running: Bridge) -> None:
    """What is no plain word is not taken over as the request's id."""
    answer = running.post(running.signed("shop", reader()), **{"X-Request-Id": 'a" b={}'})
    assert answer.headers["X-Request-Id"].isalnum()
