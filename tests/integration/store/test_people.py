"""Everything known of somebody, found by any identifier, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert

from bridge.clock import Micros
from bridge.model import Identifier, Moment, Outcome, Run, Seen, Shadow, State, Target
from bridge.store import duplicates, people
from bridge.store.database import Database
from bridge.store.ledger import Ledger
from bridge.store.schema import assertions, links
from bridge.store.schema import duplicates as pairs

from .conftest import Bench

ADA = Target("contact", "ada")
ACME = Target("company", "5f01")
EMAIL = Identifier("email", "ada@example.com")


def known(bench: Bench) -> int:
    """Let one event make Ada known; give its id."""
    (event_id,) = bench.receive("cus_1")
    ledger = bench.ledger(bench.claim()["cus_1"])
    ledger.take(["email:ada@example.com"])
    ledger.link(EMAIL, ADA)
    ledger.link(Identifier("company_id", "CLIENT-1"), ACME)
    tell(ledger, "company:5f01", True)
    ledger.see(Shadow(ADA, {"name": Seen("Ada", 5)}, 5, True))
    bench.end(ledger)
    return event_id


def tell(ledger: Ledger, field: str, value: Any, at: Micros = 5) -> None:
    moment = Moment(at, 0, ledger.event.id)
    run = Run("stripe", field, value, moment, moment, ledger.event.id, "r")
    ledger.replace_runs(ADA, "stripe", field, [run])


def test_a_profile_is_whole(bench: Bench) -> None:
    """Links, what Intercom holds, what was said, companies by their own ids, and the events."""
    event_id = known(bench)
    (one,) = people.find(bench.db, [EMAIL])
    assert (one.target, one.workspace, one.shadow.get("name")) == (ADA, "w", "Ada")
    assert [(link.identifier, link.source, link.event_id) for link in one.links] == [
        (EMAIL, "stripe", event_id)
    ]
    assert [(run.field, run.route) for run in one.runs] == [("company:5f01", "r")]
    assert one.companies == {"5f01": "CLIENT-1"}
    assert [(row.id, row.state) for row in one.events] == [(event_id, State.DONE)]


def test_somebody_is_found_once_by_whatever_name(bench: Bench) -> None:
    """People and companies, by link or by Intercom's id, in the workspace of their links."""
    known(bench)
    intercom_id = Identifier("intercom_id", "ada")
    assert [one.target for one in people.find(bench.db, [EMAIL, intercom_id])] == [ADA]
    by_id = people.find(bench.db, [Identifier("company_id", "CLIENT-1")])
    assert [one.target for one in by_id] == [ACME]
    assert people.find(bench.db, [Identifier("stripe_customer", "cus_1")]) == ()
    assert people.names(bench.db) == ("company_id", "email")


def test_somebody_without_any_link_is_found_by_intercoms_id(bench: Bench) -> None:
    """A lead may have neither email nor phone."""
    bench.receive("cus_2")
    ledger = bench.ledger(bench.claim()["cus_2"])
    ledger.take(["contact:lin"])
    ledger.see(Shadow(Target("contact", "lin"), {"role": Seen("lead", 5)}, 5, True))
    bench.end(ledger)
    (one,) = people.find(bench.db, [Identifier("intercom_id", "lin")])
    assert (one.target.id, one.workspace, one.links) == ("lin", "", ())


def test_every_workspace_is_looked_in(bench: Bench) -> None:
    """A database may know people of a sandbox and of the real workspace."""
    known(bench)
    (mine,) = people.find(bench.db, [EMAIL])
    with bench.db.write() as connection:
        connection.execute(insert(links), _link("other", "x", EMAIL.value))
    assert [(one.workspace, one.target.id) for one in people.find(bench.db, [EMAIL])] == [
        ("other", "x"),
        (mine.workspace, "ada"),
    ]


def test_events_that_wait_for_an_identifier_are_named(bench: Bench) -> None:
    """Also one that nobody was ever known by."""
    (event_id,) = bench.receive("cus_1")
    wanted = Identifier("stripe_customer", "cus_1")
    ledger = bench.ledger(bench.claim()["cus_1"])
    ledger.take([str(wanted)])
    outcome = Outcome(State.WAITING, waits_for=(wanted,), due_by=2**50)
    ledger.end(outcome, bench.attempt(event_id))
    assert people.waiting(bench.db, [wanted]) == (event_id,)
    assert people.waiting(bench.db, [Identifier("stripe_customer", "cus_2")]) == ()
    assert people.names(bench.db) == ("stripe_customer",)


