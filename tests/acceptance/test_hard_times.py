"""Everything around the bridge goes wrong at once, for longer: nothing is lost, nothing twice.

TORTURE_ROUNDS says how often it does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bridge.intercom.sandbox.faults import Fault
from tests import postgres
from tests.acceptance.conftest import ROUNDS, MakeBridge, Tell
from tests.acceptance.disk import fill, small_disk
from tests.acceptance.product import Bridge, until
from tests.acceptance.story import delivering, story
from tests.conftest import KINDS

PEOPLE = 30
EVENTS = 60 * ROUNDS
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * ROUNDS)]

BAD_DAY = [
    Fault("delay", times=10, seconds=0.3),
    Fault("lose", times=3),
    Fault("throttle", times=2),
    Fault("status", times=2, status=503, after=True),
    Fault("status", times=2, status=500),
    Fault("status", times=2, status=429),
]
"""What Intercom does to calls of every kind: late, lost after the write, refused, broken."""

OUTAGE = Fault("status", times=0, status=503)


def test_an_intercom_that_has_a_bad_day_costs_only_time(
    shop: Bridge, dice: random.Random, tell: Tell
) -> None:
    """Late answers, lost ones, 429 and 5xx, then nothing but 503: all is applied once, in order."""
    shop.start_web()
    shop.start_worker()
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for number in range(ROUNDS):
            wanted = EVENTS * number // (ROUNDS + 1)
            until(partial(_reached, acknowledged, wanted), "nobody sends", 60)
            for fault in dice.sample(BAD_DAY, len(BAD_DAY)):
                shop.sandbox.faults.add(fault)
        shop.sandbox.faults.add(OUTAGE)
        wanted = min(8 * ROUNDS, 2 * PEOPLE)
        until(lambda: _failed(shop) >= wanted, "no call meets the outage", 120)
    shop.sandbox.faults.clear()
    tell("Intercom in trouble", shop, facts, acknowledged)
    met = {kind for call in shop.calls() for kind in call["note"].replace(",", "").split()}
    assert met >= {fault.kind for fault in BAD_DAY}


def _reached(acknowledged: Mapping[str, int], wanted: int) -> bool:
    return len(acknowledged) >= wanted


def _failed(shop: Bridge) -> int:
    """Count the calls that were answered 503."""
    return sum(call["status"] == 503 for call in shop.calls())


def test_a_postgres_that_crashes_under_load_loses_nothing(
    make_bridge: MakeBridge, shop_mappings: Path, dice: random.Random, tell: Tell
) -> None:
    """PostgreSQL is killed and started again amid sending and applying: all is applied once."""
    with postgres.own_server() as server:
        url = postgres.create(server)
        postgres.be_durable(url)
        shop = make_bridge(
            "postgres",
            database_url=url,
            mappings=shop_mappings,
            settings={"BRIDGE_LEASE_SECONDS": "3"},
        )
        shop.start("migrate").popen.wait(30)
        shop.start_web()
        shop.start_worker()
        facts = story(dice, 2 * EVENTS, 2 * PEOPLE)
        with delivering(shop, facts) as acknowledged:
            for _ in range(ROUNDS):
                wanted = len(acknowledged) + 20
                until(partial(_reached, acknowledged, wanted), "nothing is acknowledged", 30)
                postgres.crash(server)
        tell("PostgreSQL killed", shop, facts, acknowledged)
        shop.end()


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_costs_only_time(
    kind: str, make_bridge: MakeBridge, shop_mappings: Path, dice: random.Random, tell: Tell
) -> None:
    """What cannot be stored is refused with 503; once there is room, all goes on by itself."""
    with small_disk(300) as disk, _database_on(disk, kind) as url:
        settings = {"BRIDGE_LEASE_SECONDS": "3"}
        shop = make_bridge(kind, database_url=url, mappings=shop_mappings, settings=settings)
        shop.start("migrate").popen.wait(30)
        shop.start_web()
        worker = shop.start_worker()
        facts = story(dice, 2 * EVENTS, 2 * PEOPLE)
        with delivering(shop, facts) as acknowledged:
            for number in range(ROUNDS):
                wanted = len(acknowledged) + 20
                until(partial(_reached, acknowledged, wanted), "nothing is acknowledged", 60)
                full = fill(disk)
                until(lambda: shop.web.log().count(_FULL[kind]) > number, "it never fills", 60)  # noqa: B023
                full.unlink()
        tell("disk full", shop, facts, acknowledged)
        worker.check()
        shop.end()


_FULL = {"sqlite": "SQLITE_FULL", "postgres": "53100"}


@contextmanager
def _database_on(disk: Path, kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{disk / 'bridge.db'}"
        return
    with postgres.own_server(place=disk) as server:
        yield postgres.create(server)
