"""`POST /hooks/<source>`: what is answered, and what is stored when it is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.model import State
from bridge.store import lanes
from bridge.store.database import Database, connect

from .conftest import SECRETS, Bench

Make = Callable[..., Bench]


def fact(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": "customer.new", "at": 1735689600, "customer": "c1"} | more


def test_a_signed_fact_is_stored_and_answered_with_its_event(bench: Bench) -> None:
    """200 says: it is in the database, under this id."""
    answer = bench.send(fact())
    assert answer.status_code == 200
    (event_id,) = answer.get_json()["events"]
    stored = bench.stored(event_id)
    assert (stored.key, stored.type, stored.subject) == ("e1", "customer.new", "c1")
    assert stored.receipt.body == json.dumps(fact()).encode()
    assert stored.receipt.verdict == "verified"


def test_the_same_fact_again_is_known(bench: Bench) -> None:
    """It gets the same event's id, and is said to be a duplicate."""
    first = bench.send(fact()).get_json()
    again = bench.send(fact()).get_json()
    assert again == {"events": first["events"], "duplicate": True}
    assert "duplicate" not in first


def test_a_body_that_was_tampered_with_is_refused_and_not_stored(bench: Bench) -> None:
    """401 with the reason, and nothing kept of it."""
    request = bench.signed(fact())
    answer = bench.client.post(**request | {"data": request["data"].replace(b"c1", b"c2")})
    assert answer.status_code == 401
    assert "matches no secret" in answer.get_json()["error"]
    assert bench.count == 0


def test_nothing_of_a_body_is_parsed_before_it_is_verified(bench: Bench) -> None:
    """An unreadable body without a signature is 401, not 400."""
    answer = bench.client.post("/hooks/shop", data=b"{", content_type="application/json")
    assert answer.status_code == 401
    answer = bench.client.post("/hooks/shop", data=b"<xml/>", content_type="text/xml")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"id": 1,', "application/json", 400),
        (b'{"id": NaN}', "application/json", 400),
        (b'{"id": 1, "id": 2}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"<!DOCTYPE a><a/>", "text/xml", 400),
        (b"<a/>", "text/html", 415),
    ],
)
def test_what_is_verified_but_unreadable_is_kept_as_a_failed_event(
    body: bytes, kind: str, status: int, bench: Bench
) -> None:
    """The sender learns what is wrong, the operator can see it."""
    answer = bench.send(body, headers={"Content-Type": kind})
    assert answer.status_code == status
    (event_id,) = answer.get_json()["events"]
    stored = bench.stored(event_id)
    assert stored.state == State.FAILED
    assert stored.reason.startswith("unreadable: ")
    assert stored.receipt.body == body
    assert stored.receipt.verdict.startswith("unreadable: ")


def test_an_unreadable_body_sent_again_is_one_event(bench: Bench) -> None:
    """A sender that insists fills no table."""
    ids = [bench.send(b"{").get_json()["events"] for _ in range(2)]
    assert ids[0] == ids[1]


def test_a_source_nobody_mapped_is_unknown(bench: Bench) -> None:
    """404 in JSON, with nothing bound to what was asked for."""
    answer = bench.client.post("/hooks/nobody", data=b"{}")
    assert answer.status_code == 404
    assert answer.get_json() == {"error": "there is no source of that name"}


def test_a_slash_behind_the_address_does_no_harm(bench: Bench) -> None:
    """People paste it."""
    request = bench.signed(fact())
    assert bench.client.post(**request | {"path": "/hooks/shop/"}).status_code == 200


def test_a_source_whose_secret_is_elsewhere_has_nothing_behind_its_name(bench: Bench) -> None:
    """What stands there would not be looked at: a mistake in setting it up."""
    request = bench.signed(fact())
    answer = bench.client.post(**request | {"path": "/hooks/shop/token"})
    assert answer.status_code == 404
    assert bench.count == 0


def test_a_source_without_its_secret_is_not_served_and_the_others_are(bench: Bench) -> None:
    """503 names the variable, and says when to come back."""
    client = bench.made(SHOP_SECRET="")
    answer = client.post(**bench.signed(fact()))
    assert answer.status_code == 503
    assert "SHOP_SECRET is not set" in answer.get_json()["error"]
    assert int(answer.headers["Retry-After"]) > 0
    assert client.post(**bench.signed({"id": 1}, "pipe")).status_code == 200


def test_a_broken_mapping_is_not_served_and_tells_strangers_nothing(
    bench_with: Make, folder: Path
) -> None:
    """Whoever runs `bridge check` sees the place; the sender sees that it is our fault."""
    (folder / "shop.yaml").write_text("source: shop\ntitel: canary\n")
    bench = bench_with()
    answer = bench.client.post("/hooks/shop", data=b"{}")
    assert answer.status_code == 503
    assert "bridge check" in answer.get_json()["error"]
    assert "titel" not in answer.text
    assert bench.send({"id": 1}, "pipe").status_code == 200


