"""Every shipped mapping holds what its examples say, and the promises that all mappings share."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import config
from bridge.app import sources
from bridge.app.rehearsal import rehearse, rehearse_twice
from bridge.errors import BridgeError
from bridge.mapping.example import Example
from bridge.mapping.examples import load_examples
from bridge.mapping.lint import mapped, receipt_of
from bridge.mapping.mapping import Mapping
from bridge.model import Json, Mapped

ROOT = Path(__file__).parents[1]
CATALOGUE = sources.load(config.read({"BRIDGE_MAPPINGS": str(ROOT / "mappings")}))
EXAMPLES = [
    (mapping, example)
    for mapping in CATALOGUE.mappings.values()
    for example in load_examples(mapping)
]
HOSTILE: list[Json] = [None, 0, 10**400, -1.5, [], [[]], {}, "", "a\0b", "x" * 100_000, True]

each_mapping = pytest.mark.parametrize("source", sorted(CATALOGUE.mappings))
each_example = pytest.mark.parametrize(
    ("mapping", "example"),
    [pytest.param(*one, id=f"{one[0].source}: {one[1].title}") for one in EXAMPLES],
)


def test_no_shipped_mapping_is_broken() -> None:
    """Nor is any folder missing."""
    assert not CATALOGUE.broken
    assert set(CATALOGUE.mappings) >= {"stripe", "signup"}


@each_mapping
def test_what_the_examples_say_happens(source: str) -> None:
    """Signed, received, applied to a sandbox: outcome, calls and what is held."""
    verdicts = list(rehearse(CATALOGUE.mappings[source], config.read({})))
    assert verdicts
    differences = {one.example.title: one.differences for one in verdicts if one.differences}
    assert not differences


@each_mapping
def test_the_same_again_costs_no_call(source: str) -> None:
    """Sent twice it is known; under a new event id the facts are (data events aside)."""
    twice = rehearse_twice(CATALOGUE.mappings[source], config.read({}))
    assert {title: calls for title, calls in twice if calls} == {}


@each_example
def test_no_payload_breaks_a_mapping(mapping: Mapping, example: Example) -> None:
    """Any value removed or replaced: never a crash, never a call without an identity."""
    for body in _mutants(example.payload):
        for change in _changes(mapping, example, body):
            assert all(one.value for one in change.match)


def _changes(mapping: Mapping, example: Example, body: Json) -> Iterator[object]:
    receipt = receipt_of(example)
    for event in mapping.read(body, receipt, apply_tests=True):
        try:
            made = mapped(mapping, body, event, receipt)
        except BridgeError:
            made = Mapped()
        yield from (*made.people, *made.companies)


def _mutants(payload: Json) -> Iterator[Json]:
    """Give the payload with each value in turn removed or replaced, each time another way."""
    for number, path in enumerate(_paths(payload)):
        *above, last = path
        without = copy.deepcopy(payload)
        parent = without
        for step in above:
            parent = parent[step]
        hostile = copy.deepcopy(without)
        del parent[last]
        yield without
        parent = hostile
        for step in above:
            parent = parent[step]
        parent[last] = HOSTILE[number % len(HOSTILE)]
        yield hostile


def _paths(value: Json, above: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    steps: list[object] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    for step in steps:
        yield (*above, step)
        yield from _paths(value[step], (*above, step))
