"""The cases that are measured, and what one run of each gives."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls.payloads import SHIPPED
from bench.drain.backlog import backlog, settings
from bench.drain.mappings import write_apart
from bench.drain.processes import drain, intercom
from bridge.errors import BridgeError

WINDOW = 10.0
_LIFTED = 6_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """One way to work off a backlog of `events`.

    `changed`: every event changes something. `apart`: events due together do not fold, so that each
    needs its own call. `latency` is in seconds, `limit` in calls a minute.
    """

    name: str
    events: int
    changed: bool = False
    apart: bool = False
    workers: int = 1
    threads: int = 16
    latency: float = 0.0
    limit: int = _LIFTED


def cases(events: int) -> list[Case]:
    """Give every case; `events` is the size of the backlog, where calls are slow a part of it."""
    slow, limited = max(10, events // 20), max(10, events // 3)
    apart = {"changed": True, "apart": True}
    return [
        Case("no call needed", events),
        Case("no call needed, applied apart", events, apart=True),
        Case("one call for five", events, changed=True),
        Case("one call each", events, **apart),
        Case("80 ms answers, one worker of 4", slow, **apart, threads=4, latency=0.08),
        Case("80 ms answers, two workers of 4", slow, **apart, threads=4, latency=0.08, workers=2),
        Case("80 ms answers, real limit", limited, **apart, latency=0.08, limit=10_000, workers=2),
    ]


def run(case: Case, url: str) -> dict[str, Any]:
    """Work off a backlog in an empty database; give the figures of one run."""
    with tempfile.TemporaryDirectory(prefix="bench-drain-") as folder:
        mappings = SHIPPED
        if case.apart:
            mappings = Path(folder)
            write_apart(mappings)
        with (
            intercom(case.latency, case.limit) as there,
            backlog(url, case.events, changed=case.changed) as made,
        ):
            environment = settings(made.url, there.url, case.threads, mappings)
            spent = drain(environment, case.workers)
            if made.states() != {"done": made.events}:
                raise BridgeError(f"{case.name}: events ended otherwise: {made.states()}")
            calls, refused = there.calls()
            return {
                "per_second": made.events / made.span(),
                "cpu_ms": spent / made.events * 1000,
                "calls_per_event": len(calls) / made.events,
                "refused": refused,
                **pace(calls),
            }


def pace(calls: Sequence[float]) -> dict[str, float]:
    """Give the most calls in any ten seconds, and the middle pace of whole windows per second."""
    begun, most = 0, 0
    for number, moment in enumerate(calls):
        while calls[begun] <= moment - WINDOW:
            begun += 1
        most = max(most, number - begun + 1)
    windows = Counter(int(moment // WINDOW) for moment in calls)
    whole = [windows[number] for number in sorted(windows)[1:-1]]
    return {"most_in_ten": most, "whole_windows": sum(whole) / len(whole) if whole else 0.0}
