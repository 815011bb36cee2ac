"""Words that come late or twice: lost writes, acts, merged contacts, edges of companies."""

from __future__ import annotations

from typing import Any

from bridge.app.remembering import Remembering
from bridge.intercom.operations import OPERATIONS, Workspace, answer
from bridge.model import Moment, Run, State, Target
from bridge.store.runs import merged
from tests.integration.handlers.world import World, company, person

IN = {"attach": True}
OUT = {"attach": False, "detach": "this"}


def user(**parts: Any) -> Any:
    return person("user", external_id="u1", **parts)


def companies(world: World) -> list[str]:
    held: list[str] = world.contact().get("companies", [])
    return sorted(held)


# --- what was written, though nobody heard of it --------------------------------------------------


def test_a_write_whose_answer_was_lost_is_nobodys_edit(world: World) -> None:
    """Another source's write shows it before the next try; a newer fact still wins over it."""
    world.apply(user(set={"name": "Ada"}), at=0)
    world.fault("lose", "PUT", "/contacts")
    lost = world.apply(user(set={"name": "Lost"}), at=10)
    assert lost.outcome.state is State.PENDING
    world.hour.pass_by(100)
    world.apply(user(set={"phone": "1"}), source="crm", at=1)
    world.again(lost.id)
    world.apply(user(set={"name": "Newer"}), source="crm", at=20)
    assert world.contact()["name"] == "Newer"


def test_a_write_that_intercom_keeps_in_another_form_is_nobodys_edit(world: World) -> None:
    """What was sent as text is a number there."""
    seats = "custom_attributes.seats"
    world.apply(user(set={seats: 1}, types={seats: "integer"}), at=0)
    world.fault("lose", "PUT", "/contacts")
    lost = world.apply(user(set={seats: "2"}), at=10)
    world.hour.pass_by(100)
    world.apply(user(set={"phone": "1"}), source="crm", at=1)
    world.again(lost.id)
    world.apply(user(set={seats: 3}), source="crm", at=20)
    assert world.contact()["custom_attributes"]["seats"] == 3


def test_a_lost_write_of_one_of_several_that_fold_is_nobodys_edit(world: World) -> None:
    """What the next event says instead is newer."""
    world.apply(user(set={"name": "Ada", "phone": "1"}), at=0)
    world.fault("lose", "PUT", "/contacts")
    lost = world.apply(user(set={"name": "Lost"}), at=10, subject="folds")
    world.hour.pass_by(100)
    world.apply(user(set={"phone": "2"}), source="crm", at=1)
    world.receive(user(set={"name": "Newer"}), at=11, subject="folds")
    world.work_off(lost.id)
    assert world.contact()["name"] == "Newer"


def test_an_edit_made_before_an_event_came_is_not_its_lost_write(world: World) -> None:
    """Somebody cleared the name by hand, as the event does, which needs two tries."""
    world.apply(user(set={"name": "Ada"}), at=0)
    world.edit(world.contact()["id"], name=None)
    world.apply(user(set={"phone": "1"}), at=1)
    world.hour.pass_by(10)
    world.fault("status", "PUT", "/contacts", status=500)
    again = world.apply(user(set={"name": None, "phone": "2"}), at=2)
    world.again(again.id)
    assert world.apply(user(set={"name": "Bea"}), source="crm", at=9).calls == []


def test_a_write_nobody_heard_of_does_not_outlast_a_newer_word(world: World) -> None:
    """The newer word seemed to be there already; the next try of the older one sees to it."""
    world.apply(user(set={"name": None, "phone": "1"}), at=0)
    old = world.receive(user(set={"name": "Lost"}), at=10)
    world.killed(old, "PUT /contacts/{id}")
    assert world.contact()["name"] == "Lost"
    assert world.apply(user(set={"name": None}), source="crm", at=20).calls == []
    assert world.again(old).calls == ["PUT /contacts/{id}"]
    assert "name" not in world.contact()
    assert world.replay(old).calls == []


def test_a_tag_nobody_heard_of_does_not_outlast_its_removal(world: World) -> None:
    """As with fields."""
    world.apply(user(add_tags=("vip",)), at=0)
    world.apply(user(remove_tags=("vip",)), source="crm", at=1)
    old = world.receive(user(set={"name": "Ada"}, add_tags=("vip",)), source="shop", at=10)
    world.killed(old, "POST /tags")
    assert world.contact()["tags"] == ["vip"]
    assert world.apply(user(remove_tags=("vip",)), source="forms", at=20).calls == []
    world.again(old)
    assert "tags" not in world.contact()


