"""Which value wins: runs of equal values, whatever order facts arrive in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.model import Json, Moment, Run
from bridge.store.runs import same
from handlers.facts import fact, told, winner

Fact = tuple[str, int, Json]
"""Who said it, when, and what."""


def said(source: str, time: int, value: Json) -> Run:
    return fact(source, "name", value, Moment(time, 0, time))


def runs_of(*facts: tuple[int, Json], source: str = "app") -> tuple[Run, ...]:
    runs: tuple[Run, ...] = ()
    for time, value in facts:
        runs = told(runs, said(source, time, value))
    return runs


def shown(runs: Sequence[Run]) -> list[tuple[Json, int, int]]:
    return [(run.value, run.first.time, run.last.time) for run in runs]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([(1, "a")], [("a", 1, 1)]),
        ([(1, "a"), (2, "a")], [("a", 1, 2)]),
        ([(2, "a"), (1, "a")], [("a", 1, 2)]),
        ([(1, "a"), (2, "b")], [("a", 1, 1), ("b", 2, 2)]),
        ([(2, "b"), (1, "a")], [("a", 1, 1), ("b", 2, 2)]),
        ([(1, "a"), (3, "a"), (2, "b")], [("a", 1, 1), ("b", 2, 2), ("a", 3, 3)]),
        ([(1, "a"), (3, "b"), (2, "b")], [("a", 1, 1), ("b", 2, 3)]),
        ([(1, "a"), (3, "a"), (2, "b"), (4, "a")], [("a", 1, 1), ("b", 2, 2), ("a", 3, 4)]),
        ([(1, "a"), (1, "a")], [("a", 1, 1)]),
        ([(1, "a"), (1, "b")], [("b", 1, 1)]),
        ([(1, "a"), (3, "a"), (3, "b")], [("a", 1, 1), ("b", 3, 3)]),
        ([(1, "a"), (3, "a"), (1, "b")], [("b", 1, 1), ("a", 3, 3)]),
    ],
    ids=lambda facts: " ".join(f"{one[1]}{one[0]}" for one in facts),
)
def test_facts_of_one_source_become_runs_of_equal_values(
    facts: list[tuple[int, Json]], expected: list[tuple[Json, int, int]]
) -> None:
    """A repeat moves an end, another value begins or splits a run, a replay replaces its own."""
    assert shown(runs_of(*facts)) == expected


def test_a_run_keeps_whence_it_began() -> None:
    """Its event and route are those of its first moment; the part after a split is the last's."""
    runs: tuple[Run, ...] = ()
    for time, value, route in ((2, "a", "r2"), (4, "a", "r4"), (1, "a", "r1"), (3, "b", "r3")):
        runs = told(runs, fact("app", "name", value, Moment(time, 0, time * 10), route))
    assert [(run.value, run.event_id, run.route) for run in runs] == [
        ("a", 10, "r1"),
        ("b", 30, "r3"),
        ("a", 40, "r1"),
    ]


def test_a_repeat_under_a_new_time_does_not_win_against_a_newer_fact() -> None:
    """The run began before the other source spoke."""
    stripe = runs_of((1, "old"), (3, "old"), source="stripe")
    crm = runs_of((2, "new"), source="crm")
    best = winner([*stripe, *crm])
    assert best is not None
    assert best.value == "new"


def test_of_equal_seconds_version_and_then_arrival_decide() -> None:
    """The order of facts is (time, version, arrival)."""
    one = fact("a", "name", "one", Moment(5, 1, 9))
    two = fact("b", "name", "two", Moment(5, 2, 1))
    three = fact("c", "name", "three", Moment(5, 2, 2))
    assert winner([three, one, two]) == three
    assert winner([two, one]) == two


def test_nothing_said_has_no_winner() -> None:
    """A field without facts is left alone."""
    assert winner([]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0, False, False),
        (1, True, False),
        (False, False, True),
        (True, True, True),
        (1, 1.0, True),
        (0, 0.0, True),
        (1, "1", False),
        (None, "", False),
        (None, 0, False),
        (None, None, True),
        (2**63, float(2**63), True),
        ("ä", "a\u0308", False),
    ],
)
def test_values_are_compared_as_json_has_them(one: Json, other: Json, expected: bool) -> None:
    """A switch is no number; a whole number is the same with and without a point."""
    assert same(one, other) is expected
    assert same(other, one) is expected


# --- any order of arrival -------------------------------------------------------------------------

FACTS = st.lists(
    st.tuples(
        st.sampled_from(["stripe", "crm", "app"]), st.integers(0, 12), st.sampled_from("abc")
    ),
    unique_by=lambda one: (one[0], one[1]),
    max_size=9,
)


def rule(facts: Sequence[Fact]) -> Json:
    """Give the value that wins by the rule itself: all facts sorted, each source's runs made."""
    firsts: list[tuple[Moment, Json]] = []
    for source in {one[0] for one in facts}:
        own = sorted((time, value) for told_by, time, value in facts if told_by == source)
        for value, run in groupby(own, key=lambda one: one[1]):
            firsts.append((moment(source, next(run)[0]), value))
    return max(firsts, default=(None, None), key=lambda one: one[0])[1]


def moment(source: str, time: int) -> Moment:
    """Give each fact a moment of its own, also where two sources speak in one second."""
    return Moment(time, 0, ["stripe", "crm", "app"].index(source))


def arrives_inside_a_long_run(facts: Sequence[Fact]) -> bool:
    """Say whether a value comes late into a run of three or more: what lay between is not kept."""
    for number, (source, time, value) in enumerate(facts):
        own = sorted((at, what) for told_by, at, what in facts[:number] if told_by == source)
        for what, run in groupby(own, key=lambda one: one[1]):
            times = [at for at, _ in run]
            if what != value and len(times) > 2 and times[0] < time < times[-1]:
                return True
    return False


@given(FACTS, st.data())
def test_the_winner_does_not_depend_on_the_order_of_arrival(facts: list[Fact], data: Any) -> None:
    """Over several sources, for every order, the same as sorting all facts first."""
    arrived = data.draw(st.permutations(facts))
    assume(not arrives_inside_a_long_run(arrived))
    runs: dict[str, tuple[Run, ...]] = {}
    for source, time, value in arrived:
        one = fact(source, "name", value, moment(source, time))
        runs[source] = told(runs.get(source, ()), one)
    best = winner(run for own in runs.values() for run in own)
    assert (best.value if best else None) == rule(facts)


@given(FACTS)
def test_runs_of_a_source_never_overlap_and_never_repeat_a_value(facts: list[Fact]) -> None:
    """Whatever arrives, in whatever order, exemptions included."""
    runs: tuple[Run, ...] = ()
    for _, time, value in facts:
        runs = told(runs, said("app", time, value))
    for before, after in pairwise(runs):
        assert before.first <= before.last < after.first <= after.last
        assert before.value != after.value
