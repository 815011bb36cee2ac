"""Custom attributes: one bad one never fails the rest; those of payloads are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bridge.intercom.attributes import Attributes
from bridge.intercom.sandbox.fields import custom
from bridge.intercom.sandbox.model import Refusal
from bridge.model import State
from tests.integration.handlers.world import Applied, World, company, person

PLAN = "custom_attributes.plan"
OTHER = {"contact": "company", "company": "contact"}


@dataclass(frozen=True)
class Bad:
    """One thing that is wrong with `plan`: what Intercom has, what is said, what is remarked.

    `kept` is what Intercom holds of it all the same.
    """

    value: Any
    remark: str
    has: dict[str, Any] | None = None
    kept: Any = None
    type: str = "string"
    elsewhere: bool = False
    meanwhile: dict[str, Any] | None = None
    policy: str = "create"
    payload_named: bool = False


OPTIONS = {"data_type": "options", "options": [{"value": "Free"}, {"value": "Paid"}]}
WHOLE = {"data_type": "integer"}

BAD = {
    "unknown, to be dropped": Bad("x", "Intercom has no such", policy="drop"),
    "unknown, from a payload": Bad("x", "Intercom has no such", payload_named=True),
    "archived": Bad("x", "is archived", has={"archived": True}),
    "archived meanwhile": Bad("x", "is archived", has={}, meanwhile={"archived": True}),
    "read-only": Bad("x", "does not let", has={"api_writable": False}),
    "name of the others": Bad("x", "give it another name in the mapping", elsewhere=True),
    "text for a number": Bad("gold", "'gold' is no number", has=WHOLE),
    "number as text": Bad("7", "written as integer", has=WHOLE, kept=7),
    "not whole": Bad(7.5, "7.5 was rounded to 8", has=WHOLE, kept=8, type="float"),
    "too large": Bad(2**70, "too large", has=WHOLE, type="integer"),
    "object": Bad({"a": 1}, "an object is no text", has={}),
    "no yes or no": Bad("perhaps", "neither true nor false", has={"data_type": "boolean"}),
    "no date": Bad("soon", "'soon' is no date", has={"data_type": "date"}),
    "no option": Bad("gold", "none of the options: Free, Paid", has=OPTIONS),
    "option gone meanwhile": Bad(
        "Paid", "none of the options", has=OPTIONS, meanwhile={"options": ("Free", "Gold")}
    ),
    "too long": Bad("x" * 300, "cut to the 255", has={}, kept="x" * 255),
    "number for text": Bad(7, "written as string", has={}, kept="7", type="integer"),
}


def bad_person(bad: Bad) -> Any:
    return person("user", external_id="u1", policy={"attributes": bad.policy}, **_parts(bad))


def bad_company(bad: Bad) -> Any:
    return company("acme", policy={"attributes": bad.policy}, **_parts(bad))


def _parts(bad: Bad) -> dict[str, Any]:
    return {
        "set": {"name": "Ada", PLAN: bad.value, "custom_attributes.good": "yes"},
        "types": {PLAN: bad.type, "custom_attributes.good": "string"},
        "payload_named": frozenset({PLAN} if bad.payload_named else ()),
    }


WRITES: dict[str, tuple[str, Callable[[Bad], Any], Any]] = {
    "contact made": ("contact", bad_person, None),
    "contact changed": ("contact", bad_person, person("user", external_id="u1")),
    "company made": ("company", bad_company, None),
    "company changed": ("company", bad_company, company("acme", set={"name": "Before"})),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("what", BAD)
def test_one_bad_attribute_never_fails_the_rest(world: World, what: str, write: str) -> None:
    """All else is written, the remark says why in words, and the same again costs no call."""
    bad, (model, change, before) = BAD[what], WRITES[write]
    prepare(world, bad, model)
    if before is not None:
        world.apply(before)
    world.to.attributes.get(model, "plan")  # type: ignore[arg-type]
    change_attribute(world, **bad.meanwhile or {})
    done = world.apply(change(bad), at=1)
    assert done.outcome.state is State.DONE
    assert any("plan" in one and bad.remark in one for one in done.outcome.warnings)
    held = world.contact() if model == "contact" else world.companies()[0]
    kept = {} if bad.kept is None else {"plan": bad.kept}
    assert (held["name"], held["custom_attributes"]) == ("Ada", {"good": "yes", **kept})
    assert world.apply(change(bad), at=2).calls == []


def prepare(world: World, bad: Bad, model: str) -> None:
    where = OTHER[model] if bad.elsewhere else model
    world.plant_all(attributes=[{"model": model, "name": "good", "data_type": "string"}])
    if bad.has is not None or bad.elsewhere:
        row = {"model": where, "name": "plan", "data_type": "string", **(bad.has or {})}
        world.plant_all(attributes=[row])
        flags = {name: row[name] for name in ("archived", "api_writable") if name in row}
        change_attribute(world, **flags)


def change_attribute(world: World, name: str = "plan", **changed: Any) -> None:
    with world.state.lock:
        for key, one in list(world.state.attributes.items()):
            if one.name == name and one.custom:
                world.state.attributes[key] = replace(one, **changed)


# --- refusals -------------------------------------------------------------------------------------


def user(**attributes: Any) -> Any:
    fields = {f"custom_attributes.{name}": value for name, value in attributes.items()}
    return person("user", external_id="u1", set={"name": "Ada", **fields})


@pytest.mark.parametrize(
    ("told", "left"),
    [("Attribute `plan` is not wanted", {"seats": "3"}), ("Something is wrong", None)],
)
def test_a_refusal_in_other_words_leaves_out_what_it_names_or_all_it_may_mean(
    world: World, monkeypatch: pytest.MonkeyPatch, told: str, left: Any
) -> None:
    """A 400 that names no attribute may be about any: the fields of Intercom's own are written."""

    def refusing(state: Any, model: str, values: Any) -> Any:
        if "plan" in values:
            raise Refusal(400, "parameter_invalid", told)
        return custom(state, model, values)

    monkeypatch.setattr("bridge.intercom.sandbox.fields.custom", refusing)
    done = world.apply(user(plan="x", seats="3"))
    assert done.outcome.state is State.DONE
    assert (world.contact()["name"], world.contact().get("custom_attributes")) == ("Ada", left)
    assert done.calls.count("POST /contacts") == 2


