"""Forms of browsers: who may send, how often, what is kept, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bridge.clock import SECOND
from bridge.web.visitors import MOST, Visitors, network_of

from .conftest import Bench

FORM = """\
source: form
verify:
  scheme: open
receive:
  form:
    origins: [https://www.example.com]
    fields: [email, name, utm_source]
    honeypot: url
    per_minute: 3
event:
  subject: =body.email
routes:
  - lead:
      match:
        email: =body.email
"""
SITE = {"Origin": "https://www.example.com"}
BROWSER = {**SITE, "Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
ADA = {"email": "ada@example.com", "name": "<script>alert(1)</script>"}

Make = Callable[..., Bench]
Send = Callable[..., TestResponse]


@pytest.fixture
def bench(folder: Path, bench_with: Make) -> Bench:
    """Give the application with a form as well."""
    (folder / "form.yaml").write_text(FORM)
    return bench_with()


@pytest.fixture
def send(bench: Bench) -> Send:
    """Send a form, plain unless it is `json`."""

    def sending(form: Any = None, **more: Any) -> TestResponse:
        told = {"headers": SITE, "data": ADA if form is None else form, **more}
        return bench.client.post("/hooks/form", **told)

    return sending


def kept(bench: Bench, event_id: int = 1) -> Any:
    return json.loads(bench.stored(event_id).receipt.body)


def test_a_plain_form_gets_a_page_and_is_stored_as_unproven(bench: Bench, send: Send) -> None:
    """The page says thank you in words of ours; nothing of the visitor's stands in it."""
    answer = send(headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Thank you" in answer.text
    assert "alert" not in answer.text
    assert bench.stored(1).is_open
    assert kept(bench) == ADA


@pytest.mark.parametrize(
    "more", [{"json": ADA, "data": None}, {}, {"content_type": "multipart/form-data"}]
)
def test_a_script_gets_json_that_its_site_may_read(bench: Bench, send: Send, more: Any) -> None:
    """As JSON, urlencoded or multipart."""
    answer = send(**more)
    assert answer.get_json() == {"received": True}
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert answer.headers["Vary"] == "Origin"
    assert kept(bench) == ADA


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "https://www.example.com.evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Referer": "https://evil.example/www.example.com"},
    ],
)
def test_another_site_may_not_send(bench: Bench, send: Send, headers: dict[str, str]) -> None:
    """It is refused before anything is read, and may not read why."""
    answer = send(headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert bench.count == 0


def test_a_page_that_keeps_its_origin_back_is_known_by_its_address(send: Send) -> None:
    """Some browsers send `Origin: null` with a plain form."""
    told = {"Origin": "null", "Referer": "https://www.example.com/contact?a=1"}
    assert send(headers=told).status_code == 200


def test_a_robot_is_told_what_a_person_is_told(bench: Bench, send: Send) -> None:
    """What it sent is not kept."""
    person, robot = send(), send({"email": "bot@example.com", "url": "x"})
    assert (robot.status_code, robot.data) == (person.status_code, person.data)
    assert bench.count == 1


def test_what_nobody_asked_for_is_never_stored(bench: Bench, send: Send) -> None:
    """Fields, parameters, headers and files that the mapping does not list."""
    bench.client.post(
        "/hooks/form?utm_source=x&secret=canary",
        data={**ADA, "password": "canary"},
        headers={**SITE, "Cookie": "canary", "User-Agent": "Browser"},
    )
    stored = bench.stored(1)
    assert "canary" not in repr(stored)
    assert stored.receipt.query == {"utm_source": "x"}
    assert stored.receipt.header("user-agent") == "Browser"


def test_one_address_sends_only_so_often(bench: Bench, send: Send) -> None:
    """429 with when to come back; another address is not held up."""
    answers = [send({"email": f"{number}@example.com"}).status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert send().headers["Retry-After"] == "60"
    other = send(environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"[1]", "content_type": "application/json"}, 400),
        ({"data": b"name=Ann", "content_type": "text/plain"}, 415),
        ({"data": {"name": "x" * 70_000}}, 413),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_kept(
    bench: Bench, send: Send, more: Any, status: int
) -> None:
    """Whoever sends it proves nothing: it must not fill the database. The site may read why."""
    answer = send(**more)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert bench.count == 0


def test_a_plain_form_is_sent_on_where_the_mapping_says(folder: Path, bench_with: Make) -> None:
    """With 303, so that the browser does not send it twice."""
    told = FORM.replace(
        "    honeypot", "    redirect: https://www.example.com/thanks\n    honeypot"
    )
    (folder / "form.yaml").write_text(told)
    answer = bench_with().client.post(
        "/hooks/form?next=https://evil.example", data=ADA, headers=BROWSER
    )
    assert (answer.status_code, answer.location) == (303, "https://www.example.com/thanks")


def test_a_browser_asks_before_a_script_sends_json(bench: Bench) -> None:
    """Only the sites listed may; a source that is no form answers no such question."""
    asked = {"Access-Control-Request-Method": "POST"}
    answer = bench.client.options("/hooks/form", headers={**SITE, **asked})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    evil = bench.client.options("/hooks/form", headers={"Origin": "https://evil.example", **asked})
    assert evil.status_code == 403
    assert bench.client.options("/hooks/shop", headers={**SITE, **asked}).status_code == 405


def test_the_limit_forgets_what_is_over_a_minute_old() -> None:
    """A bucket that fills evenly, for each source and address."""
    visitors, now = Visitors(), 10**15
    admitted = [visitors.admit("form", "203.0.113.9", 2, now) for _ in range(3)]
    assert admitted == [True, True, False]
    assert visitors.admit("other", "203.0.113.9", 2, now)
    assert not visitors.admit("form", "203.0.113.9", 2, now + 29 * SECOND)
    assert visitors.admit("form", "203.0.113.9", 2, now + 30 * SECOND)


def test_the_limit_remembers_so_many_addresses_and_no_more() -> None:
    """Whoever has many addresses cannot fill the memory."""
    visitors = Visitors()
    for number in range(MOST + 10):
        visitors.admit("form", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 2, 0)
    assert len(visitors._empty_at) == MOST


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        (None, ""),
        ("nonsense", ""),
    ],
)
def test_a_connection_is_one_sender(address: str | None, network: str) -> None:
    """Of IPv6 everybody has a whole network."""
    assert network_of(address) == network
