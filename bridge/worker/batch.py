"""The due events of a lane, worked off in order: together where they fold, else one by one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import structlog

from bridge.model import Claim, Outcome, StoredEvent
from bridge.worker.attempt import Destination, try_
from bridge.worker.fold import fold
from bridge.worker.lease import Lease
from bridge.worker.task import Task, alone
from bridge.worker.understanding import understood
from handlers.errors import Apart

log = structlog.get_logger()


def work_off(
    claim: Claim,
    due: Sequence[StoredEvent],
    to: Destination,
    lease: Lease,
    stopping: threading.Event,
) -> Iterator[Outcome]:
    """Try the events until `stopping` is set, and give how each step ended.

    Do not go on after one that is to be tried again. Raises what an attempt raises.
    """
    tasks = _in_order(understood(due, to))
    apart = 0
    while tasks and not stopping.is_set():
        group = alone(tasks[0]) if apart else fold(tasks)
        try:
            with structlog.contextvars.bound_contextvars(event_id=group.first.event.id):
                outcome = try_(claim, group, to, lease)
        except Apart as reason:
            apart = len(group.tasks) if reason.all_ else 1
            log.info("events are applied apart", events=len(group.tasks), reason=str(reason))
            continue
        apart = max(0, apart - 1)
        tasks = tasks[len(group.tasks) :]
        yield outcome


def _in_order(tasks: Sequence[Task]) -> Sequence[Task]:
    """Let those go first that nothing is done for: they must not come between others."""
    return sorted(tasks, key=lambda task: task.mapped.skipped is None)
