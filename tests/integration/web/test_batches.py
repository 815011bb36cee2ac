"""One request with many events: stored at once, answered as its sender wants."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.app import sources
from bridge.errors import ExpressionError
from bridge.model import State
from bridge.store import erasure
from bridge.store.erasure import Trace
from bridge.worker.payload import payload, whole

from .conftest import Bench
from .test_receiving import fact

Make = Callable[..., Bench]

BATCHED = """\
receive:
  each: =body.facts
event:
  id: =item.id
  type: =item.type
  subject: =item.customer
routes:
  - on: customer.*
    user:
      match:
        external_id: =item.customer
      set:
        name: =body.shop
"""
ACK = "receive:\n  ack:\n    status: 202\n    type: text/xml\n    body: <ok/>\n"


@pytest.fixture
def shop(folder: Path, bench_with: Make) -> Callable[[str], Bench]:
    """Give the application with the rest of the shop's mapping replaced."""

    def made(rest: str) -> Bench:
        path = folder / "shop.yaml"
        path.write_text(path.read_text().partition("event:")[0] + rest)
        return bench_with()

    return made


def batch(*facts: Any) -> dict[str, Any]:
    return {"shop": "North", "facts": list(facts)}


def test_one_receipt_has_many_events(shop: Callable[[str], Bench]) -> None:
    """The answer names all; each knows its own part of the request and the whole of it."""
    bench = shop(BATCHED)
    ids = bench.send(batch(fact(1), fact(2, customer="c2"))).get_json()["events"]
    events = [bench.stored(one) for one in ids]
    assert [one.key for one in events] == ["e1", "e2"]
    assert events[0].receipt == events[1].receipt
    mapping = sources.load(bench.config).mappings["shop"]
    made = mapping.map(payload(events[1]), events[1], whole=partial(whole, events[1]))
    assert made.people[0].match[0].value == "c2"
    assert made.people[0].set["name"] == "North"


def test_what_was_seen_before_is_not_stored_again(shop: Callable[[str], Bench]) -> None:
    """Also where it comes among others that are new."""
    bench = shop(BATCHED)
    first = bench.send(batch(fact(1), fact(2))).get_json()["events"]
    again = bench.send(batch(fact(2), fact(3))).get_json()
    assert again["events"][0] == first[1]
    assert "duplicate" not in again
    assert bench.count == 3


def test_an_item_that_cannot_be_read_harms_no_other(shop: Callable[[str], Bench]) -> None:
    """It is stored as failed, the rest wait to be applied."""
    bench = shop(BATCHED)
    ids = bench.send(batch(fact(1), fact(2, id={}), fact(3))).get_json()["events"]
    states = [bench.stored(one).state for one in ids]
    assert states == [State.PENDING, State.FAILED, State.PENDING]


def test_an_item_outlives_the_erasing_of_another_person(shop: Callable[[str], Bench]) -> None:
    """The request as a whole is gone; who asks for it is told why."""
    bench = shop(BATCHED)
    one, other = bench.send(batch(fact(1), fact(2, customer="c2"))).get_json()["events"]
    with bench.db.write() as connection:
        erasure.wipe(connection, [Trace(one)])
    left = bench.stored(other)
    assert payload(left)["customer"] == "c2"
    with pytest.raises(ExpressionError, match="erased with another"):
        whole(left)


def test_a_sender_gets_the_answer_it_wants(shop: Callable[[str], Bench]) -> None:
    """Status, type and text as the mapping has them, for what is known already too."""
    rest = "event:\n  id: =body.id\nroutes:\n  - user:\n      match:\n        email: =body.email\n"
    bench = shop(ACK + rest)
    for _ in range(2):
        answer = bench.send(fact())
        assert (answer.status_code, answer.text) == (202, "<ok/>")
        assert answer.content_type.startswith("text/xml")
    assert bench.count == 1
