"""Senders that ask whether somebody is here, before they send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import SECRETS, Bench
from .test_receiving import fact

Make = Callable[..., Bench]

ASKS = """\
receive:
  handshake:
    when: body.type == 'url_verification'
    answer: =body.challenge
event:
"""
GET = "receive:\n  handshake:\n    get: hub.challenge\n    token: hub.verify_token\nevent:\n"
SECRET = SECRETS["SHOP_SECRET"]


@pytest.fixture
def shop(folder: Path, bench_with: Make) -> Callable[[str], Bench]:
    """Give the application with a handshake in the shop's mapping."""

    def made(handshake: str) -> Bench:
        path = folder / "shop.yaml"
        path.write_text(path.read_text().replace("event:\n", handshake, 1))
        return bench_with()

    return made


def test_a_signed_question_is_answered_and_is_no_event(shop: Callable[[str], Bench]) -> None:
    """With the challenge in its body, as text; what comes after it is an event."""
    bench = shop(ASKS)
    answer = bench.send({"type": "url_verification", "challenge": "3eZbrw<b>"})
    assert (answer.status_code, answer.text) == (200, "3eZbrw<b>")
    assert answer.mimetype == "text/plain"
    assert bench.count == 0
    bench.send(fact())
    assert bench.count == 1


def test_an_answer_that_is_an_object_is_json(shop: Callable[[str], Bench]) -> None:
    """Some senders want the challenge back as they sent it."""
    bench = shop(ASKS.replace("=body.challenge", "'={challenge: body.challenge}'"))
    answer = bench.send({"type": "url_verification", "challenge": "x"})
    assert answer.get_json() == {"challenge": "x"}


def test_a_question_nobody_signed_is_refused(shop: Callable[[str], Bench]) -> None:
    """It is verified before it is answered."""
    asked = {"type": "url_verification", "challenge": "x"}
    answer = shop(ASKS).client.post("/hooks/shop", json=asked)
    assert answer.status_code == 401
    assert answer.text != "x"


def test_a_get_with_the_secret_gets_its_challenge_back(shop: Callable[[str], Bench]) -> None:
    """As text, whatever it holds; without the secret, or too long, it does not."""
    client = shop(GET).client
    asked = {"hub.challenge": "<script>", "hub.verify_token": SECRET}
    answer = client.get("/hooks/shop", query_string=asked)
    assert (answer.status_code, answer.text) == (200, "<script>")
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    wrong = {**asked, "hub.verify_token": "guess"}
    assert client.get("/hooks/shop", query_string=wrong).status_code == 401
    long = {**asked, "hub.challenge": "x" * 1001}
    assert client.get("/hooks/shop", query_string=long).status_code == 400


def test_who_asks_nothing_is_told_how_webhooks_are_sent(bench: Bench) -> None:
    """GET is refused where the mapping has no handshake; HEAD is answered everywhere."""
    answer = bench.client.get("/hooks/shop")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert bench.client.head("/hooks/shop").status_code == 200


@pytest.mark.parametrize(
    "lines",
    ["when: body.a", "answer: =body.a", "token: t", "{}"],
)
def test_half_a_handshake_is_refused(shop: Callable[[str], Bench], lines: str) -> None:
    """The source answers 503 until its mapping is mended."""
    bench = shop(f"receive:\n  handshake:\n    {lines}\nevent:\n")
    assert bench.client.get("/hooks/shop").status_code == 503