def test_a_company_written_without_an_answer_does_not_outlast_a_newer_word(world: World) -> None:
    """As with people."""
    world.apply(company("acme", set={"plan": "free"}, **IN), user(set={"name": "Ada"}), at=0)
    old = world.receive(company("acme", set={"plan": "lost"}, attach=False), at=10)
    world.killed(old, "POST /companies")
    world.apply(company("acme", set={"plan": "free"}, attach=False), source="crm", at=20)
    world.again(old)
    assert world.companies()[0]["plan"] == "free"


# --- acts -----------------------------------------------------------------------------------------


def test_an_operation_counts_from_when_it_was_done_also_where_it_repeats(world: World) -> None:
    """It is somebody's act, not the repeat of a snapshot."""
    world.apply(user(set={"name": "Ada"}), at=0)
    memory = Remembering(world.db, world.client, world.to.attributes, lambda: "w", clock=world.hour)
    workspace = Workspace(world.client, memory, world.to.attributes)

    def operate(name: str) -> None:
        world.hour.pass_by(10)
        body = {"UserId": world.contact()["id"], "UpdateData": {"name": name}}
        assert answer(OPERATIONS["user", "update"], workspace, body)["ErrorMessage"] == ""

    operate("Bea")
    world.apply(user(set={"name": "Cai"}), at=15)
    operate("Bea")
    assert world.apply(user(set={"name": "Cai"}), source="crm", at=16).calls == []
    assert world.contact()["name"] == "Bea"


# --- edges ----------------------------------------------------------------------------------------


def test_a_detach_from_a_company_not_there_yet_is_remembered(world: World) -> None:
    """The attach before it comes late, and makes the company, but nobody joins it."""
    world.apply(company("acme", **OUT), user(), at=5)
    world.apply(company("acme", **IN), user(), at=3)
    assert companies(world) == []
    world.apply(company("acme", **IN), user(), at=6)
    assert companies(world) == ["acme"]


def test_an_older_attach_that_comes_after_detach_others_changes_nothing(world: World) -> None:
    """`detach: others` holds for the companies too that are heard of only later."""
    world.apply(company("acme", detach="others"), user(), at=10)
    world.apply(company("globex"), user(), at=5)
    assert companies(world) == ["acme"]
    world.apply(company("globex"), user(), source="crm", at=4)
    assert companies(world) == ["acme"]
    world.apply(company("globex"), user(), at=11)
    assert companies(world) == ["acme", "globex"]


def test_detach_others_leaves_alone_what_only_another_source_told(world: World) -> None:
    """What the CRM attached later is the CRM's business."""
    world.apply(company("acme", detach="others"), user(), at=10)
    world.apply(company("globex"), user(), source="crm", at=5)
    assert companies(world) == ["acme", "globex"]


def test_an_older_attach_does_not_join_a_company_made_anew(world: World) -> None:
    """What was said of it under its old id counts for the new one."""
    world.apply(company("acme", set={"name": "A"}), user(), at=1)
    world.apply(company("acme", **OUT), user(), at=5)
    with world.state.lock:
        world.state.drop_company(next(iter(world.state.companies.values())))
    world.apply(company("acme", set={"name": "B"}), at=6)
    world.apply(company("acme"), user(), at=3)
    assert companies(world) == []


# --- merged ---------------------------------------------------------------------------------------


def test_what_was_said_of_merged_contacts_is_one_story() -> None:
    """The runs of the one split those of the other."""

    def run(value: str, first: int, last: int) -> Run:
        return Run("crm", "name", value, Moment(first, 0, first), Moment(last, 0, last), first)

    both = merged([run("a", 1, 5)], [run("b", 3, 4)])
    assert [(one.value, one.first.time, one.last.time) for one in both] == [
        ("a", 1, 1),
        ("b", 3, 4),
        ("a", 5, 5),
    ]
    assert [one.event_id for one in both] == [1, 3, 5]
    assert merged([run("a", 1, 5)], [run("a", 3, 7)]) == (run("a", 1, 7),)


def test_contacts_that_were_merged_keep_their_runs_apart(world: World) -> None:
    """In the store, where the one is forgotten into the other."""
    world.apply(user(set={"name": "A"}), at=1)
    world.apply(user(set={"name": "A"}), at=5)
    world.apply(person("user", external_id="u2", set={"name": "B"}), at=3)
    (one,), (two,) = world.linked("external_id", "u1"), world.linked("external_id", "u2")
    ledger = world.ledger()
    ledger.forget(Target("contact", two), one)
    names = [run.value for run in ledger.runs(Target("contact", one)) if run.field == "name"]
    assert names == ["A", "B", "A"]
