"""No statement of the daily work reads a whole table, as each database chooses its ways.

The tables hold 100,000 events and as many lanes that wait. PostgreSQL knows its statistics; SQLite
is asked without and with them, because nothing ever has it count.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench.filling import Past, add_backlog, fill
from bridge.model import Identifier, Moment, Run, Shadow, State, Target
from bridge.store import (
    bulk,
    events,
    inbox,
    known,
    lanes,
    pages,
    people,
    repair,
    retention,
    stale,
)
from bridge.store.database import Database, connect
from bridge.store.pages import Listed
from bridge.store.schema import metadata
from bridge.store.selection import Selection
from tests import postgres
from tests.integration.store.plans import STEPS, Watch, Watched

EVENTS = 100_000
NOBODY = Identifier("stripe_customer", "nobody")
SOMEBODY = Identifier("stripe_customer", "stripe_customer7")
TARGET = Target("contact", "c7")


@pytest.fixture(scope="module", params=["sqlite", "sqlite, counted", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Any]:
    """Give a database with much in it, the watch on it, and whether SQLite has counted."""
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_url")
        url = postgres.create(server, request.getfixturevalue("postgres_template"))
    else:
        path: Path = tmp_path_factory.mktemp("plans") / "bridge.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    db = connect(url)
    fill(db, Past(EVENTS))
    add_backlog(db, EVENTS)
    if request.param == "sqlite":
        with db.write() as connection:
            connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    db.dispose()
    yield db, Watch(db), "counted" in request.param
    db.dispose()
    if request.param == "postgres":
        postgres.drop(url, server)


@pytest.fixture
def database(filled: Any) -> Database:
    """Give the full database where other tests get an empty one."""
    return filled[0]


def receive(bench: Any) -> None:
    bench.receive("cus_1", "new", prefix="plan")
    event = bench.event("evt_5", "cus_5")
    assert inbox.receive(bench.db, bench.receipt(), [event]).events[0].duplicate


def turn(bench: Any) -> None:
    claims = list(bench.claim(limit=16).values())
    assert len(claims) == 16
    assert bench.due(claims[0])
    lanes.renew(bench.db, claims[0], 60)
    lanes.put_back(bench.db, claims[1], 5)
    lanes.complete(bench.db, claims[2], drained=True)
    lanes.next_due(bench.db)


def apply(bench: Any) -> None:
    ledger = bench.ledger(next(iter(bench.claim(limit=1).values())))
    ledger.hold(["stripe_customer:stripe_customer7", "contact:c7"])
    assert ledger.find("contact", SOMEBODY) == ("c7",)
    assert ledger.identifiers(TARGET)
    assert ledger.runs(TARGET)
    ledger.link(NOBODY, TARGET)
    ledger.see(Shadow(TARGET))
    told = Run("waiting", "name", "Ada", Moment(1, 0, 1), Moment(1, 0, 1), ledger.event.id)
    ledger.replace_runs(TARGET, "waiting", "name", [told])
    ledger.finish_step("one", 1)
    ledger.save()
    ledger.renew()
    assert not ledger.was_tried()
    bench.end(ledger)


def wait(bench: Any) -> None:
    ledger = bench.ledger(next(iter(bench.claim(limit=1).values())))
    ledger.hold(["x"])
    bench.end(ledger, State.WAITING, waits_for=(NOBODY,), due_by=1)
    assert people.waiting(bench.db, [NOBODY])
    assert events.expire_waiting(bench.db, 100)


def keep_page(bench: Any) -> None:
    page = [Listed(Shadow(Target("contact", f"n{i}")), (NOBODY,)) for i in range(50)]
    pages.keep(bench.db, "w", "intercom", "o", page)


def look(bench: Any) -> None:
    event_id = events.listing(bench.db, limit=1)[0].id
    assert events.get(bench.db, 77)
    assert events.attempts(bench.db, 77)
    assert events.after(bench.db, event_id - 10, 5)
    with bench.db.read() as connection:
        assert known.shadow(connection, TARGET)


def person(bench: Any) -> None:
    assert people.find(bench.db, [SOMEBODY])
    assert people.names(bench.db)
    assert len(stale.after(bench.db, "contact", 2**60, stale.BEGIN, 50)) == 50


def mend(bench: Any) -> None:
    events.replay(bench.db, 50)
    events.discard(bench.db, 50)
    repair.replay(bench.db, 1)


def replay_many(bench: Any) -> None:
    chosen = Selection(subject="cus_77")
    _, stretch = bulk.begin(bench.db, bulk.Repair.REPLAY, chosen)
    assert sum(one.changed for one in bulk.carry_out(bench.db, bulk.Repair.REPLAY, chosen, stretch))


def sweep(bench: Any) -> None:
    swept = retention.sweep(bench.db, 30, 200, 40)
    assert swept.events == 40
    assert swept.until is not None
    retention.sweep(bench.db, 30, swept.until, 40)
    bench.sql(
        "UPDATE dedup SET expires_at = 1 "
        "WHERE destination = 'default' AND source = 'stripe' AND key IN ('evt_1', 'evt_2')"
    )
    assert retention.forget_keys(bench.db, 100) == 2


WORK: dict[str, Callable[[Any], None]] = {
    one.__name__: one
    for one in (receive, turn, apply, wait, keep_page, look, person, mend, replay_many, sweep)
}

LISTS = {
    "all": Selection(),
    "state": Selection(state=State.FAILED),
    "no state": Selection(state=State.DISCARDED),
    "source": Selection(source="signup"),
    "no source": Selection(source="nobody"),
    "type": Selection(type="rare"),
    "no type": Selection(type="nothing"),
    "subject": Selection(subject="cus_77"),
    "no subject": Selection(subject="nobody"),
    "since": Selection(since=2**61),
    "until": Selection(until=1),
    "state and source": Selection(state=State.DONE, source="signup"),
    "state and type": Selection(state=State.DONE, type="rare"),
}


@pytest.mark.parametrize("name", WORK)
def test_daily_work_reads_only_what_it_needs(bench: Any, filled: Any, name: str) -> None:
    """Receiving, claiming, applying, waiting, looking, mending, removing: by an index each."""
    with filled[1].work() as watched:
        WORK[name](bench)
    need_little(watched)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_as_quick_where_little_is_found(bench: Any, filled: Any, name: str) -> None:
    """By every filter, also for what there is little of or nothing."""
    if bench.db.dialect == "sqlite" and name in ("since", "until"):
        pytest.skip("SQLite walks back through the events; it is for hundreds of thousands")
    if bench.db.dialect == "sqlite" and " and " in name and filled[2]:
        pytest.skip("whoever has SQLite count makes it prefer the state's index")
    with filled[1].work() as watched:
        events.listing(bench.db, LISTS[name])
    need_little(watched)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_a_row_that_goes_finds_what_points_at_it(bench: Any, filled: Any, table: Any) -> None:
    """Databases look for the rows of a foreign key where the row it names is deleted."""
    with filled[1].work() as watched, bench.db.read() as connection:
        for constraint in table.foreign_key_constraints:
            column = next(iter(constraint.columns))
            connection.execute(select(1).select_from(table).where(column == 7)).all()
    need_little(watched)


def need_little(watched: Watched) -> None:
    told = "\n".join(watched.faults or watched.plans)
    assert not watched.faults, told
    assert watched.steps <= STEPS, f"{watched.steps} steps\n{told}"
