"""What an event is, is read once, at receipt, and never fails the receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from bridge.mapping.event import joined
from bridge.mapping.lint import stored
from bridge.mapping.mapping import Mapping
from bridge.model import Event, Receipt

RECEIVED_AT = 1_767_323_045_000_000
ROUTES = "routes:\n  - user:\n      match:\n        email: =body.email\n"

Load = Callable[..., Mapping]
Receive = Callable[..., Event]


@pytest.fixture
def read(load: Load, receive: Receive) -> Callable[..., Event]:
    """Read the one event of a body by an event block."""

    def reading(block: str, body: Any, **fields: Any) -> Event:
        lines = "".join(f"  {line}\n" for line in block.splitlines())
        return receive(load(f"event:\n{lines}" + ROUTES), body, **fields)

    return reading


def test_an_event_says_what_the_block_says(read: Receive) -> None:
    """Id, type, time, version and subject each come from their expression."""
    event = read(
        "id: =body.id\ntype: =body.type\ntime: =body.at\nversion: =body.n\nsubject: =body.who",
        {"id": "e1", "type": "a", "at": "2026-01-02T03:04:05.25Z", "n": 7, "who": "p1"},
    )
    assert event == Event("e1", "a", 1_767_323_045_250_000, "p1", version=7)


def test_headers_and_query_are_in_scope(read: Receive) -> None:
    """Names of headers are lower case, with `_` for `-`; the first of a doubled one counts."""
    event = read(
        "id: =headers.x_event_id\ntype: =query.topic",
        {},
        headers=(("x-event-id", "e1"), ("x-event-id", "e2")),
        query={"topic": "a"},
    )
    assert (event.key, event.type) == ("e1", "a")


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}, {"id": "  "}])
def test_without_an_id_the_body_is_the_id_for_a_day(read: Receive, body: Any) -> None:
    """The same bytes within 24 hours are the same event."""
    event = read("id: =body.id", body, raw=b"the bytes")
    assert event.key == f"body:{hashlib.sha256(b'the bytes').hexdigest()}:0"
    assert event.key_lifetime == 86400
    assert event.subject == event.key
    assert event.problem is None


def test_without_an_event_block_everything_has_its_default(load: Load, receive: Receive) -> None:
    """No id, no type, the receipt's time, its own subject."""
    event = receive(load(ROUTES), {"a": 1})
    assert event.type == ""
    assert event.time == RECEIVED_AT
    assert event.key.startswith("body:")
    assert event.version == 0


