"""What the figures are held against: each target with what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Told = Any
"""What a part of the bench tells with --json."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure and its target: at least, or at most, so much."""

    what: str
    figure: float
    target: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Say whether the target is reached."""
        return self.figure >= self.target if self.at_least else self.figure <= self.target

    def cells(self) -> tuple[str, str, str, str]:
        """Give the row of a table."""
        bound = f"{'≥' if self.at_least else '≤'} {self.target:g}"
        return self.what, f"{self.figure:.4g}", bound, "reached" if self.reached else "MISSED"


def receive(told: Told) -> Iterator[Verdict]:
    """Judge the receiver as it is: one web process, 32 connections."""
    for row in told["receive"]:
        if row["variant"] == "group":
            where = f"receive, {row['database']}"
            yield Verdict(f"{where}: of an empty view", row["of_empty"], 0.55, at_least=True)
            yield Verdict(f"{where}: requests/s", row["per_second"], 500, at_least=True)
            yield Verdict(f"{where}: p99 ms", row["p99"], 150)
            yield Verdict(f"{where}: slowest answer ms", row["max"], 2000)
    for kind, seconds in told["start_seconds"].items():
        yield Verdict(f"start to first webhook, {kind}: s", seconds, 1.5)
    yield from _memory("web", told["memory_megabytes"])


def latency(told: Told) -> Iterator[Verdict]:
    """Judge how soon an idle worker calls, and how large it grows."""
    for kind, figures in told["latency_milliseconds"].items():
        yield Verdict(f"commit to call, idle, {kind}: p50 ms", figures["p50"], 50)
    yield from _memory("worker", told["memory_megabytes"])


def backlog(told: Told) -> Iterator[Verdict]:
    """Judge how a claim's time grows with the backlog."""
    for row in told:
        if row["ratio"] != 1:
            what = f"claim with {row['waiting']:,} waiting, {row['database']}: of the shortest"
            yield Verdict(what, row["ratio"], row["at_most"])


RATES = {"no call needed": 600.0, "one call each": 200.0}
ONE, TWO = "80 ms answers, one worker of 4", "80 ms answers, two workers of 4"
LIMITED = "80 ms answers, real limit"
A_WINDOW = 10_000 / 6
"""Calls that Intercom allows in ten seconds."""


def drain(told: Told) -> Iterator[Verdict]:
    """Judge how fast a backlog is worked off, and how much of Intercom's limit is used."""
    for kind in dict.fromkeys(row["database"] for row in told):
        rows = {row["case"]: row for row in told if row["database"] == kind}
        for case, least in RATES.items():
            what = f"drain, {kind}, {case}: events/s"
            yield Verdict(what, rows[case]["per_second"], least, at_least=True)
        times = rows[TWO]["per_second"] / rows[ONE]["per_second"]
        yield Verdict(
            f"drain, {kind}, 80 ms answers: two workers to one", times, 1.3, at_least=True
        )
        row, where = rows[LIMITED], f"drain, {kind}, real limit"
        yield Verdict(f"{where}: part of it used", row["of_limit"], 0.95, at_least=True)
        yield Verdict(f"{where}: most in any 10 s", row["most_in_ten"], A_WINDOW)
        yield Verdict(f"{where}: calls refused", row["refused"], 0)


def _memory(process: str, megabytes: Mapping[str, Sequence[float]]) -> Iterator[Verdict]:
    for kind, series in megabytes.items():
        yield Verdict(f"memory of {process} in the end, {kind}: MB", series[-1], 90)
        half = series[len(series) // 2]
        yield Verdict(f"memory of {process}, {kind}: growth after half", series[-1] / half, 1.05)


PARTS: Mapping[str, Callable[[Told], Iterator[Verdict]]] = {
    "receive": receive,
    "latency": latency,
    "backlog": backlog,
    "drain": drain,
    "retention": lambda _: iter(()),
}
"""The parts of the bench, in their order; retention has no target, only figures."""
