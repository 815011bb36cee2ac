"""How events are printed: as a table, and one in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bridge.cli.columns import columns
from bridge.clock import Micros, clock_face
from bridge.model import Attempt, Json, State
from bridge.store.events import EventRow

_HEAD = ["ID", "STATE", "SOURCE", "TYPE", "RECEIVED (UTC)", "REASON"]
_LONGEST_REASON = 60

_ADVICE = {
    State.PENDING: "the worker applies it when its turn comes; is one running? See /readyz",
    State.WORKING: "a worker is at it",
    State.WAITING: "nothing: it is applied once its person is known. At once: {replay}",
    State.PARKED: "mend what the reason says, at Intercom or in the mapping, then {replay}; "
    "or {discard}",
    State.FAILED: "mend what the reason says, then {replay}; or {discard}",
    State.SKIPPED: "nothing; after a change of the mapping {replay}",
    State.DISCARDED: "nothing; to apply it after all {replay}",
}


def table(rows: Sequence[EventRow]) -> Iterator[str]:
    """Give one line per event under a head, in columns; none where there are no events."""
    if not rows:
        return
    yield from columns([_HEAD, *(_cells(row) for row in rows)])


def event(row: EventRow, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Give what there is to know of one event, line by line."""
    for name, value in _facts(row):
        yield f"{name:<10}{value}"
    for one in attempts:
        yield ""
        yield f"attempt {one.number} at {_when(one.started_at)}: {one.outcome} in {one.took:.3f} s"
        yield from (f"  {_call(call)}" for call in one.calls)
        if one.folded_into is not None:
            yield f"  folded into event {one.folded_into}, which has the calls"
        elif not one.calls:
            yield "  no call to Intercom"
        if one.error:
            yield f"  {one.error}"


def _cells(one: EventRow) -> list[str]:
    reason = one.reason
    if len(reason) > _LONGEST_REASON:
        reason = reason[: _LONGEST_REASON - 1] + "…"
    return [str(one.id), one.state.value, one.source, one.type, _when(one.received_at), reason]


def _facts(one: EventRow) -> Iterator[tuple[str, str]]:
    yield "event", f"{one.id} ({one.source}, {one.key})"
    yield "type", one.type or "none"
    yield "state", one.state.value + (f": {one.reason}" if one.reason else "")
    yield "route", one.route or "none"
    yield "happened", f"{_when(one.time)} UTC, received {_when(one.received_at)} UTC"
    yield "subject", f"{one.subject} (position {one.position} among its events)"
    if one.state == State.WAITING:
        yield "until", f"{_when(one.due_by)} UTC"
    for candidate in one.candidates:
        yield "candidate", f"{candidate.kind} {candidate.intercom_id}: {candidate.why}"
    for note in one.notes:
        yield "remark", note
    if advice := _ADVICE.get(one.state):
        commands = {name: f"`bridge events {name} {one.id}`" for name in ("replay", "discard")}
        yield "to do", advice.format(**commands)


def _call(call: Mapping[str, Json]) -> str:
    if call.get("planned"):
        fields = ", ".join(call.get("fields") or ())
        return f"would {call['method']} {call['path']} ({call['name']}{fields and f': {fields}'})"
    status = call.get("status") or "no answer"
    told = f"{call['method']} {call['path']} → {status} ({call['name']}, {call['ms']} ms)"
    return f"{told}: {call['error']}" if call.get("error") else told


def _when(moment: Micros | None) -> str:
    return "" if moment is None else clock_face(moment)
