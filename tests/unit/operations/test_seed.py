"""The declarations name and type everything as the seed does, and add only what is listed here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.intercom.operations import OPERATIONS, Operation

SEED = Path(__file__).parents[4] / "shared" / "contract" / "seed-operations.txt"
BULLET = re.compile(r"^\s+• (\w+)(?: \(([\w-]+)\))?:")
ADDED_INPUTS = {"PerPage", "StartingAfter"}
ADDED_OUTPUTS = {"NextStartingAfter", "Results"}


@dataclass
class Section:
    """One operation of the seed: names of inputs and options, outputs with their types."""

    inputs: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)


def sections() -> dict[str, Section]:
    if not SEED.exists():
        pytest.skip("the seed's list of operations is not beside this checkout")
    lines = SEED.read_text().splitlines()
    titles = {one.title for one in OPERATIONS.values()}
    found: dict[str, Section] = {}
    current, part = Section(), ""
    for line in lines[lines.index("Operation Details") :]:
        if line.startswith("5. "):
            break
        if line.strip() in titles:
            current = found[line.strip()] = Section()
        if line.strip() in {"Input Parameters:", "Options:", "Output:"}:
            part = line.strip()
        bullet = BULLET.match(line)
        if bullet and part == "Output:":
            current.outputs[bullet[1]] = bullet[2]
        elif bullet:
            (current.inputs if part == "Input Parameters:" else current.options).append(bullet[1])
    return found


each = pytest.mark.parametrize("one", OPERATIONS.values(), ids=lambda one: one.title)


def test_there_are_the_fifteen_operations_of_the_seed() -> None:
    """Neither fewer nor more."""
    assert set(sections()) == {one.title for one in OPERATIONS.values()}
    assert len(OPERATIONS) == 15


@each
def test_the_parameters_are_those_of_the_seed(one: Operation) -> None:
    """Required and optional ones apart; what is added is only the pages of lists."""
    seed = sections()[one.title]
    assert [p.seed for p in one.parameters if p.required] == seed.inputs
    options = [p.seed for p in one.parameters if not p.required]
    assert [name for name in options if name in seed.options] == seed.options
    added = ADDED_INPUTS if one.name == "get-many" else set()
    assert set(options) - set(seed.options) <= added


@each
def test_the_outputs_are_those_of_the_seed_in_its_types(one: Operation) -> None:
    """Every output has the type that the seed puts in brackets."""
    seed = sections()[one.title]
    assert seed.outputs.pop("StatusCode") == "number"
    assert seed.outputs.pop("ErrorMessage") == "string"
    outputs = {output.seed: output.form.label for output in one.outputs}
    assert {name: outputs.get(name) for name in seed.outputs} == seed.outputs
    assert set(outputs) - set(seed.outputs) <= ADDED_OUTPUTS
