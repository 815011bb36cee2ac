"""People are read again: what drifted is told and mended, what somebody edited stays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.intercom.client import Client
from bridge.intercom.sandbox import tags
from bridge.model import Json, Mapped, Observation
from bridge.store import duplicates
from bridge.worker.patience import Patience
from bridge.worker.reconciling import Reconciled, Reconciling
from tests.integration.handlers.world import T0, Dying, Killed, World, company, person

Reconcile = Callable[..., Reconciled]
GET = "GET /contacts/{id}"


@pytest.fixture
def reconcile(world: World) -> Reconcile:
    """Give a function that reads everybody again, as if all had been seen long ago."""

    def run(*, repair: bool = False, client: Client | None = None, aged: bool = True) -> Reconciled:
        if aged:
            with world.db.write() as connection:
                connection.execute(text("UPDATE shadow SET seen_at = 1"))
        world.hour.pass_by(1000)
        patience = Patience(lambda told: None, sleep=world.hour.pass_by)
        return Reconciling(
            world.db,
            "w",
            client or world.client,
            world.to.attributes,
            patience,
            world.hour,
            180,
            repair,
            lambda kind, done, total: None,
        ).run()

    return run


def set_back(world: World, contact_id: str, **fields: Any) -> None:
    """Let Intercom hold again what it held an hour ago, as after a restored backup."""
    with world.state.lock:
        contact = world.state.contacts[contact_id]
        world.state.put(replace(contact, updated_at=T0 - 3600, **fields))


def told(found: Reconciled) -> list[tuple[str, Json, Json, bool]]:
    return [(one.field, one.holds, one.wanted, one.done) for one in found.drifts]


def test_where_nothing_differs_nothing_is_told(world: World, reconcile: Reconcile) -> None:
    """One read for each person and company, and no write, also with repair."""
    world.apply(
        company("acme", set={"name": "Acme"}, add_tags=("big",)),
        person("user", external_id="u1", email="a@x.example", set={"name": "A"}, add_tags=("VIP",)),
    )
    world.calls()
    found = reconcile(repair=True)
    assert (found.contacts, found.companies, found.drifts, found.edits) == (1, 1, [], 0)
    assert world.calls() == [GET, "GET /tags", "GET /companies/{id}"]


def test_a_lost_write_is_found_and_mended(world: World, reconcile: Reconcile) -> None:
    """An older value with an older time is nobody's edit: the newest word is written again."""
    world.apply(person("user", external_id="u1", set={"name": "Old", "phone": "1"}), at=1)
    world.apply(person("user", external_id="u1", set={"name": "New"}), at=2)
    contact = world.contact()["id"]
    set_back(world, contact, name="Old")
    found = reconcile()
    assert told(found) == [("name", "Old", "New", False)]
    assert found.drifts[0].source == "app"
    assert world.contact()["name"] == "Old"
    assert told(reconcile(repair=True)) == [("name", "Old", "New", True)]
    assert world.contact()["name"] == "New"
    assert world.said(contact, "name") == {"app": ["Old", "New"]}
    assert told(reconcile()) == []


def test_an_edit_stays(world: World, reconcile: Reconcile) -> None:
    """What somebody changed at Intercom later is their word, until something newer is said."""
    world.apply(person("user", external_id="u1", set={"name": "Ours"}))
    contact = world.contact()["id"]
    world.edit(contact, name="Theirs")
    found = reconcile(repair=True)
    assert (found.edits, found.drifts, world.contact()["name"]) == (1, [], "Theirs")
    assert world.said(contact, "name") == {"app": ["Ours"], "intercom": ["Theirs"]}
    world.apply(person("user", external_id="u1", set={"name": "Newest"}), at=5000)
    assert world.contact()["name"] == "Newest"


def test_tags_and_edges_that_vanished_come_back(world: World, reconcile: Reconcile) -> None:
    """Those that should be there are put there, those that should not are taken away."""
    acme = company("acme")
    world.apply(acme, person("user", external_id="u1", add_tags=("vip",), remove_tags=("lead",)))
    contact = world.contact()["id"]
    with world.state.lock:
        lead = tags.ensure(world.state, "Lead")
        held = world.state.contacts[contact]
        world.state.put(replace(held, tags={lead.id: T0}, companies=()))
    found = reconcile()
    assert {one.field.partition(":")[0] + str(one.wanted) for one in found.drifts} == {
        "tagTrue",
        "tagFalse",
        "companyTrue",
    }
    assert all(one.done for one in reconcile(repair=True).drifts)
    assert (world.contact()["tags"], world.contact()["companies"]) == (["vip"], ["acme"])
    assert reconcile().drifts == []


def test_more_tags_than_an_answer_shows_are_asked_for(world: World, reconcile: Reconcile) -> None:
    """An answer shows ten tags and companies: the rest costs a call, and none is missed."""
    names = tuple(f"t{number}" for number in range(12))
    world.apply(person("user", external_id="u1", add_tags=names))
    assert reconcile().drifts == []
    assert "GET /contacts/{id}/tags" in world.calls()


def test_an_address_that_was_refused_is_taken_when_it_is_free(
    world: World, reconcile: Reconcile
) -> None:
    """As long as another contact has it nothing is tried; then it is written."""
    world.rules(email_conflict="always")
    rival = world.plant(external_id="u9", email="a@x.example")
    world.apply(person("user", external_id="u9"))
    world.apply(person("user", external_id="u1", email="b@x.example"))
    world.apply(person("user", external_id="u1", set={"email": "a@x.example"}), at=5)
    (mine,) = world.linked("external_id", "u1")
    assert told(reconcile(repair=True)) == []
    world.edit(rival, email="c@x.example")
    reconcile()
    assert told(reconcile(repair=True)) == [("email", "b@x.example", "a@x.example", True)]
    assert {one["email"] for one in world.contacts()} == {"a@x.example", "c@x.example"}
    assert world.linked("email", "a@x.example") == (mine,)
    assert duplicates.listing(world.db, settled=False, limit=9) == []


