"""`make bench` and its parts, made short, so that they still run the day somebody needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bench.__main__ import QUICK, main
from bench.backlog.__main__ import main as claims
from bench.drain.cases import cases
from bench.latency.__main__ import main as waking
from bench.retention.__main__ import main as removing
from bench.targets import LIMITED, ONE, PARTS, RATES, TWO, Verdict

SQLITE = ["--database", "sqlite", "--json"]


@pytest.mark.slow
def test_a_part_is_run_and_held_against_its_targets(tmp_path: Path) -> None:
    """Each figure stands beside its target; all figures are written."""
    ran = CliRunner().invoke(main, ["--quick", "--only", "backlog", "--out", str(tmp_path / "f")])
    assert ran.exit_code == 0, ran.output
    lines = [line for line in ran.stdout.splitlines() if "of the shortest" in line]
    assert len(lines) == 2
    assert all(line.endswith(("reached", "MISSED")) for line in lines)
    assert [row["waiting"] for row in json.loads((tmp_path / "f").read_text())["backlog"]] == [
        *(1000, 10000) * 2
    ]


@pytest.mark.slow
def test_the_way_from_commit_to_call_is_measured() -> None:
    """Each event's call is met; the worker's memory is told."""
    told = _told(waking, "--count", "2", "--events", "20")
    assert told["latency_milliseconds"]["sqlite"]["p50"] > 0
    assert len(told["memory_megabytes"]["sqlite"]) == 11
    assert [verdict.target for verdict in PARTS["latency"](told)] == [50, 90, 1.05]


@pytest.mark.slow
def test_what_removing_costs_the_receiver_is_measured() -> None:
    """While nothing, some and as much as possible is removed, nothing is refused."""
    [row] = _told(removing, "--events", "8000", "--rounds", "1", "--seconds", "0.5")
    assert [figures["not_200"] for figures in row["receive"].values()] == [0, 0, 0]
    assert row["removed"] + row["alone_per_second"] > 0


def test_claims_are_measured_round_by_round() -> None:
    """Few and many waiting lanes are compared within a round."""
    few, many = _told(claims, "--waiting", "20,60", "--rounds", "2", "--claims", "5")
    assert (few["ratio"], many["waiting"]) == (1, 60)
    assert many["ratio"] > 0


def test_every_target_has_what_it_is_about() -> None:
    """A case that is renamed would else take its target along."""
    assert {*RATES, ONE, TWO, LIMITED} <= {case.name for case in cases(100)}
    assert QUICK.keys() == PARTS.keys()


def test_a_figure_is_judged_by_its_bound() -> None:
    """Some targets are the least, some the most."""
    assert Verdict("a", 2, 1, at_least=True).cells() == ("a", "2", "≥ 1", "reached")
    assert Verdict("a", 2, 1).cells() == ("a", "2", "≤ 1", "MISSED")


def _told(command: click.Command, *options: str) -> Any:
    ran = CliRunner().invoke(command, [*options, *SQLITE])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)
