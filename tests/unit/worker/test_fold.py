"""What folds with what, and what becomes of it: the pure part of folding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.model import (
    CompanyChange,
    Identifier,
    Mapped,
    Missing,
    PersonChange,
    Policy,
    Receipt,
    State,
    StoredEvent,
    TrackChange,
)
from bridge.worker.fold import fold
from bridge.worker.task import Task

CUSTOMER, EMAIL = Identifier("stripe_customer", "c1"), Identifier("email", "a@b.c")
EXTERNAL = Identifier("external_id", "u1")


def task(number: int, *changes: Any, at: int | None = None) -> Task:
    """Give an event due that means these Changes, `number` seconds after the beginning."""
    receipt = Receipt("s", 0, (), {}, b"")
    event = StoredEvent(
        number, "default", "s", str(number), "t", number if at is None else at, 0, "x", 1, number,
        State.PENDING, "", (), 0, None, receipt, 0, 0,
    )  # fmt: skip
    mapped = Mapped(
        route=f"route {number}",
        companies=tuple(one for one in changes if isinstance(one, CompanyChange)),
        people=tuple(one for one in changes if isinstance(one, PersonChange)),
        tracks=tuple(one for one in changes if isinstance(one, TrackChange)),
    )
    return Task(event, mapped)


def user(*match: Identifier, kind: Any = "user", **parts: Any) -> PersonChange:
    return PersonChange(kind, match or (CUSTOMER,), **parts)


def firm(company_id: str = "1", **parts: Any) -> CompanyChange:
    return CompanyChange((Identifier("company_id", company_id),), **parts)


def folded(*changes: Any) -> int:
    """Give how many of these Changes, each an event's, become one."""
    return len(fold([task(number, one) for number, one in enumerate(changes, 1)]).tasks)


def test_the_newest_value_of_each_field_counts_and_each_event_keeps_its_words() -> None:
    """By the senders' times, though the later one arrived first."""
    said = [
        task(1, user(set={"name": "new", "phone": "1"}), at=9),
        task(2, user(set={"name": "old", "plan": "x"}), at=5),
    ]
    (person,) = fold(said).mapped.people
    assert person.set == {"name": "new", "phone": "1", "plan": "x"}
    assert [(one.moment.time, one.moment.arrival, one.route) for one in person.sayings] == [
        (9, 1, "route 1"),
        (5, 2, "route 2"),
    ]
    assert [one.change.set for one in person.sayings] == [one.mapped.people[0].set for one in said]


def test_of_what_is_set_once_the_first_word_counts() -> None:
    """As it would one after another: the second finds the field full."""
    said = [task(1, user(set_once={"name": "A"})), task(2, user(set_once={"name": "B", "x": 1}))]
    assert fold(said).mapped.people[0].set_once == {"name": "A", "x": 1}


@pytest.mark.parametrize(
    ("one", "other", "united"),
    [
        ((CUSTOMER,), (EXTERNAL, CUSTOMER, EMAIL), (EXTERNAL, CUSTOMER, EMAIL)),
        ((EXTERNAL, CUSTOMER, EMAIL), (CUSTOMER,), (EXTERNAL, CUSTOMER, EMAIL)),
        ((EXTERNAL, EMAIL), (EXTERNAL, CUSTOMER), (EXTERNAL, CUSTOMER, EMAIL)),
    ],
)
def test_identifiers_are_united_in_an_order_that_is_each_ones_own(
    one: Any, other: Any, united: Any
) -> None:
    """Whoever an event means first it still means first."""
    (person,) = fold([task(1, user(*one)), task(2, user(*other))]).mapped.people
    assert sorted(person.match) == sorted(united)
    for match in (one, other):
        assert tuple(each for each in person.match if each in match) == match


def test_data_events_stay_apart_and_know_their_event() -> None:
    """They are told one by one, in order."""
    track = TrackChange("paid", {}, 1)
    group = fold([task(1, user(), track, track), task(2, user(), track)])
    assert [one.event_id for one in group.mapped.tracks] == [1, 1, 2]


def test_companies_are_folded_by_their_own_id() -> None:
    """Several in one burst are several Changes; an event without a person may be among them."""
    said = [
        task(1, user(), firm("1", set={"name": "A"})),
        task(2, firm("2", set={"name": "B"}, attach=False)),
        task(3, user(), firm("1", set={"name": "C"})),
    ]
    group = fold(said)
    assert [(one.match[0].value, one.set) for one in group.mapped.companies] == [
        ("1", {"name": "C"}),
        ("2", {"name": "B"}),
    ]
    assert len(group.tasks) == 3


def test_who_is_known_is_not_missing() -> None:
    """Events that would create and events that would wait fold: neither is asked for."""
    waits = Policy(missing=Missing("wait", 60))
    assert folded(user(), user(policy=waits), user(policy=Policy(Missing("skip")))) == 3


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(user(kind="lead"), id="another kind"),
        pytest.param(user(policy=Policy(attributes="drop")), id="another choice"),
        pytest.param(user(Identifier("stripe_customer", "c2")), id="another person"),
        pytest.param(user(EMAIL, CUSTOMER, EXTERNAL), id="another order"),
        pytest.param(user(CUSTOMER, set={"email": "b@b.c"}), id="another address"),
        pytest.param(user(unlink=("stripe_customer",)), id="unlink"),
        pytest.param(user(set_once={"phone": "1"}), id="may fill what was cleared"),
        pytest.param(firm(detach="others"), id="leaves other companies"),
        pytest.param(firm(attach=False, detach="this"), id="joins, then leaves"),
        pytest.param(firm(policy=Policy(attributes="park")), id="another choice for companies"),
        pytest.param(replace(user(), match=()), id="nobody"),
        pytest.param(replace(firm(), match=()), id="no company"),
    ],
)
def test_a_barrier_ends_the_group_before_it(other: Any) -> None:
    """What comes behind is a group of its own."""
    first = task(1, user(CUSTOMER, EMAIL, EXTERNAL, set={"phone": None}), firm())
    assert len(fold([first, task(2, other)]).tasks) == 1
    assert fold([first, task(2, other)]).mapped is first.mapped


def test_what_cannot_be_mapped_or_is_skipped_folds_with_nothing() -> None:
    """Its outcome is its own."""
    fails = replace(task(2), error=BridgeError("no"))
    skipped = replace(task(2), mapped=Mapped(skipped="no route"))
    for other in (fails, skipped):
        assert len(fold([task(1, user()), other]).tasks) == 1
        assert len(fold([other, task(3, user())]).tasks) == 1


def test_two_people_of_one_event_are_not_folded() -> None:
    """A lane's group has one person."""
    assert len(fold([task(1, user(), user(EMAIL)), task(2, user())]).tasks) == 1


def test_addresses_that_agree_fold() -> None:
    """Set by one event and matched by another, it is one address."""
    assert folded(user(EXTERNAL, EMAIL), user(EXTERNAL, set={"email": "a@b.c"})) == 2
