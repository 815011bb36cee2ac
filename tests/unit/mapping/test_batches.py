"""A batch is split into its items when it comes: each is an event of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bridge.errors import ExpressionError
from bridge.mapping.lint import mapped, stored
from bridge.mapping.mapping import Mapping

from .conftest import receipt_of

Load = Callable[..., Mapping]
Problems = Callable[..., list[str]]

BATCH = """\
receive:
  each: =body.events
event:
  id: =item.id
  type: =item.type
  when: body.shop == 's1'
routes:
  - user:
      match:
        external_id: =item.who
      set:
        name: =body.shop
"""


def batch(*items: Any, shop: str = "s1") -> dict[str, Any]:
    return {"shop": shop, "events": list(items)}


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": "new", "who": f"u{number}"} | more


def test_each_item_is_an_event_with_its_own_payload(load: Load) -> None:
    """In the order they came, integers exact."""
    body = batch(item(1, n=2**70), item(2))
    events = load(BATCH).read(body, receipt_of(body))
    assert [one.key for one in events] == ["e1", "e2"]
    assert [json.loads(one.payload or b"") for one in events] == body["events"]


def test_an_item_sees_the_request_it_came_in(load: Load) -> None:
    """`item` is its own part, `body` the whole."""
    body, mapping = batch(item(1), item(2)), load(BATCH)
    receipt = receipt_of(body)
    made = [mapped(mapping, body, one, receipt) for one in mapping.read(body, receipt)]
    assert [one.people[0].match[0].value for one in made] == ["u1", "u2"]
    assert {one.people[0].set["name"] for one in made} == {"s1"}


def test_an_item_that_cannot_be_read_fails_alone(load: Load) -> None:
    """The others go on; the reason names the place in the mapping."""
    body = batch(item(1), item(2, id={}), "text", None)
    events = load(BATCH).read(body, receipt_of(body))
    assert [bool(one.problem) for one in events] == [False, True, False, False]
    assert "shop.yaml" in (events[1].problem or "")
    assert events[3].payload == b"null"


def test_items_without_an_id_differ_by_their_place(load: Load) -> None:
    """The same item twice in one request is two events, the same request again is known."""
    body = batch({"type": "new"}, {"type": "new"})
    receipt = receipt_of(body)
    keys = [one.key for one in load(BATCH).read(body, receipt)]
    assert len(set(keys)) == 2
    assert keys == [one.key for one in load(BATCH).read(body, receipt)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "finds no items"),
        ({"events": None}, "finds no items"),
        ({"events": [1] * 1001}, "1001 items; 1000 at most"),
    ],
)
def test_what_cannot_be_split_is_one_failed_event(body: Any, said: str, load: Load) -> None:
    """It was verified, so that it is kept for somebody to look at."""
    (event,) = load(BATCH).read(body, receipt_of(body))
    assert said in (event.problem or "")
    assert event.payload is None


def test_what_is_no_list_is_its_only_item(load: Load) -> None:
    """Some senders leave the list out where there is one."""
    body = {"shop": "s1", "events": item()}
    (event,) = load(BATCH).read(body, receipt_of(body))
    assert (event.key, event.problem) == ("e1", None)


def test_an_empty_batch_has_no_events(load: Load) -> None:
    """There is nothing to apply and nothing wrong."""
    assert load(BATCH).read(batch(), receipt_of(batch())) == []


def test_what_was_not_split_when_it_came_is_not_taken_for_an_item(load: Load) -> None:
    """A replay under a mapping that splits by now says so."""
    mapping = load(BATCH)
    body = batch(item())
    receipt = receipt_of(body)
    (event,) = mapping.read({}, receipt)
    with pytest.raises(ExpressionError, match="not split when it came"):
        mapping.map(body, stored(event, receipt))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("receive:\n  each: body.events\n", "`each` takes an expression behind ="),
        ("receive:\n  each: =item.events\n", "`item` is no name of this mapping"),
        ("receive:\n  each: =or_clear(body.events)\n", "`or_clear` belongs to `set`"),
        ("receive:\n  ack:\n    status: 302\n", "from 200 to 299"),
        ("receive:\n  ack:\n    status: 204\n    body: ok\n", "status 204 has no `body`"),
        ("receive:\n  ack: ok\n", "`ack` takes a block of keys"),
        ("event:\n  id: =item.id\n", "`item` is no name of this mapping"),
    ],
)
def test_what_check_refuses(lines: str, said: str, problems: Problems) -> None:
    """Each with what to write instead."""
    found = problems(lines + "routes:\n  - user:\n      match:\n        email: =body.email\n")
    assert any(said in one for one in found), found
