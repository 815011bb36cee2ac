"""The product on several hosts: cables are pulled, clocks disagree, a pooler stands between.

Each test is skipped, with the reason, where the machine cannot do it.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.state import Sandbox
from tests import postgres
from tests.acceptance.conftest import ROUNDS, MakeBridge, Tell, database_of
from tests.acceptance.hosts import Host, Network, Unavailable
from tests.acceptance.pooler import pooled
from tests.acceptance.product import ROOT, Bridge, until
from tests.acceptance.story import delivering, story
from tests.acceptance.tally import tally

PEOPLE = 40
EVENTS = 120 * ROUNDS
SETTINGS = {"BRIDGE_LEASE_SECONDS": "3", "WEB_CONCURRENCY": "1", "BRIDGE_WORKER_THREADS": "4"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * ROUNDS)]


def reached(counted: Callable[[], int], wanted: int) -> None:
    until(lambda: counted() >= wanted, f"it does not get to {wanted}", 60)


# --- cables ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rack:
    """A shop whose receiver, two workers and PostgreSQL are on hosts of their own."""

    shop: Bridge
    web: Host
    workers: tuple[Host, Host]
    database: Host


@pytest.fixture
def rack(make_bridge: MakeBridge, shop_mappings: Path) -> Iterator[Rack]:
    """Give a rack at work, or skip saying why there is none."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(Network())
            web, one, two, database = map(network.host, ("web", "one", "two", "data"))
            own = postgres.own_server(database.address, database.within)
            url = postgres.create(stack.enter_context(own))
        except (Unavailable, postgres.Unavailable, OSError) as error:
            pytest.skip(f"no hosts: {error}")
        there = make_url(url).set(host=database.address, query={})
        place = {"DATABASE_URL": there.render_as_string(hide_password=False)}
        shop = make_bridge(
            "postgres",
            database_url=url,
            mappings=shop_mappings,
            settings={**SETTINGS, **place},
            web_host=web.address,
            sandbox_host=network.address,
        )
        stack.callback(shop.end)
        assert shop.start("migrate", within=web.within).popen.wait(30) == 0
        shop.start_web(web.within)
        shop.start_worker(one.within)
        shop.start_worker(two.within)
        yield Rack(shop, web, (one, two), database)


