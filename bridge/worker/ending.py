"""How each event of an attempt ended: alike, but the calls are told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.clock import SECOND, Micros
from bridge.model import Attempt, Ending, Json, Outcome
from bridge.worker.task import Group, Task


def endings_of(
    group: Group,
    outcome: Outcome,
    warnings: Sequence[str],
    calls: Sequence[Mapping[str, Json]],
    span: tuple[Micros, Micros],
) -> tuple[Ending, ...]:
    """Give how each event ended; the first has the calls, and what was remarked on meanwhile.

    `span` is when the attempt began and ended.
    """
    first = group.first.event
    rest = [
        _ending(task, outcome, (), Attempt(0, 0, span[0], 0, (), "", folded_into=first.id))
        for task in group.tasks[1:]
    ]
    took = (span[1] - span[0]) / SECOND
    attempt_ = Attempt(0, 0, span[0], took, tuple(calls), "")
    return _ending(group.first, outcome, warnings, attempt_), *rest


def _ending(task: Task, outcome: Outcome, warnings: Sequence[str], attempt_: Attempt) -> Ending:
    remarks = (*task.mapped.warnings, *dict.fromkeys(warnings))
    own = replace(outcome, route=task.mapped.route, warnings=remarks)
    state = "retry" if outcome.retry_in is not None else outcome.state.value
    told = replace(
        attempt_,
        event_id=task.event.id,
        number=task.event.tries + 1,
        outcome=state,
        error=outcome.error,
    )
    return Ending(task.event, own, told)
