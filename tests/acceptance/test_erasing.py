"""Erasing a person: gone at Intercom and here, to the last byte, whoever asks and however late."""

from __future__ import annotations

import json
import secrets
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bridge.intercom.sandbox import Fault
from bridge.model import State
from tests.acceptance.product import Bridge

SHOP = """\
source: shop
verify: {scheme: hmac, secret: SHOP_SECRET, header: X-Shop-Signature}
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =body.email
routes:
  - on: user.deleted
    contact:
      match: {shop_customer: =body.customer}
      delete: permanently
  - on: user.archived
    contact:
      match: {shop_customer: =body.customer}
      delete: archive
  - on: user.paid
    user:
      match: {shop_customer: =body.customer}
      missing: {wait: 1h}
      set:
        name: =body.name
  - on: newsletter
    lead:
      match: {shop_reader: =body.reader, email: =body.email}
  - on: user.*
    user:
      match: {shop_customer: =body.customer, external_id: =body.user, email: =body.email}
      set:
        name: =body.name
"""


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "shop.yaml").write_text(SHOP)
    return folder


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, make_shared: Any, mappings: Path) -> Bridge:
    """Give a running shop whose Intercom shows in searches only what is two minutes old."""
    bridge: Bridge = make_shared(request.param, mappings=mappings)
    bridge.start_web()
    bridge.start_worker()
    return bridge


@pytest.fixture
def who() -> str:
    return secrets.token_hex(5)


def told(who: str, kind: str, at: int, **more: Any) -> dict[str, Any]:
    """Give an event of the shop."""
    person = {"customer": f"cus_{who}1", "user": f"usr_{who}1", "email": f"{who}@shop.example"}
    fresh = {"id": f"e_{secrets.token_hex(6)}", "type": kind, "at": at, "name": f"Name {who}"}
    return fresh | person | more


def stored_bytes(bridge: Bridge) -> bytes:
    """Give everything that the database holds, as a dump of it would."""
    if bridge.db.dialect == "sqlite":
        path = bridge.db.engine.url.database
        with sqlite3.connect(str(path), isolation_level=None) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(str(path)).read_bytes()
    dumped = []
    with bridge.db.read() as connection:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for table in connection.scalars(text(tables)).all():
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                dumped += [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
                           for one in row]  # fmt: skip
    return b"\n".join(dumped)


def live(bridge: Bridge, **fields: str) -> list[dict[str, Any]]:
    """Give the people with these fields that are neither deleted nor archived."""
    return [one for one in bridge.people(**fields) if "standing" not in one]


