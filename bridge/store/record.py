"""What is written of one event while it is worked on: its steps, its end, and its attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bridge.errors import Busy, LeaseLost
from bridge.model import Ending, Identifier, Json, Outcome, State, StoredEvent
from bridge.store.database import destination_of, now
from bridge.store.schema import ACTIVE, attempts, events, journal, waits
from bridge.store.upsert import upsert

ENDED = (State.DONE, State.SKIPPED, State.DISCARDED, State.FAILED)
TOLD = "told "
"""How a step begins that outlives its event's end: a replay need not tell it again."""

_OURS = update(events).where(events.c.id.in_(bindparam("ids", expanding=True)), ACTIVE)
_BEGIN = _OURS.values(state=State.WORKING, updated_at=now())
_END = _OURS.values(updated_at=now(), tries=events.c.tries + bindparam("counts"))
_TRIED = insert(attempts)
_FORGET = delete(journal).where(
    journal.c.event_id.in_(bindparam("ids", expanding=True)), ~journal.c.step.startswith(TOLD)
)


def begin(connection: Connection, due: Sequence[StoredEvent]) -> None:
    """Mark events as being worked on; raise Busy where an operator took one out meanwhile."""
    ids = [event.id for event in due]
    changed = connection.execute(_BEGIN, {"ids": ids})
    if changed.rowcount < len(ids):
        raise Busy(f"Of events {ids} one is no longer due: it was discarded meanwhile")


def leave(connection: Connection, left: Iterable[StoredEvent]) -> None:
    """Mark events as being worked on no longer, though they did not end."""
    mine = update(events).where(events.c.id.in_([one.id for one in left]))
    connection.execute(mine.where(events.c.state == State.WORKING).values(state=State.PENDING))


def end(connection: Connection, endings: Sequence[Ending]) -> None:
    """Write how attempts ended; raise LeaseLost where an event is no longer due.

    What waits for somebody ceases to when it is put back, so nothing of that is left here.
    """
    alike: dict[_Fate, list[int]] = {}
    for one in endings:
        alike.setdefault(_fate(one.event, one.outcome), []).append(one.event.id)
    for fate, ids in alike.items():
        if connection.execute(_END, {"ids": ids, **_values(fate)}).rowcount < len(ids):
            raise LeaseLost(f"Of events {ids} one was discarded meanwhile; nothing was written")
    connection.execute(_TRIED, [_attempt_row(connection, one) for one in endings])
    for one in endings:
        if _state(one.outcome) is State.WAITING:
            _wait(connection, one.event, one.outcome.waits_for)
    ended = [one.event.id for one in endings if _state(one.outcome) in ENDED]
    if ended:
        forget_steps(connection, ended)


def forget_steps(connection: Connection, event_ids: Collection[int]) -> None:
    """Forget the finished steps of events, but for what was told for good."""
    connection.execute(_FORGET, {"ids": list(event_ids)})


def steps(connection: Connection, event_id: int) -> dict[str, Json]:
    """Give the finished steps of an event with their results."""
    mine = select(journal.c.step, journal.c.result).where(journal.c.event_id == event_id)
    return {row.step: row.result for row in connection.execute(mine)}


def was_tried(connection: Connection, event: StoredEvent) -> bool:
    """Say whether an attempt at the event was recorded before."""
    mine = select(attempts.c.id).where(attempts.c.event_id == event.id).limit(1)
    return connection.scalar(mine) is not None


def write_steps(connection: Connection, finished: Mapping[tuple[int, str], Json]) -> None:
    """Keep the finished steps of events (by id), so that a retry resumes behind them."""
    rows = [
        {"event_id": event_id, "step": step, "result": result}
        for (event_id, step), result in finished.items()
    ]
    if rows:
        statement = upsert(connection.dialect.name, journal).values(
            destination=destination_of(connection), at=now()
        )
        anew = {name: statement.excluded[name] for name in ("result", "at")}
        key = ["destination", "event_id", "step"]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=anew), rows)


class _Fate(NamedTuple):
    """What is written of an event at the end of an attempt; many share one."""

    outcome: Outcome
    notes: tuple[str, ...]


def _fate(event: StoredEvent, outcome: Outcome) -> _Fate:
    notes = dict.fromkeys((*event.notes, *outcome.warnings))
    return _Fate(replace(outcome, candidates=tuple(outcome.candidates)), tuple(notes))


def _state(outcome: Outcome) -> State:
    return outcome.state if outcome.retry_in is None else State.PENDING


def _values(fate: _Fate) -> dict[str, Any]:
    outcome = fate.outcome
    values: dict[str, Any] = {
        "state": _state(outcome),
        "reason": outcome.reason,
        "counts": int(outcome.counts),
        "notes": fate.notes,
        "candidates": [asdict(one) for one in outcome.candidates],
    }
    if outcome.route:
        values["route"] = outcome.route
    if outcome.retry_in is None:
        values["due_by"] = outcome.due_by
    return values


def _attempt_row(connection: Connection, ending: Ending) -> dict[str, Any]:
    attempt = ending.attempt
    return {
        "destination": destination_of(connection),
        "event_id": ending.event.id,
        "number": attempt.number,
        "started_at": attempt.started_at,
        "took": round(attempt.took * 1000),
        "calls": [dict(call) for call in attempt.calls],
        "outcome": attempt.outcome,
        "error": attempt.error,
        "folded_into": attempt.folded_into,
    }


def _wait(connection: Connection, event: StoredEvent, identifiers: Iterable[Identifier]) -> None:
    rows = [
        {
            "destination": destination_of(connection),
            "event_id": event.id,
            "name": one.name,
            "value": one.value,
        }
        for one in sorted(set(identifiers))
    ]
    if rows:
        connection.execute(insert(waits), rows)
