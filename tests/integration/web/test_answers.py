"""What every answer has, what is not there, and what health is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.store import destinations
from bridge.store.database import Database, connect

from .conftest import Bench

Make = Callable[..., Bench]


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/hooks/shop", "/nothing"])
def test_every_answer_has_a_request_id_and_says_how_to_handle_it(path: str, bench: Bench) -> None:
    """Also those that refuse."""
    answer = bench.client.get(path)
    assert len(answer.headers["X-Request-Id"]) == 16
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_request_id_that_is_one_is_kept(bench: Bench) -> None:
    """The platform's own, so that its log and ours can be read together."""
    answer = bench.client.get("/healthz", headers={"X-Request-Id": "abc-1.2_3"})
    assert answer.headers["X-Request-Id"] == "abc-1.2_3"


@pytest.mark.parametrize("told", ["x" * 65, 'a"b', "a b", "ä", ""])
def test_a_request_id_that_could_fool_a_log_is_replaced(told: str, bench: Bench) -> None:
    """It is anybody's text."""
    answer = bench.client.get("/healthz", headers={"X-Request-Id": told.encode()})
    assert len(answer.headers["X-Request-Id"]) == 16


@pytest.mark.parametrize("path", ["/nothing", "/hooks", "/hooks/", "/hooks/a/b/c", "/api/nothing"])
def test_what_is_not_there_is_said_in_json(path: str, bench: Bench) -> None:
    """Programs read it."""
    answer = bench.client.post(path)
    assert answer.status_code == 404
    assert answer.get_json() == {"error": "there is nothing at this address"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_webhook_is_a_post(method: str, bench: Bench) -> None:
    """Whoever opens the address in a browser learns that it is right."""
    answer = bench.client.open("/hooks/shop", method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"].split(", ")
    assert answer.get_json() == {"error": "webhooks are sent by POST"}


@pytest.mark.parametrize(
    ("source", "secret", "status"),
    [("shop", "canary-shop-secret", 200), ("shop", "", 503), ("nobody", "", 404)],
)
def test_head_says_whether_a_source_is_there(
    source: str, secret: str, status: int, bench: Bench
) -> None:
    """Intercom asks so before it takes an address."""
    answer = bench.made(SHOP_SECRET=secret).head(f"/hooks/{source}")
    assert (answer.status_code, answer.data) == (status, b"")


def test_a_wrong_method_elsewhere_is_json_too(bench: Bench) -> None:
    """With what is allowed."""
    answer = bench.client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.get_json()["error"]


def test_a_fault_of_ours_is_503_and_tells_nothing_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sender comes back; the log has the rest, under the id that was answered."""

    def broken(*_: object, **__: object) -> None:
        raise LookupError("canary")

    monkeypatch.setattr("bridge.web.health.revisions.pending", broken)
    answer = bench.client.get("/readyz")
    assert answer.status_code == 503
    assert "canary" not in answer.text
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
    assert int(answer.headers["Retry-After"]) > 0


def test_health_needs_no_database(folder: Path, tmp_path: Path) -> None:
    """A platform that restarts for a database that is away makes it worse."""
    bench = Bench(folder, connect(f"sqlite:///{tmp_path}/none/bridge.db"))
    assert bench.client.get("/healthz").get_json() == {"status": "ok"}


def test_ready_says_that_all_is_well(bench: Bench) -> None:
    """Nothing to name."""
    answer = bench.client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "problems": {}})


def test_ready_names_a_source_that_is_not_served(bench: Bench) -> None:
    """Degraded is no outage: the others are served."""
    answer = bench.made(SHOP_SECRET="").get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "degraded"
    assert list(answer.get_json()["problems"]) == ["shop"]


def test_ready_says_that_the_destination_is_paused_and_why(
    bench: Bench, database: Database
) -> None:
    """Receiving goes on."""
    destinations.pause(database, "the token is not accepted")
    answer = bench.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["problems"] == {"intercom": "paused: the token is not accepted"}
    destinations.resume(database)
    assert bench.client.get("/readyz").get_json()["status"] == "ok"


def test_ready_asks_for_the_worker_when_events_are_long_due(
    bench: Bench, database: Database
) -> None:
    """Nobody else notices that it was never started."""
    fact = {"id": 1, "type": "customer.new", "customer": "c"}
    assert bench.send(fact).status_code == 200
    assert bench.client.get("/readyz").get_json()["status"] == "ok"
    with database.write() as connection:
        connection.execute(text("UPDATE lanes SET ready_at = ready_at - 600000000"))
    problems = bench.client.get("/readyz").get_json()["problems"]
    assert "is a worker running?" in problems["worker"]


def test_not_ready_while_tables_are_missing(
    folder: Path, fresh_database_url: Callable[[str], str]
) -> None:
    """With the command that makes them."""
    for kind in ("sqlite", "postgres"):
        db = connect(fresh_database_url(kind))
        answer = Bench(folder, db).client.get("/readyz")
        assert answer.status_code == 503
        assert "bridge migrate" in answer.get_json()["problems"]["database"]
        db.dispose()


def test_not_ready_without_a_database_and_no_word_of_where_it_is(
    folder: Path, tmp_path: Path
) -> None:
    """Anybody can ask."""
    answer = Bench(folder, connect(f"sqlite:///{tmp_path}/none/b.db")).client.get("/readyz")
    assert answer.status_code == 503
    assert "none" not in answer.text


def test_the_page_shows_where_to_send_and_what_is_wrong(bench: Bench) -> None:
    """In the mapping's own words, escaped."""
    page = bench.made(SHOP_SECRET="").get("/").text
    assert "A shop" in page
    assert "POST /hooks/shop" in page
    assert "SHOP_SECRET is not set" in page
    assert "canary" not in page


def test_the_page_shows_the_address_to_paste_where_it_is_known(bench_with: Make) -> None:
    """As the sender must know it, never from the Host header."""
    bench = bench_with(BRIDGE_PUBLIC_URL="https://bridge.example.com")
    page = bench.client.get("/", headers={"Host": "evil.example"}).text
    assert "<code>https://bridge.example.com/hooks/shop</code>" in page
    assert "evil" not in page


def test_a_title_is_text_and_no_markup(bench_with: Make, folder: Path) -> None:
    """A mapping may hold anything."""
    shop = folder / "shop.yaml"
    shop.write_text(shop.read_text().replace("title: A shop", "title: <script>alert(1)</script>"))
    assert "<script>" not in bench_with().client.get("/").text


def test_the_page_needs_nothing_from_elsewhere(bench: Bench) -> None:
    """Its one stylesheet is there."""
    found = re.findall(r'(?:href|src)="([^"]+)"', bench.client.get("/").text)
    assert "/static/start.css" in found
    for path in found:
        with bench.client.get(path) as answer:
            assert answer.status_code == 200
