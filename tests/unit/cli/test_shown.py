"""How events are printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.cli import shown
from bridge.model import Attempt, State
from bridge.store.events import EventRow
from bridge.web import fate

ROW = EventRow(
    id=7,
    source="shop",
    key="e1",
    type="customer.new",
    time=1_735_689_600_000_000,
    version=0,
    subject="c1",
    lane_id=1,
    position=3,
    state=State.DONE,
    reason="",
    notes=("the time was missing",),
    tries=1,
    received_at=1_735_689_601_250_000,
    updated_at=1_735_689_602_000_000,
    due_by=None,
    route="customer.*",
    candidates=(),
)


def test_a_table_is_in_columns_and_cuts_long_reasons() -> None:
    """One line per event, whatever went wrong."""
    rows = [ROW, replace(ROW, id=6, state=State.FAILED, reason="x" * 500)]
    head, first, second = shown.table(rows)
    assert head.index("STATE") == first.index("done") == second.index("failed")
    assert second.endswith("x…")
    assert len(second) < 160
    assert list(shown.table([])) == []


@pytest.mark.parametrize("state", sorted(set(State) - {State.DONE}))
def test_every_state_but_done_says_what_can_be_done(state: State) -> None:
    """In commands that can be pasted."""
    lines = list(shown.event(replace(ROW, state=state, due_by=ROW.time), []))
    (advice,) = [line for line in lines if line.startswith("to do")]
    assert "{" not in advice
    if state in {State.FAILED, State.PARKED}:
        assert "`bridge events replay 7`" in advice
        assert "`bridge events discard 7`" in advice


def test_an_event_shows_what_it_is_and_each_call_of_each_try() -> None:
    """With what Intercom answered."""
    calls = (
        {"name": "find contact", "method": "GET", "path": "/x", "status": 404, "ms": 3}
        | {"error": "not_found: User Not Found"},
        {"name": "create contact", "method": "POST", "path": "/contacts", "status": 0, "ms": 9},
    )
    lines = list(shown.event(ROW, [Attempt(7, 1, ROW.time, 0.5, calls, "retry", "no answer")]))
    assert "happened  2025-01-01 00:00:00 UTC, received 2025-01-01 00:00:01 UTC" in lines
    assert "remark    the time was missing" in lines
    assert "attempt 1 at 2025-01-01 00:00:00: retry in 0.500 s" in lines
    assert "  GET /x → 404 (find contact, 3 ms): not_found: User Not Found" in lines
    assert "  POST /contacts → no answer (create contact, 9 ms)" in lines
    assert not any(line.startswith("to do") for line in lines)


def test_a_call_that_a_dry_run_kept_back_is_told_as_a_plan() -> None:
    """With the fields it would write, not as a call without an answer."""
    planned = {"name": "create contact", "method": "POST", "path": "/contacts", "status": 0}
    calls = (
        planned | {"ms": 0, "planned": True, "fields": ["email", "name"]},
        planned | {"ms": 0, "planned": True, "fields": []},
    )
    lines = list(shown.event(ROW, [Attempt(7, 1, ROW.time, 0.5, calls, "skipped")]))
    assert lines[-2:] == [
        "  would POST /contacts (create contact: email, name)",
        "  would POST /contacts (create contact)",
    ]


def test_an_event_that_was_folded_into_another_names_it() -> None:
    """There one finds the calls."""
    attempt = Attempt(7, 1, ROW.time, 0.0, (), "done", folded_into=5)
    assert list(shown.event(ROW, [attempt]))[-1] == "  folded into event 5, which has the calls"
    assert fate.attempt(attempt)["folded_into"] == 5


def test_programs_get_times_in_iso_8601() -> None:
    """To the microsecond, in UTC."""
    told = fate.row(ROW)
    assert told["received_at"] == "2025-01-01T00:00:01.250000Z"
    assert told["due_by"] is None
    assert told["state"] == "done"


@pytest.mark.parametrize("time", [2**63 - 1, -(2**63), 10**15, -(10**15)])
def test_a_time_beyond_the_calendar_is_shown_all_the_same(time: int) -> None:
    """A sender may say anything."""
    assert list(shown.event(replace(ROW, time=time), []))
    assert fate.row(replace(ROW, time=time))["time"].endswith("Z")
