"""Operations with a store, on both databases: holds, links, shadow, and what is saved by them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bridge.intercom.operations import OPERATIONS, Workspace, answer
from bridge.intercom.sandbox import Fault, companies, contacts
from bridge.model import Event, Identifier, Receipt, Target
from bridge.store import holds, inbox, known
from bridge.store import links as stored
from bridge.store.database import Database
from tests.integration.operations.conftest import Desk, workspace

ADA = "5f0000000000000000000001"
LEAD = "5f0000000000000000000002"


def plant(desk: Desk) -> None:
    desk.plant(
        contacts=[
            {"id": ADA, "external_id": "u1", "email": "ada@example.com"},
            {"id": LEAD, "role": "lead", "email": "lin@example.com"},
        ]
    )


def rows(db: Database, statement: str) -> list[tuple[object, ...]]:
    with db.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def links_of(db: Database, contact_id: str) -> set[str]:
    with db.read() as connection:
        found = stored.of_target(connection, "ws", Target("contact", contact_id))
    assert {link.source for link in found} <= {"operation"}
    return {str(link.identifier) for link in found}


def test_what_is_written_is_linked_and_shadowed(kept: Desk) -> None:
    """As source `operation`, tied to no event; the holds are given back."""
    assert kept.db is not None
    told = kept.done(
        "user", "create", UserId="u9", Email="e@example.com", CustomAttributes={"vip": False}
    )
    contact_id = told["User"]["id"]
    assert links_of(kept.db, contact_id) == {"external_id:u9", "email:e@example.com"}
    with kept.db.read() as connection:
        shadow = known.shadow(connection, Target("contact", contact_id))
        runs = known.runs(connection, Target("contact", contact_id))
    assert shadow.complete
    assert shadow.get("custom_attributes.vip") is False
    assert {(run.source, run.event_id, run.route) for run in runs} == {
        ("operation", None, "user create")
    }
    assert rows(kept.db, "SELECT * FROM holds") == []


def test_companies_and_memberships_are_remembered(kept: Desk) -> None:
    """So that the worker does not join them again."""
    assert kept.db is not None
    told = kept.done("user", "create", UserId="u9", Companies=[{"company_id": "acme"}])
    with kept.db.read() as connection:
        [firm] = stored.targets(connection, "ws", "company", Identifier("company_id", "acme"))
        shadow = known.shadow(connection, Target("contact", told["User"]["id"]))
    assert shadow.get(f"company:{firm}") is True


def test_what_is_known_is_not_asked_for_again(kept: Desk) -> None:
    """One call where it was two: the links say who it is."""
    plant(kept)
    kept.done("user", "update", UserId="u1", UpdateData={"name": "A"})
    assert len(kept.calls()) == 2
    kept.done("user", "update", UserId="u1", UpdateData={"name": "B"})
    assert kept.calls() == [f"PUT /contacts/{ADA}"]


def test_an_operation_always_calls(kept: Desk) -> None:
    """Though the shadow says that it is so already."""
    for _ in range(2):
        kept.done("company", "create", CompanyId="acme", Name="Acme")
        assert kept.calls() == ["POST /companies"]


def test_a_leads_user_id_is_remembered(kept: Desk) -> None:
    """Intercom keeps none: the link finds the lead again, by create, get, update and delete."""
    told = kept.done("lead", "create", UserId="lead-7", Name="L")
    again = kept.done("lead", "create", UserId="lead-7", Name="L2")
    assert again["LeadId"] == told["LeadId"]
    assert kept.done("lead", "get", LeadId="lead-7")["Lead"]["name"] == "L2"
    kept.done("lead", "update", ContactId="lead-7", Name="L3")
    kept.done("lead", "delete", LeadId="lead-7")
    assert kept.person(id=told["LeadId"])["standing"] == "deleted"


def test_a_lead_just_made_is_known_before_the_search_shows_it(
    kept: Desk,
) -> None:
    """Intercom's search lags; the store does not."""
    first = kept.done("lead", "create", Email="new@example.com")
    kept.done("lead", "create", Email="new@example.com", Name="N")
    assert kept.calls() == [f"PUT /contacts/{first['LeadId']}"]


def test_what_is_gone_is_forgotten(kept: Desk) -> None:
    """Links and shadow go; the next one is new."""
    assert kept.db is not None
    plant(kept)
    kept.done("user", "get", UserId="u1")
    kept.done("user", "delete", UserId="u1")
    assert kept.calls() == [f"DELETE /contacts/{ADA}"]
    assert links_of(kept.db, ADA) == set()
    assert rows(kept.db, "SELECT * FROM shadow") == []


def test_a_merge_moves_the_links(kept: Desk) -> None:
    """What led to the lead leads to the user."""
    assert kept.db is not None
    plant(kept)
    kept.done("lead", "create", UserId="lead-7", Email="lin@example.com", Name="L")
    contacts.merge(
        kept.state, {"from": LEAD, "into": ADA, "skip_duplicate_validation": True}, (2, 16)
    )
    kept.done("lead", "update", ContactId="lead-7", Name="L2")
    assert "lead_user_id:lead-7" in links_of(kept.db, ADA)
    assert links_of(kept.db, LEAD) == set()