def test_without_a_subject_the_id_is_the_subject(read: Receive) -> None:
    """Such events need no order among themselves."""
    assert read("id: =body.id", {"id": "e1"}).subject == "e1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9007199254740993, "9007199254740993"),
        (2**80, str(2**80)),
        (12.0, "12"),
        (1.5, "1.5"),
        (0, "0"),
        (" e1 ", "e1"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_numbers_become_exact_text(read: Receive, value: Any, text: str) -> None:
    """Two large ids never become one."""
    event = read("id: =body.v\ntype: =body.v\nsubject: =body.v", {"v": value})
    assert (event.key, event.type, event.subject) == (text, text, text)


def test_the_parts_of_an_id_are_joined_by_length(read: Receive) -> None:
    """`a, bc` and `ab, c` are two events."""
    one = read("id: =[body.a, body.b]", {"a": "a", "b": "bc"})
    two = read("id:\n  - =body.a\n  - =body.b", {"a": "ab", "b": "c"})
    assert (one.key, two.key) == ("1:a2:bc", "2:ab1:c")
    assert one.key_lifetime == 90 * 86400


def test_parts_that_say_nothing_are_no_id(read: Receive) -> None:
    """Else every such event would be the same."""
    assert read("id: =[body.a, body.b]", {}).key.startswith("body:")
    assert joined(["", ""]) == ""


@pytest.mark.parametrize("value", [{"a": 1}, [1], True])
@pytest.mark.parametrize("name", ["id", "type", "subject"])
def test_what_cannot_be_an_id_fails_the_event_with_its_place(
    read: Receive, name: str, value: Any
) -> None:
    """The event is stored as failed; the receipt is not refused."""
    body = {"v": [[value]] if name == "id" and isinstance(value, list) else value}
    event = read(f"{name}: =body.v", body)
    assert event.problem is not None
    assert f"shop.yaml:6:{len(name) + 5}: `{name}` is " in event.problem


def test_an_expression_that_fails_fails_only_its_event(read: Receive) -> None:
    """Its place is told; what can be read still is."""
    event = read("id: =body.id\ntype: =join('-', body.type)", {"id": "e1", "type": 5})
    assert event.key == "e1"
    assert event.problem is not None
    assert "shop.yaml:7:9: " in event.problem
    assert event.skip is None


@pytest.mark.parametrize(
    ("told", "time"),
    [
        (1_767_323_000, 1_767_323_000_000_000),
        (1_767_323_000_123, 1_767_323_000_123_000),
        ("2026-01-02T03:03:20.5+00:00", 1_767_323_000_500_000),
        (1_767_323_045 + 299, 1_767_323_344_000_000),
    ],
)
def test_time_is_read_in_seconds_milliseconds_or_iso(read: Receive, told: Any, time: int) -> None:
    """To the microsecond; a clock five minutes ahead is believed."""
    event = read("time: =body.at", {"at": told})
    assert (event.time, event.notes) == (time, ())


@pytest.mark.parametrize(
    ("told", "note"),
    [
        (None, "no time is told: that of the receipt is used"),
        ("soon", "the time told cannot be read: that of the receipt is used"),
        ({"a": 1}, "the time told cannot be read: that of the receipt is used"),
        (True, "the time told cannot be read: that of the receipt is used"),
        (0, "the time told cannot be read: that of the receipt is used"),
        (10**400, "the time told cannot be read: that of the receipt is used"),
        (
            1_767_323_045 + 301,
            "the time told is 301 s ahead: that of the receipt is used",
        ),
    ],
)
def test_a_time_that_cannot_be_is_the_receipt_s_and_flagged(
    read: Receive, told: Any, note: str
) -> None:
    """An event from the future would win over all that follow."""
    event = read("time: =body.at", {"at": told})
    assert (event.time, event.notes) == (RECEIVED_AT, (note,))


@pytest.mark.parametrize(
    ("told", "version", "notes"),
    [
        (None, 0, 0),
        (7, 7, 0),
        ("12", 12, 0),
        ("-3", -3, 0),
        (7.0, 7, 0),
        (2**63 - 1, 2**63 - 1, 0),
        (2**63, 0, 1),
        (10**400, 0, 1),
        ("v2", 0, 1),
        (1.5, 0, 1),
        ({"a": 1}, 0, 1),
        (True, 0, 1),
    ],
)
def test_a_version_is_a_whole_number_of_64_bits(
    read: Receive, told: Any, version: int, notes: int
) -> None:
    """Else it is 0, and the event says so."""
    event = read("time: =body.at\nversion: =body.n", {"at": 1_767_323_045, "n": told})
    assert (event.version, len(event.notes)) == (version, notes)


def test_an_event_that_is_not_wanted_is_skipped(read: Receive) -> None:
    """`event.when` says which are."""
    block = "id: =body.id\nwhen: body.kind == 'a'"
    assert read(block, {"id": "1", "kind": "a"}).skip is None
    skipped = read(block, {"id": "1", "kind": "b"}).skip
    assert skipped == "not wanted: `event.when` of the mapping does not hold"


def test_a_test_event_is_skipped_unless_asked_for(read: Receive) -> None:
    """What a vendor marks as test never reaches a live workspace."""
    block = "id: =body.id\ntest: =!body.live"
    skipped = read(block, {"id": "1", "live": False}, apply_tests=False).skip
    assert skipped is not None
    assert skipped.startswith("test event: ")
    assert read(block, {"id": "1", "live": False}, apply_tests=True).skip is None
    assert read(block, {"id": "1", "live": True}, apply_tests=False).skip is None


def test_an_unwanted_event_is_not_applied_when_it_is_replayed(load: Load) -> None:
    """`event.when` and `event.test` are asked again; a test is applied where tests are."""
    mapping = load("event: {when: body.ours, test: =body.test}\n" + ROUTES)
    ours = {"ours": True, "email": "a@b.co"}

    def told(body: dict[str, Any], *, apply_tests: bool) -> str | None:
        receipt = Receipt("shop", RECEIVED_AT, (), {}, b"")
        event = mapping.read(body, receipt, apply_tests=True)[0]
        return mapping.map(body, stored(event, receipt), apply_tests=apply_tests).skipped

    assert told(ours, apply_tests=False) is None
    assert "event.when" in str(told({**ours, "ours": False}, apply_tests=True))
    assert told({**ours, "test": True}, apply_tests=True) is None
    assert "test event" in str(told({**ours, "test": True}, apply_tests=False))
