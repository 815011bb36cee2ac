"""Older facts never overwrite newer ones, and two sources that mean one person make one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest

from bridge.model import State
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge
from tests.conftest import KINDS

SOURCE = """
source: {source}
verify:
  scheme: hmac
  secret: {secret}
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  version: =body.version
  subject: =body.id_there
types:
  plan: string
  seats: integer
routes:
  - on: user
    user:
      match:
        {source}_id: =body.id_there
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          plan: =or_clear(body.plan)
          seats: =body.seats
  - on: lead
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
"""


@pytest.fixture(scope="module", params=KINDS)
def running(
    request: pytest.FixtureRequest,
    make_shared: MakeBridge,
    tmp_path_factory: pytest.TempPathFactory,
) -> Bridge:
    """Give a running bridge with two workers and two sources that tell of the same people."""
    folder = tmp_path_factory.mktemp("mappings")
    for source in ("crm", "billing"):
        text = SOURCE.format(source=source, secret=f"{source.upper()}_SECRET")
        (folder / f"{source}.yaml").write_text(text)
    bridge = make_shared(request.param, mappings=folder)
    bridge.start_web()
    bridge.start_worker()
    bridge.start_worker()
    return bridge


Tell = Callable[..., dict[str, Any]]


@pytest.fixture
def tell() -> Tell:
    """Give a function that makes facts of one person whom no other test knows."""
    who = secrets.token_hex(6)

    def fact(at: float, **fields: Any) -> dict[str, Any]:
        return {
            "id": secrets.token_hex(8),
            "type": "user",
            "at": 1_750_000_000 + at,
            "id_there": f"there-{who}",
            "email": f"{who}@order.example",
            **fields,
        }

    return fact


def person(running: Bridge, fact: dict[str, Any]) -> dict[str, Any]:
    return running.person(email=fact["email"])


def attributes(running: Bridge, fact: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = person(running, fact).get("custom_attributes", {})
    return found


# --- one source -----------------------------------------------------------------------------------


def test_an_older_fact_that_comes_late_changes_nothing(running: Bridge, tell: Tell) -> None:
    """The newer value stays, without a call; a field only the older fact tells is still taken."""
    running.applied("crm", tell(100, plan="Team"))
    before = len(running.calls())
    late = running.applied("crm", tell(50, plan="Free"))
    assert late.state is State.DONE
    assert running.calls(before) == []
    running.applied("crm", tell(40, plan="Trial", seats=5))
    assert attributes(running, tell(0)) == {"plan": "Team", "seats": 5}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_of_arrival_ends_the_same(
    running: Bridge, tell: Tell, order: tuple[int, ...]
) -> None:
    """Three facts of one person, told in any order, end with the newest word on each field."""
    facts = [
        tell(1, plan="Free", seats=1, name="First"),
        tell(2, plan="Team", name="Second"),
        tell(3, seats=3),
    ]
    for place in order:
        running.send("crm", facts[place])
    running.settle()
    found = person(running, tell(0))
    assert (found["name"], found["custom_attributes"]) == ("Second", {"plan": "Team", "seats": 3})


def test_a_cleared_field_stays_clear_for_older_facts(running: Bridge, tell: Tell) -> None:
    """A newer blank clears the field; an older value that comes late does not bring it back."""
    running.applied("crm", tell(1, plan="Free"))
    running.applied("crm", tell(10, plan=""))
    running.applied("crm", tell(5, plan="Team"))
    assert "plan" not in attributes(running, tell(0))


def test_fractions_of_a_second_count(running: Bridge, tell: Tell) -> None:
    """Half a second is enough to tell the newer from the older."""
    running.applied("crm", tell(1.5, plan="Team"))
    running.applied("crm", tell(1.25, plan="Free"))
    assert attributes(running, tell(0))["plan"] == "Team"


def test_within_a_second_the_version_decides(running: Bridge, tell: Tell) -> None:
    """Facts of the same time are ordered by their source's version, whichever comes first."""
    running.applied("crm", tell(1, plan="Team", version=2))
    running.applied("crm", tell(1, plan="Free", version=1))
    assert attributes(running, tell(0))["plan"] == "Team"


def test_without_a_version_the_arrival_decides(running: Bridge, tell: Tell) -> None:
    """Facts of the same time and version: what came last is true."""
    running.applied("crm", tell(1, plan="Team"))
    running.applied("crm", tell(1, plan="Free"))
    assert attributes(running, tell(0))["plan"] == "Free"


# --- two sources ----------------------------------------------------------------------------------


def test_the_newest_word_wins_over_all_sources(running: Bridge, tell: Tell) -> None:
    """What billing said later stands, however late the CRM's older word arrives."""
    running.applied("billing", tell(20, plan="Team"))
    running.applied("crm", tell(10, plan="Free"))
    assert attributes(running, tell(0))["plan"] == "Team"
    running.applied("crm", tell(30, plan="Scale"))
    assert attributes(running, tell(0))["plan"] == "Scale"


def test_an_old_value_repeated_does_not_win_against_newer_news(running: Bridge, tell: Tell) -> None:
    """A snapshot repeats what its source said before: that is no news, and undoes nobody's."""
    running.applied("crm", tell(1, plan="Free"))
    running.applied("billing", tell(2, plan="Team"))
    running.applied("crm", tell(3, plan="Free", seats=2))
    assert attributes(running, tell(0)) == {"plan": "Team", "seats": 2}


@pytest.mark.parametrize("kind", ["user", "lead"])
def test_two_sources_at_the_same_moment_make_one_person(running: Bridge, kind: str) -> None:
    """Twenty new people, each told by both sources at once, are twenty contacts."""
    people = [secrets.token_hex(6) for _ in range(20)]

    def fact(who: str, source: str) -> dict[str, Any]:
        return {
            "id": secrets.token_hex(8),
            "type": kind,
            "at": 1_750_000_000,
            "id_there": f"{source}-{who}",
            "email": f"{who}@both.example",
            "name": who,
        }

    told = [(source, fact(who, source)) for who in people for source in ("crm", "billing")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: running.send(*one), told))
    running.settle()
    for who in people:
        assert running.person(email=f"{who}@both.example")["role"] == kind
    unwell = [row for row in running.listed() if row.state is not State.DONE]
    assert unwell == []


def test_two_sources_in_parallel_end_with_the_newest_of_both(running: Bridge, tell: Tell) -> None:
    """Thirty facts of one person through two lanes and two workers: nothing older overwrites."""
    facts = [
        (source, tell(number, plan=f"P{number}", name=f"N{number}"))
        for number in range(15)
        for source in ("crm", "billing")
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: running.send(*one), facts))
    running.settle()
    found = person(running, tell(0))
    assert (found["name"], found["custom_attributes"]["plan"]) == ("N14", "P14")
