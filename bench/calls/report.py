"""The measured streams as a table, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench.calls.measure import Measured
from bench.calls.peers import PEERS
from bridge.cli.columns import columns

HEAD = ("stream", "fold", "events", "calls", "per event", *PEERS, "fewer", "target", "state")


def row(one: Measured) -> dict[str, Any]:
    """Give one stream's figures by name; calls are per event but for `calls` and `kinds`."""
    ours, target = round(one.ours, 3), one.stream.target
    return {
        "stream": one.stream.name,
        "data_events": one.stream.data_events,
        "fold_seconds": one.stream.fold,
        "events": one.events,
        "calls": one.kinds.total(),
        "calls_per_event": ours,
        "search_first": {name: round(one.of(name), 3) for name in PEERS},
        "times_fewer": round(min(map(one.of, PEERS)) / one.ours, 1) if one.ours else None,
        "target": target,
        "reached": None if target is None else ours <= target,
        "kinds": dict(one.kinds.most_common()),
        "wrong": list(one.wrong),
    }


def lines(measured: Sequence[Measured]) -> Iterator[str]:
    """Give the table, below each stream its calls by kind, and what came out wrong."""
    head, *table = columns([HEAD, *(_cells(row(one)) for one in measured)])
    yield head
    for one, told in zip(measured, table, strict=True):
        yield told
        yield f"    {_kinds(one.kinds)}"
        for problem, count in Counter(one.wrong).most_common(5):
            yield f"    WRONG, {count} x: {problem}"


def _cells(told: dict[str, Any]) -> tuple[str, ...]:
    return (
        told["stream"],
        f"{told['fold_seconds']:g} s",
        str(told["events"]),
        str(told["calls"]),
        f"{told['calls_per_event']:.2f}",
        *(f"{value:.2f}" for value in told["search_first"].values()),
        "all" if told["times_fewer"] is None else f"{told['times_fewer']:.1f} x",
        _verdict(told),
        "wrong" if told["wrong"] else "right",
    )


def _verdict(told: dict[str, Any]) -> str:
    if told["target"] is None:
        return "-"
    return f"{told['target']:g} {'reached' if told['reached'] else 'MISSED'}"


def _kinds(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in kinds.most_common()) or "no call"