def test_a_refusal_that_is_not_about_attributes_is_told_as_it_is(world: World) -> None:
    """Tried once without them, then failed; nobody is made."""
    world.fault("status", "POST", "/contacts", status=400, times=0)
    done = world.apply(user(plan="x"))
    assert (done.outcome.state, world.contacts()) == (State.FAILED, [])
    made = [one for one in done.calls if one == "POST /contacts"]
    assert len(made) == 2


def test_a_lost_answer_to_a_creation_makes_the_attribute_once(world: World) -> None:
    """The event is tried again, Intercom says that it is there, and it is used."""
    world.fault("lose", "POST", "/data_attributes")
    first = world.apply(user(plan="x"))
    assert first.outcome.retry_in is not None
    done = world.again(first.id)
    assert (done.outcome.state, done.outcome.warnings) == (State.DONE, ())
    assert world.contact()["custom_attributes"] == {"plan": "x"}


# --- replays --------------------------------------------------------------------------------------


def test_a_parked_event_is_applied_by_a_replay_once_the_attribute_is_there(world: World) -> None:
    """The registry is read again for it, not ten minutes later."""
    change = replace(user(plan="x"), policy=replace(user().policy, attributes="park"))
    parked = world.apply(change)
    assert "no contact attribute 'plan'" in parked.outcome.reason
    world.plant_all(attributes=[{"model": "contact", "name": "plan", "data_type": "string"}])
    done = world.replay(parked.id)
    assert (done.outcome.state, world.contact()["custom_attributes"]) == (State.DONE, {"plan": "x"})


def test_what_was_left_out_is_written_by_a_replay_once_it_can_be(world: World) -> None:
    """Whoever mends it at Intercom replays, and need not wait."""
    world.plant_all(attributes=[{"model": "contact", "name": "plan", "data_type": "string"}])
    change_attribute(world, archived=True)
    applied = world.apply(user(plan="x"))
    assert "custom_attributes" not in world.contact()
    change_attribute(world, archived=False)
    world.replay(applied.id)
    assert world.contact()["custom_attributes"] == {"plan": "x"}


def test_what_is_simply_missing_is_not_looked_for_again_and_again(world: World) -> None:
    """Only a replay reads the registry anew; events one after another do not."""
    change = replace(user(plan="x"), policy=replace(user().policy, attributes="drop"))
    for number in range(3):
        world.apply(change, at=number)
    reads = [one for one in world.state.journal.listed() if one["path"] == "/data_attributes"]
    assert len(reads) == 1


# --- names from payloads --------------------------------------------------------------------------


def traits(*names: str, at_most: int, **more: Any) -> Any:
    fields = {f"custom_attributes.{name}": "x" for name in names}
    return person(
        "user", set=fields, payload_named=frozenset(fields),
        policy={"payload_attributes": at_most}, **{"external_id": "u1", **more},
    )  # fmt: skip


def test_payloads_bring_so_many_attributes_and_no_more(world: World) -> None:
    """The first are created, the others left out with a remark; what is there is always written."""
    world.plant_all(attributes=[{"model": "contact", "name": "there", "data_type": "string"}])
    done = world.apply(traits("a", "b", "c", "there", at_most=2))
    assert world.contact()["custom_attributes"] == {"a": "x", "b": "x", "there": "x"}
    [remark] = done.outcome.warnings
    assert "custom_attributes.c left out" in remark
    assert "payloads brought the 2 allowed" in remark
    later = world.apply(traits("c", at_most=3), at=1)
    assert (later.outcome.warnings, world.contact()["custom_attributes"]["c"]) == ((), "x")


def test_a_name_that_intercom_refuses_takes_no_place(world: World) -> None:
    """Companies have it already: the next name may come."""
    world.plant_all(attributes=[{"model": "company", "name": "a", "data_type": "string"}])
    world.apply(traits("a", at_most=1))
    world.apply(traits("b", at_most=1), at=1)
    assert world.contact()["custom_attributes"] == {"b": "x"}


def test_the_limit_holds_for_every_worker(world: World) -> None:
    """One with a registry of its own does not begin to count anew, nor refuse what is there."""
    world.apply(traits("a", at_most=1))
    other = replace(world, to=replace(world.to, attributes=Attributes(world.client)))
    other.apply(traits("a", "b", at_most=1, external_id="u2"), at=1)
    assert {name for _, name in world.attributes()} == {"a"}


def test_a_dry_run_counts_nothing(world: World) -> None:
    """What it would create may be created by whoever comes next."""
    dry = replace(world, to=replace(world.to, dry_run=True))
    told: Applied = dry.apply(traits("a", "b", at_most=1))
    assert told.outcome.state is State.SKIPPED
    world.to.attributes.refresh(world.client, "contact")
    world.apply(traits("c", at_most=1), at=1)
    assert {name for _, name in world.attributes()} == {"c"}
