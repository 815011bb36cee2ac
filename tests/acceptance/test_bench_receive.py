"""`make bench-receive`, made short, so that it still runs the day somebody needs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from bench.receive.__main__ import main
from bench.receive.measure import Series
from bench.receive.report import Measured

SHORT = ["--rounds", "1", "--count", "8", "--connections", "4", "--events", "40"]
VARIANTS = [("empty", ""), ("unstored", ""), ("alone", "sqlite"), ("group", "sqlite")]


@pytest.mark.slow
def test_the_receiver_is_measured_beside_an_empty_view() -> None:
    """Every variant takes what is sent, and is compared; start and memory are told."""
    ran = CliRunner().invoke(main, [*SHORT, "--database", "sqlite", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    rows = told["receive"]
    assert [(row["variant"], row["database"]) for row in rows] == VARIANTS
    assert {row["not_200"] for row in rows} == {0}
    assert all(row["of_empty"] > 0 for row in rows[1:])
    assert told["start_seconds"]["sqlite"] > 0
    assert len(told["memory_megabytes"]["sqlite"]) == 11


def test_a_run_is_told_as_a_table() -> None:
    """Medians, ratios round by round, the worst answer, and what was not taken."""
    empty = Series("empty", "", 16, [figures(900, 9), figures(1000, 10), figures(2000, 11)])
    group = Series("group", "sqlite", 16, [figures(450, 20), figures(600, 30), figures(900, 10)])
    head, first, second, start, memory = Measured(
        [empty, group], {"sqlite": 1.234}, {"sqlite": [80, 81]}
    ).lines()
    assert head.split()[:4] == ["variant", "database", "threads", "req/s"]
    assert first.split() == ["empty", "-", "16", "1000", "-", "-", "-", "10", "20", "110", "3"]
    assert second.split() == [
        "group",
        "sqlite",
        "16",
        "600",
        "0.50",
        "-",
        "-",
        "20",
        "40",
        "300",
        "3",
    ]
    assert "1.23 s" in start
    assert memory.endswith("sqlite: 80 81")


def figures(per_second: float, p50: float) -> dict[str, Any]:
    return {
        "per_second": per_second,
        "p50": p50,
        "p99": 2 * p50,
        "max": 10 * p50,
        "statuses": {"200": 99, "503": 1},
    }