def test_who_is_being_written_is_waited_for_and_then_given_up(kept: Desk) -> None:
    """The worker has the hold: nothing is written meanwhile."""
    assert kept.db is not None
    plant(kept)
    with kept.db.write() as connection:
        holds.take(connection, "the worker", [f"contact:{ADA}"], 60)
    to = workspace(kept.client, kept.db, patience=0.1)
    told = answer(OPERATIONS["user", "update"], to, {"UserId": ADA, "UpdateData": {"name": "A"}})
    assert told["StatusCode"] == 500
    assert "try again" in told["ErrorMessage"]
    assert "name" not in kept.person(id=ADA)
    assert rows(kept.db, "SELECT owner FROM holds") == [("the worker",)]


def test_who_is_being_written_can_still_be_read(kept: Desk) -> None:
    """It is not remembered then: the worker will know better."""
    assert kept.db is not None
    plant(kept)
    with kept.db.write() as connection:
        holds.take(connection, "the worker", [f"contact:{ADA}"], 60)
    to = workspace(kept.client, kept.db, patience=0.1)
    told = answer(OPERATIONS["user", "get"], to, {"UserId": ADA})
    assert told["Results"]["id"] == ADA
    assert rows(kept.db, "SELECT * FROM shadow") == []


def test_holds_are_taken_while_the_call_is_made(kept: Desk) -> None:
    """And given back also where it fails."""
    assert kept.db is not None
    plant(kept)
    seen: list[set[object]] = []
    client = kept.client

    class Watching:
        """Looks at the holds before each call."""

        def take(self, call: object) -> None:
            seen.append({row[0] for row in rows(kept.db, "SELECT key FROM holds")})  # type: ignore[arg-type]

        def learn(self, answered: object) -> None:
            pass

    client._permits = Watching()  # type: ignore[assignment]
    kept.state.faults.add(Fault("status", method="PUT", times=1, status=503))
    told = kept.do("user", "create", UserId="u1", Email="ada@example.com")
    assert told["StatusCode"] == 503
    assert {"external_id:u1", "email:ada@example.com", f"contact:{ADA}"} <= seen[-1]
    assert rows(kept.db, "SELECT * FROM holds") == []


def test_what_was_done_before_a_failure_is_remembered(kept: Desk) -> None:
    """The company stands, though the user could not be written."""
    assert kept.db is not None
    kept.state.faults.add(Fault("status", method="POST", path="/contacts", times=1, status=503))
    kept.do("user", "create", UserId="u9", Companies=[{"company_id": "acme"}])
    with kept.db.read() as connection:
        assert stored.targets(connection, "ws", "company", Identifier("company_id", "acme"))


def test_an_operation_releases_the_events_that_wait_for_its_person(kept: Desk) -> None:
    """A link is a link, whoever makes it."""
    assert kept.db is not None
    receipt = Receipt("shop", 1, (), {}, b"{}")
    received = inbox.receive(kept.db, receipt, [Event("e1", "t", 1, "s")])
    [event] = received.events
    with kept.db.write() as connection:
        connection.execute(text("UPDATE events SET state = 'waiting'"))
        row = {"id": event.id}
        connection.execute(
            text("INSERT INTO waits VALUES ('default', :id, 'external_id', 'u9')"), row
        )
    kept.done("user", "create", UserId="u9")
    assert rows(kept.db, "SELECT state FROM events") == [("pending",)]


def test_a_company_made_anew_takes_over_what_led_to_the_old_one(kept: Desk) -> None:
    """Somebody deleted it in Intercom: the upsert answers with another id."""
    assert kept.db is not None
    first = kept.done("company", "create", CompanyId="acme", Name="Acme")
    companies.delete(kept.state, first["Id"])
    again = kept.done("company", "create", CompanyId="acme", Name="Acme")
    assert again["Id"] != first["Id"]
    with kept.db.read() as connection:
        led = stored.targets(connection, "ws", "company", Identifier("company_id", "acme"))
    assert led == (again["Id"],)


def test_what_was_read_before_the_hold_does_not_replace_what_is_known(kept: Desk) -> None:
    """Intercom's times are whole seconds: the same second may be the older answer."""
    assert kept.db is not None
    written = kept.done("user", "create", UserId="u9", Name="New")["User"]
    target = Target("contact", written["id"])
    assert isinstance(kept.to, Workspace)
    with kept.to.memory.open("user get") as opened:
        opened.hold([f"contact:{target.id}"])
        opened.saw("contact", {**written, "name": "Old"}, {})
        assert opened.shadow(target).get("name") == "New"


def test_holds_are_renewed_while_an_operation_goes_on(kept: Desk) -> None:
    """Before each write, once a third of the lease is over."""
    assert kept.db is not None
    hour = [0.0]
    to = workspace(kept.client, kept.db, monotonic=lambda: hour[0], lease=60)
    with to.memory.open("user get") as opened:
        opened.hold(["contact:1"])
        with kept.db.write() as connection:
            connection.execute(text("UPDATE holds SET expires_at = expires_at - 40000000"))
        [(before,)] = rows(kept.db, "SELECT expires_at FROM holds")
        hour[0] = 25.0
        opened.hold(["contact:1"])
        [(after,)] = rows(kept.db, "SELECT expires_at FROM holds")
    assert int(str(after)) - int(str(before)) >= 40_000_000


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_tables_it_says_what_to_do(kept: Desk, database: Database) -> None:
    """500, nothing sent."""
    with database.write() as connection:
        connection.execute(text("DROP TABLE holds"))
    told = kept.do("company", "create", CompanyId="acme", Name="Acme")
    assert told["StatusCode"] == 500
    assert "bridge migrate" in told["ErrorMessage"]
    assert kept.calls() == []
