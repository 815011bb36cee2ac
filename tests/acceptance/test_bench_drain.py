"""`make bench-drain`, made short, so that it still runs the day somebody needs it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bench.drain.__main__ import main
from bench.drain.cases import Case, pace
from bench.drain.report import Series, lines


@pytest.mark.slow
def test_a_backlog_is_worked_off_and_counted() -> None:
    """Every event ends done; calls, statements and processor time are told."""
    short = ["--rounds", "1", "--events", "20", "--counted", "20", "--database", "sqlite"]
    ran = CliRunner().invoke(main, [*short, "--case", "one call", "--json"])
    assert ran.exit_code == 0, ran.output
    five, each = json.loads(ran.stdout)
    assert (five["case"], each["case"]) == ("one call for five", "one call each")
    assert five["calls_per_event"] < 0.5 < 1 <= each["calls_per_event"]
    assert 0 < five["statements"] < each["statements"]
    assert min(five["per_second"], five["cpu_ms"], five["commits"]) > 0
    assert each["refused"] == 0


def test_the_pace_is_told_by_any_ten_seconds_and_by_whole_windows() -> None:
    """The most in any ten seconds may lie across two windows; begun and ended ones do not count."""
    calls = [9.5, *(10 + second for second in range(10)), 19.5, 20.5, 21, 31]
    assert pace(calls) == {"most_in_ten": 11, "whole_windows": 6.5}
    assert pace([1.0]) == {"most_in_ten": 1, "whole_windows": 0.0}


def test_a_run_is_told_as_a_table() -> None:
    """Medians; the limit only where there is one; how much more two workers do than one."""
    alone = Series(Case("one", 9), "sqlite", [run(10, 900), run(30, 2000), run(20, 1000)])
    limited = Series(
        Case("limited", 9, limit=6_000), "sqlite", [run(40, 990)], {"statements": 4, "commits": 2.5}
    )
    head, first, second = list(lines([alone, limited]))
    assert head.split()[:3] == ["case", "database", "events/s"]
    assert first.split() == ["one", "sqlite", "20", "1.50", "1.00", "-", "-", "-", "-", "6"]
    assert second.split() == [
        *("limited", "sqlite", "40", "1.50", "1.00"),
        *("4.0", "2.5", "0.990", "990", "2"),
    ]


def test_two_workers_are_compared_with_one() -> None:
    """Of cases that differ in nothing but the workers the ratio is told."""
    alone = Series(Case("one", 9), "sqlite", [run(10, 9)])
    both = Series(Case("two", 9, workers=2), "sqlite", [run(14, 9)])
    assert list(lines([alone, both]))[-1] == "sqlite: two is 1.40 times as fast as one"


def run(per_second: float, window: float) -> dict[str, float]:
    return {
        "per_second": per_second,
        "cpu_ms": 1.5,
        "calls_per_event": 1.0,
        "refused": 2,
        "most_in_ten": window,
        "whole_windows": window,
    }