def test_cables_pulled_under_load_cost_only_time(
    rack: Rack, dice: random.Random, tell: Tell
) -> None:
    """Each host in turn is cut off amid the load and comes back: all is applied once, in order."""
    shop = rack.shop
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for number in range(ROUNDS):
            reached(lambda: len(acknowledged), EVENTS * number // (ROUNDS + 1) + 10)
            for host in dice.sample([rack.web, *rack.workers, rack.database], 4):
                host.cut()
                time.sleep(dice.random())
                host.restore()
    tell("cables pulled", shop, facts, acknowledged)


def test_a_worker_that_vanishes_for_good_holds_nobody_up(
    rack: Rack, dice: random.Random, tell: Tell
) -> None:
    """Its cable is pulled amid the load, in a transaction that has a lock all need: others go on.

    When it comes back it changes nothing.
    """
    shop, (gone, _) = rack.shop, rack.workers
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged, locking(shop, gone):
        reached(lambda: len(acknowledged), EVENTS // 3)
        gone.cut()
    counted = tell("worker gone", shop, facts, acknowledged)
    gone.restore()
    shop.applied("shop", {**facts[0], "id": "afterwards"})
    assert tally(shop, facts, acknowledged).is_flawless
    assert counted.refused == 0


LOCK = """
import psycopg, sys, time
connection = psycopg.connect(sys.argv[1])
connection.execute("SELECT * FROM limits FOR UPDATE")
print("held", flush=True)
time.sleep(600)
"""


@contextmanager
def locking(shop: Bridge, host: Host) -> Iterator[None]:
    """Hold, on a host, the lock of the row that every call waits for; the process ends at last."""
    url = make_url(shop.environment["DATABASE_URL"]).set(drivername="postgresql")
    text = url.render_as_string(hide_password=False)
    holder = subprocess.Popen(
        [*host.within, sys.executable, "-c", LOCK, text], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.kill()
        holder.communicate()


def test_senders_hear_of_a_database_out_of_reach(rack: Rack, dice: random.Random) -> None:
    """Its cable is pulled: the sender gets a 503 with Retry-After, and is taken when it is back."""
    first, second = story(dice, 10, 10)[:2]
    shop = rack.shop
    shop.applied("shop", first)
    late = shop.signed("shop", second)
    rack.database.cut()
    refused = shop.post(late)
    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    rack.database.restore()
    until(lambda: shop.post(late).status_code == 200, "it is not taken")
    shop.settle()
    assert shop.person(email=second["email"])["custom_attributes"] == {"grade": second["grade"]}


# --- clocks ---------------------------------------------------------------------------------------


def test_hosts_whose_clocks_are_hours_apart_keep_to_one(
    make_bridge: MakeBridge, shop_mappings: Path, dice: random.Random, tmp_path: Path, tell: Tell
) -> None:
    """Two workers, behind and ahead, one killed: all applied once, in order, within the limit."""
    if not shutil.which("faketime"):
        pytest.skip("`faketime` is not installed (Debian: faketime)")
    sandbox = Sandbox(rules=Rules(calls_per_minute=1200))
    shop = make_bridge("postgres", mappings=shop_mappings, settings=SETTINGS, sandbox=sandbox)
    (tmp_path / "sitecustomize.py").write_text(SLEEP)
    behind, ahead = (_clock(tmp_path, offset) for offset in ("-5h", "+7h"))
    shop.start_web()
    shop.start_worker(behind)
    shop.start_worker(ahead)
    facts = story(dice, EVENTS, PEOPLE)
    with delivering(shop, facts) as acknowledged:
        for number in range(1, ROUNDS + 1):
            reached(lambda: len(acknowledged), EVENTS * number // (ROUNDS + 1))
            shop.worker.kill()
            shop.worker = shop.start("worker", within=ahead)
    assert tell("clocks apart", shop, facts, acknowledged).refused == 0


SLEEP = """
import threading
import time

time.sleep = lambda seconds: threading.Event().wait(seconds)
"""
"""faketime makes Python's own sleep fail (EINVAL): it takes its absolute times for faked ones."""


def _clock(folder: Path, offset: str) -> tuple[str, ...]:
    """Give the command that sets a process's clock apart; time goes on as it does."""
    path = f"PYTHONPATH={folder}:{ROOT}"
    return ("env", path, "faketime", "--exclude-monotonic", "-f", offset)


# --- a pooler -------------------------------------------------------------------------------------


def test_behind_pgbouncer_in_transaction_mode_nothing_differs(
    request: pytest.FixtureRequest,
    make_bridge: MakeBridge,
    shop_mappings: Path,
    dice: random.Random,
    tmp_path: Path,
    tell: Tell,
) -> None:
    """Receiver and two workers share four connections, one worker is killed: all as ever."""
    if not shutil.which("pgbouncer"):
        pytest.skip("`pgbouncer` is not installed (Debian: pgbouncer)")
    with database_of("postgres", request, tmp_path) as url, pooled(url, 4) as through:
        settings = {**SETTINGS, "DATABASE_URL": through}
        shop = make_bridge("postgres", database_url=url, mappings=shop_mappings, settings=settings)
        assert shop.start("migrate").popen.wait(30) == 0
        shop.start_web()
        shop.start_worker()
        shop.start_worker()
        facts = story(dice, EVENTS, PEOPLE)
        with delivering(shop, facts) as acknowledged:
            for number in range(1, ROUNDS + 1):
                reached(lambda: len(acknowledged), EVENTS * number // (ROUNDS + 1))
                shop.worker.kill()
                shop.worker = shop.start("worker")
        tell("PgBouncer", shop, facts, acknowledged)
        shop.end()
