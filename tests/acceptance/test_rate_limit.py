"""Promise 4: Intercom's limit is used well and never exceeded, whatever the number of workers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from bridge.intercom.sandbox import seeds
from tests.acceptance.product import Bridge, until

LIMIT = 200
"""Calls that Intercom allows in each window of ten seconds."""

PEOPLE = 300


@pytest.mark.slow
def test_two_workers_use_the_limit_together_and_never_exceed_it(bridge: Bridge) -> None:
    """A backlog is worked off at Intercom's pace: no 429, and hardly a call left unused."""
    bridge.sandbox.rules = replace(bridge.sandbox.rules, calls_per_minute=LIMIT * 6)
    contacts = [
        {"role": "user", "external_id": f"u{number}", "email": f"u{number}@example.com"}
        for number in range(PEOPLE)
    ]
    seeds.plant(bridge.sandbox, {"contacts": contacts})
    bridge.start_worker()
    for number in range(PEOPLE):
        event = {
            "id": f"e{number}",
            "type": "user.updated",
            "user": {"id": f"u{number}", "email": f"u{number}@example.com", "name": f"No {number}"},
        }
        bridge.post(bridge.signed("signup", event))
    calls = until(lambda: _whole_windows(bridge, 1), "a window of ten seconds", 60)
    assert set(calls.values()) <= set(range(round(LIMIT * 0.95), LIMIT + 1)), calls
    assert not [call for call in bridge.calls() if call["status"] == 429]


def _whole_windows(bridge: Bridge, wanted: int) -> dict[int, int]:
    """Count the calls of each window but the first and the last; {} until there are enough."""
    counted = Counter(call["at"] // 10 for call in bridge.calls() if call["path"] != "/me")
    whole = sorted(counted)[1:-1]
    return {window: counted[window] for window in whole} if len(whole) >= wanted else {}
