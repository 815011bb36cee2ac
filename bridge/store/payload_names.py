"""Which attributes were created because a payload named them: each counts, up to a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from bridge.model import TargetKind
from bridge.store.database import Database, now
from bridge.store.schema import payload_names as table
from bridge.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class PayloadNames:
    """The names that payloads brought into one workspace, shared by all its workers."""

    db: Database
    workspace: str

    def admit(self, kind: TargetKind, name: str, at_most: int) -> bool:
        """Say whether the attribute may be created; it counts from now on.

        Each name takes a number that no other can have, so that workers who meet new names at the
        same time do not exceed the limit together.
        """
        with self.db.write() as connection:
            while name not in (taken := self._taken(connection, kind)):
                free = set(range(1, at_most + 1)) - set(taken.values())
                if len(taken) >= at_most or not free:
                    return False
                self._take(connection, kind, name, min(free))
            return True

    def give_back(self, kind: TargetKind, name: str) -> None:
        """Let a name count no longer: Intercom would not have it."""
        with self.db.write() as connection:
            connection.execute(delete(table).where(*self._of(kind), table.c.name == name))

    def count(self, kind: TargetKind) -> int:
        """Give how many names there are."""
        with self.db.read() as connection:
            return len(self._taken(connection, kind))

    def _taken(self, connection: Connection, kind: TargetKind) -> dict[str, int]:
        chosen = select(table.c.name, table.c.number).where(*self._of(kind))
        return {row.name: row.number for row in connection.execute(chosen)}

    def _take(self, connection: Connection, kind: TargetKind, name: str, number: int) -> None:
        """Take a number, unless another worker takes it, or the name, at the same time."""
        statement = upsert(connection.dialect.name, table).values(
            destination=self.db.destination,
            workspace=self.workspace,
            kind=kind,
            name=name,
            number=number,
            created_at=now(),
        )
        connection.execute(statement.on_conflict_do_nothing())

    def _of(self, kind: TargetKind) -> tuple[Any, ...]:
        mine = {"destination": self.db.destination, "workspace": self.workspace, "kind": kind}
        return tuple(table.c[name] == value for name, value in mine.items())