def test_who_may_be_the_same_person_is_told(bench: Bench) -> None:
    """From either side."""
    known(bench)
    with bench.db.write() as connection:
        found = [(duplicates.pair(Target("contact", "bea"), ADA), "app_id", "shared")]
        duplicates.add(connection, "w", "crm", 7, found)  # type: ignore[arg-type]
    (one,) = people.find(bench.db, [EMAIL])
    (pair,) = one.duplicates
    assert (pair.other(ADA).id, pair.name, pair.source) == ("bea", "app_id", "crm")
    with bench.db.read() as connection:
        assert duplicates.of_target(connection, "w", Target("contact", "bea")) == (pair,)


def test_when_somebody_was_erased_is_known_without_knowing_whom(bench: Bench) -> None:
    """By any identifier that was theirs."""
    assert people.erased_at(bench.db, [EMAIL]) is None
    known(bench)
    bench.receive("cus_9")
    ledger = bench.ledger(bench.claim()["cus_9"])
    ledger.take(["contact:ada", str(EMAIL)])
    ledger.erase([ADA], [EMAIL])
    bench.end(ledger)
    assert people.find(bench.db, [EMAIL]) == ()
    assert people.erased_at(bench.db, [Identifier("phone", "1"), EMAIL]) == 5


def test_an_event_that_is_no_longer_kept_takes_no_origin_away(bench: Bench) -> None:
    """Source, time and route stay; only the event itself cannot be shown."""
    event_id = known(bench)
    bench.sql("DELETE FROM attempts")
    bench.sql("DELETE FROM events")
    (one,) = people.find(bench.db, [EMAIL])
    assert [(run.source, run.event_id, run.route) for run in one.runs] == [
        ("stripe", event_id, "r")
    ]
    assert one.events == ()


# --- however many others there are ----------------------------------------------------------------


def _link(workspace: str, target_id: str, value: str, name: str = "email") -> dict[str, Any]:
    return {
        "destination": "default",
        "workspace": workspace,
        "kind": "contact",
        "name": name,
        "value": value,
        "target_id": target_id,
        "source": "stripe",
        "event_id": None,
        "created_at": 1,
    }


def _assertion(number: int) -> dict[str, Any]:
    moments = {
        f"{end}_{part}": number
        for end in ("first", "last")
        for part in ("time", "version", "arrival")
    }
    place = {"destination": "default", "kind": "contact", "target_id": f"c{number // 10}"}
    said = {"field": f"f{number % 10}", "source": "stripe", "value": number}
    return {**place, **said, **moments, "event_id": number, "route": "r"}


def _pair(number: int) -> dict[str, Any]:
    return {
        "destination": "default",
        "workspace": "w",
        "kind": "contact",
        "one_id": f"c{number}",
        "other_id": f"d{number}",
        "name": "email",
        "how": "shared",
        "source": "stripe",
        "found_at": number,
    }


@contextmanager
def statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """Gather every statement that reads a table, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        if text.startswith("SELECT"):
            seen.append((text, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def crowd(bench: Bench) -> Bench:
    """Know Ada among 5,000 others of whom 10,000 things were said, by two names each, in pairs."""
    known(bench)
    others = [
        _link("w", f"c{number}", f"{name}{number}", name)
        for number in range(5_000)
        for name in ("email", "external_id")
    ]
    with bench.db.write() as connection:
        connection.execute(insert(links), others)
        connection.execute(insert(assertions), [_assertion(number) for number in range(10_000)])
        connection.execute(insert(pairs), [_pair(number) for number in range(5_000)])
    if bench.db.dialect == "postgresql":
        bench.sql("ANALYZE")  # as PostgreSQL does by itself, and SQLite never
    return bench


def test_nobody_is_looked_for_by_reading_everybody(crowd: Bench) -> None:
    """Every statement goes by an index, and few are needed, however many others are known."""
    with statements(crowd.db) as seen:
        assert people.names(crowd.db) == ("company_id", "email", "external_id")
        (one,) = people.find(crowd.db, [EMAIL, Identifier("external_id", "ada@example.com")])
    assert one.target == ADA
    assert len(seen) <= 40
    explain = "EXPLAIN QUERY PLAN " if crowd.db.dialect == "sqlite" else "EXPLAIN "
    with crowd.db.read() as connection:
        for text, parameters in seen:
            told = connection.exec_driver_sql(explain + text, parameters)
            plan = "\n".join(str(row[-1]) for row in told)
            if "links.target_id =" in text:
                assert "ix_links_target" in plan, f"{text}\n{plan}"
            for name in ("links", "assertions", "duplicates"):
                assert f"Seq Scan on {name}" not in plan, f"{text}\n{plan}"
                assert f"SCAN {name}" not in plan, f"{text}\n{plan}"
