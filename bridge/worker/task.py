"""An event that is due, and what its mapping makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model import Mapped, StoredEvent


@dataclass(frozen=True, slots=True)
class Task:
    """An event that is due, with its Changes; `error` is why there are none."""

    event: StoredEvent
    mapped: Mapped
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that are applied together, in order, and what they ask for as one."""

    tasks: tuple[Task, ...]
    mapped: Mapped

    @property
    def first(self) -> Task:
        """Give the task that carries the others: its attempt has the calls."""
        return self.tasks[0]

    @property
    def is_folded(self) -> bool:
        """Say whether there are several."""
        return len(self.tasks) > 1


def alone(task: Task) -> Group:
    """Give the group of one task."""
    return Group((task,), task.mapped)