def test_a_body_longer_than_allowed_is_refused_unread(bench_with: Make) -> None:
    """By its Content-Length, before a byte is read."""
    bench = bench_with(BRIDGE_MAX_BODY="100")
    answer = bench.send(fact(note="x" * 100))
    assert answer.status_code == 413
    assert bench.count == 0


def test_a_chunked_body_is_counted_as_it_comes(bench_with: Make) -> None:
    """It has no length to look at."""
    bench = bench_with(BRIDGE_MAX_BODY="100")
    stream = io.BytesIO(b"x" * 10_000)
    answer = bench.client.post(
        "/hooks/shop", input_stream=stream, environ_overrides={"wsgi.input_terminated": True}
    )
    assert answer.status_code == 413
    assert stream.tell() <= 101


def test_a_body_shorter_than_its_length_is_refused(bench: Bench) -> None:
    """Half a fact is none."""
    sent = {"CONTENT_LENGTH": "10", "wsgi.input_terminated": True}
    answer = bench.client.post(
        "/hooks/shop", input_stream=io.BytesIO(b"{}"), environ_overrides=sent
    )
    assert answer.status_code == 400


def test_a_compressed_body_is_refused(bench: Bench) -> None:
    """No vendor sends one; bombs are."""
    answer = bench.send(fact(), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert bench.count == 0


def test_what_one_could_sign_in_with_is_not_kept(bench: Bench, database: Database) -> None:
    """Neither in headers, nor in the query, nor in the address; the rest is."""
    request = bench.signed({"id": 1, "email": "a@b.de"}, "pipe")
    secret = SECRETS["PIPE_SECRET"]
    assert secret in request["path"]
    answer = bench.client.post(
        **request,
        query_string={"api_key": "canary-1", "x": f"y{secret}", "page": "2"},
    )
    extra = {
        "Authorization": "Basic canary-2",
        "Cookie": "a=canary-3",
        "X-Auth-Token": "canary-4",
        "X-Topic": "lead.new",
    }
    request = bench.signed({"id": 2, "email": "a@b.de"}, "pipe", extra)
    second = bench.client.post(**request)
    for told in (answer, second):
        receipt = bench.stored(told.get_json()["events"][0]).receipt
        assert "canary" not in str((receipt.headers, receipt.query))
    assert bench.stored(answer.get_json()["events"][0]).receipt.query["page"] == "2"
    assert receipt.header("x-topic") == "lead.new"
    assert bench.stored(second.get_json()["events"][0]).type == "lead.new"


def test_nothing_is_acknowledged_that_could_not_be_stored(folder: Path, tmp_path: Path) -> None:
    """503 and come back, never 4xx, for what is our own failure."""
    bench = Bench(folder, connect(f"sqlite:///{tmp_path}/none/bridge.db"))
    answer = bench.send(fact())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "none" not in answer.text


def test_before_the_tables_exist_a_sender_is_told_to_come_back(
    folder: Path, fresh_database_url: Callable[[str], str]
) -> None:
    """The web process starts before its migrations now and then."""
    for kind in ("sqlite", "postgres"):
        db = connect(fresh_database_url(kind))
        assert Bench(folder, db).send(fact()).status_code == 503
        db.dispose()


def test_a_mark_of_tests_keeps_an_event_from_a_live_workspace(bench_with: Make) -> None:
    """And lets it through where nothing is live."""
    live = bench_with()
    (event_id,) = live.send(fact(1, test=True)).get_json()["events"]
    assert live.stored(event_id).state == State.SKIPPED
    trial = bench_with(BRIDGE_TEST_EVENTS="1")
    (event_id,) = trial.send(fact(2, test=True)).get_json()["events"]
    assert trial.stored(event_id).state == State.PENDING


@pytest.mark.parametrize("key", ["a\0b", "x" * 10_000, "é\u202e😀", " "])
def test_a_strange_id_is_stored_like_any_other(key: str, bench: Bench) -> None:
    """What a sender may send, the database must take."""
    first = bench.send(fact() | {"id": key, "customer": key, "type": f"customer.{key}"})
    again = bench.send(fact() | {"id": key, "customer": key, "type": f"customer.{key}"})
    assert first.status_code == again.status_code == 200
    assert again.get_json() == first.get_json() | {"duplicate": True}


@pytest.mark.parametrize(("setting", "said", "waits"), [("5", "", 5), ("5", "2", 2), ("0", "", 0)])
def test_a_first_event_waits_for_more_to_be_applied_with(
    bench_with: Make, folder: Path, setting: str, said: str, waits: float
) -> None:
    """As long as the mapping says, else the configuration; later ones put nothing off."""
    if said:
        file = folder / "shop.yaml"
        file.write_text(f"defaults: {{fold: {said}}}\n" + file.read_text())
    bench = bench_with(BRIDGE_FOLD_SECONDS=setting)
    first = bench.send(fact()).get_json()["events"][0]
    due = lanes.next_due(bench.db) or 0
    assert (due - bench.stored(first).received_at) / SECOND == pytest.approx(waits, abs=0.5)
    bench.send(fact(2))
    assert lanes.next_due(bench.db) == due