def purge(bridge: Bridge, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridge", "purge", *arguments],
        cwd=bridge.folder,
        env=bridge.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_byte_of_an_address_is_left(shop: Bridge, who: str) -> None:
    """Asked by one link, erased with all that is theirs; others keep theirs."""
    shop.applied("shop", told(who, "user.created", 100))
    shop.applied("shop", told(who, "user.paid", 110, note=f"Write to {who.upper()}@shop.example!"))
    shop.applied("shop", told(who, "no.route", 120))
    other = told(f"x{who}", "user.created", 100, seen={"by": f"x{who}@shop.example"})
    kept = shop.applied("shop", other)
    waiting = shop.applied("shop", told(who, "user.paid", 130, customer="cus_stranger9"))
    assert waiting.state is State.WAITING
    assert f"{who}@shop.example".encode() in stored_bytes(shop)
    answer = purge(shop, "--link", f"shop_customer=cus_{who}1", "--yes", "--json")
    [result] = json.loads(answer.stdout)
    assert (result["result"], len(result["contacts"]), result["events"]) == ("erased", 1, 4)
    assert live(shop, external_id=f"usr_{who}1") == []
    left = stored_bytes(shop).lower()
    for word in (f"{who}@shop", f"cus_{who}1", f"usr_{who}1", f"name {who}"):
        assert left.replace(f"x{who}".encode(), b"").count(word.encode()) == 0, word
    assert shop.event(waiting.id).state is State.DISCARDED
    assert shop.event(kept.id).subject == f"x{who}@shop.example"
    assert shop.person(external_id=f"usr_x{who}1")["name"] == f"Name x{who}"
    again = shop.send("shop", other)
    assert again == kept.id, "its key is still known"


def test_what_comes_late_makes_nobody_and_what_comes_new_is_decided(shop: Bridge, who: str) -> None:
    """By any identifier of theirs; a lifted tombstone lets them go on to Intercom."""
    shop.applied("shop", told(who, "user.created", 100))
    gone = shop.applied("shop", told(who, "user.deleted", 200))
    assert gone.state is State.DONE
    late = shop.applied("shop", {**told(who, "newsletter", 150), "reader": None})
    assert (late.state, late.reason[:6]) == (State.SKIPPED, "erased")
    new = shop.applied("shop", told(who, "user.created", 300))
    assert (new.state, new.reason[:6]) == (State.PARKED, "erased")
    assert live(shop, email=f"{who}@shop.example") == []
    assert purge(shop, "--lift", "--email", f"{who}@shop.example").returncode == 0
    replayed = subprocess.run(
        [sys.executable, "-m", "bridge", "events", "replay", str(new.id)],
        cwd=shop.folder, env=shop.environment, check=True, capture_output=True,
    )  # fmt: skip
    assert replayed.returncode == 0
    shop.settle()
    told_now = shop.event(new.id).reason
    assert told_now.startswith("archived"), "Intercom itself still keeps what was deleted"


def test_a_deletion_is_harmless_when_it_is_repeated(shop: Bridge, who: str) -> None:
    """Its answer was lost, or Intercom's people were quicker: nobody is there, which was wanted."""
    shop.applied("shop", told(who, "user.created", 100))
    shop.sandbox.faults.add(Fault("lose", method="DELETE", path="/contacts/"))
    event_id = shop.send("shop", told(who, "user.deleted", 200))
    shop.settle(60)
    assert shop.event(event_id).state is State.DONE
    assert live(shop, email=f"{who}@shop.example") == []
    assert f"{who}@shop.example".encode() not in stored_bytes(shop)


def test_a_file_names_many_and_tells_of_each(shop: Bridge, who: str, tmp_path: Path) -> None:
    """One who is unknown is success, and leaves a tombstone."""
    for number in range(2):
        shop.applied("shop", told(f"{who}{number}", "user.created", 100))
    file = tmp_path / "people.csv"
    file.write_text(
        f"email,external_id\n{who}0@shop.example,\n,usr_{who}11\n{who}9@shop.example,\n"
    )
    counted = json.loads(purge(shop, "--file", str(file), "--json").stdout)
    assert [(one["result"], len(one["contacts"])) for one in counted] == [
        ("found", 1),
        ("found", 1),
        ("found", 0),
    ]
    done = json.loads(purge(shop, "--file", str(file), "--json", "--yes").stdout)
    assert [one["result"] for one in done] == ["erased"] * 3
    assert live(shop, name=f"Name {who}0") == live(shop, name=f"Name {who}1") == []
    late = shop.applied("shop", told(f"{who}9", "user.created", 100))
    assert (late.state, late.reason[:6]) == (State.SKIPPED, "erased")


def test_archiving_has_a_time(shop: Bridge, who: str) -> None:
    """What happened before neither writes nor brings back; what happened after is parked."""
    shop.applied("shop", told(who, "user.created", 100))
    shop.applied("shop", told(who, "user.archived", 200))
    before = len(shop.calls())
    late = shop.applied("shop", told(who, "user.updated", 150, name="Late"))
    new = shop.applied("shop", told(who, "user.updated", 300, name="New"))
    assert (late.state, new.state) == (State.SKIPPED, State.PARKED)
    assert [one.kind for one in new.candidates] == ["contact"]
    assert shop.calls(before) == []
    assert shop.person(email=f"{who}@shop.example")["standing"] == "archived"
