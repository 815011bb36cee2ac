"""Every shipped mapping holds what its examples say, and the promises that all mappings share."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge import config
from bridge.app import sources
from bridge.app.rehearsal import rehearse
from bridge.app.standard import broken_by
from bridge.mapping.example import Example
from bridge.mapping.examples import load_examples
from bridge.mapping.mapping import Mapping

ROOT = Path(__file__).parents[1]
CATALOGUE = sources.load(config.read({"BRIDGE_MAPPINGS": str(ROOT / "mappings")}))
EXAMPLES = [
    (mapping, example)
    for mapping in CATALOGUE.mappings.values()
    for example in load_examples(mapping)
]

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
    """Signed, received, applied to a sandbox; the same under a new event id costs no call."""
    verdicts = list(rehearse(CATALOGUE.mappings[source], config.read({})))
    assert verdicts
    assert {one.example.title: one.differences for one in verdicts if one.differences} == {}
    assert {one.example.title: one.again for one in verdicts if one.again} == {}


@each_example
def test_no_payload_breaks_a_mapping(mapping: Mapping, example: Example) -> None:
    """Any value removed or replaced, names in any order: no crash, no call without an identity."""
    assert list(broken_by(mapping, example, sample=100)) == []