def test_a_company_is_compared_too(world: World, reconcile: Reconcile) -> None:
    """Its fields and its tags; it is mended by Intercom's own id."""
    world.apply(company("acme", set={"name": "Old"}, add_tags=("big",)), at=1)
    world.apply(company("acme", set={"name": "New"}), at=2)
    with world.state.lock:
        held = world.state.with_company_id("acme")
        assert held is not None
        world.state.put_company(replace(held, name="Old", tags=(), updated_at=T0 - 3600))
    assert {one[0] for one in told(reconcile())} == {"name", "tag:big"}
    assert all(one.done for one in reconcile(repair=True).drifts)
    (now,) = world.companies()
    assert (now["name"], now["tags"]) == ("New", ["big"])


def test_who_is_gone_or_merged_is_followed(world: World, reconcile: Reconcile) -> None:
    """Links of a contact that is gone go, those of a merged one lead to its heir."""
    for one in ("u1", "u2", "u3"):
        world.apply(person("user", external_id=one, app_id=f"a-{one}"))
    first, second, third = (world.linked("app_id", f"a-u{n}")[0] for n in (1, 2, 3))
    with world.state.lock:
        contacts = world.state.contacts
        world.state.put(replace(contacts[first], standing="deleted"))
        world.state.put(replace(contacts[second], standing="merged", merged_into=third))
    found = reconcile()
    assert (found.gone, found.merged, found.contacts) == ([first], {second: third}, 1)
    assert world.linked("app_id", "a-u1") == ()
    assert world.linked("app_id", "a-u2") == (third,)


def test_a_tag_that_was_never_there_is_no_drift(world: World, reconcile: Reconcile) -> None:
    """The heir of a merged contact need not lose the tag that was taken off the other."""
    world.apply(person("user", external_id="u1", add_tags=("lead",)))
    world.apply(person("user", external_id="u1", remove_tags=("lead",)), at=1)
    world.apply(person("user", external_id="u2"))
    (old,), (heir,) = world.linked("external_id", "u1"), world.linked("external_id", "u2")
    with world.state.lock:
        merged = replace(world.state.contacts[old], standing="merged", merged_into=heir)
        world.state.put(merged)
    assert reconcile().merged == {old: heir}
    assert reconcile().drifts == []


def test_a_killed_run_goes_on_with_those_who_are_left(world: World, reconcile: Reconcile) -> None:
    """Each that was read counts as confirmed; a later run begins with all of them again."""
    for number in range(5):
        world.apply(person("user", external_id=f"u{number}"))
    world.calls()
    with suppress(Killed):
        reconcile(client=Dying(world.client, GET, 3))
        raise AssertionError("it lived")
    world.end_leases()
    assert world.calls() == [GET] * 3
    with world.db.write() as connection:
        connection.execute(text("UPDATE readings SET began_at = began_at - 3600000000"))
        connection.execute(
            text("UPDATE shadow SET seen_at = seen_at - 3600000000 WHERE seen_at > 1")
        )
    assert reconcile(aged=False).contacts == 3
    assert reconcile().contacts == 5


def test_whom_a_worker_writes_is_left_for_the_next_run(world: World, reconcile: Reconcile) -> None:
    """It takes no hold of another, and says how many it left out."""
    world.apply(person("user", external_id="u1"))
    looker = world.ledger()
    looker.take([f"contact:{world.contact()['id']}"])
    looker.renew()
    with world.db.write() as connection:
        connection.execute(text("UPDATE holds SET expires_at = expires_at + 60000000"))
    found = reconcile()
    assert (found.busy, found.contacts) == (1, 0)
    looker.release()


def test_trouble_at_intercom_is_waited_out(world: World, reconcile: Reconcile) -> None:
    """A fault in the middle costs time; nothing is counted or written twice."""
    world.apply(person("user", external_id="u1", set={"name": "Old"}), at=1)
    world.apply(person("user", external_id="u1", set={"name": "New"}), at=2)
    set_back(world, world.contact()["id"], name="Old")
    world.fault("status", "GET", "/contacts", status=503)
    world.fault("lose", "PUT", "/contacts")
    found = reconcile(repair=True)
    assert (found.contacts, world.contact()["name"]) == (1, "New")


def test_what_intercom_refuses_is_told(world: World, reconcile: Reconcile) -> None:
    """The reason stands beside the field, and it counts as left."""
    world.apply(person("user", external_id="u1", set={"name": "Old"}), at=1)
    world.apply(person("user", external_id="u1", set={"name": "New"}), at=2)
    set_back(world, world.contact()["id"], name="Old")
    world.fault("status", "PUT", "/contacts", status=400)
    found = reconcile(repair=True)
    assert "400" in found.drifts[0].refused
    assert len(found.left) == 1


def test_whom_intercom_told_to_be_deleted_is_not_read_again(
    world: World, reconcile: Reconcile
) -> None:
    """Of them nothing is kept but that they are gone."""
    contact = {"id": "c1", "deleted": True}
    gone = Mapped("told", observed=Observation("deleted", "w", contact))
    world.apply(gone, source="intercom")
    found = reconcile()
    assert (found.gone, found.contacts, world.calls()) == ([], 0, [])
