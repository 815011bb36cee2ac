"""What a database does for a statement: by the plan it chooses, and by the steps it counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from bridge.store.database import Database

MANY = 6_000
"""Rows, of 200,000, that no statement of the daily work may sort, hash or gather."""

STEPS = 60_000
"""Steps of SQLite's machine; to look at each of 200,000 rows takes 600,000 and more."""

SMALL = {"destinations", "holds", "limits", "tombstones", "duplicates"}
"""Tables that are read whole where they are short, as they mostly are."""

_EVERY = 100
_OF_DESTINATION = re.compile(
    r"\(?\(?(\w+\.)?destination = '[^']*'::text( COLLATE .C.)?\)?\)?( AND )?"
)
_GATHERS = {"Sort", "Hash", "Materialize", "Bitmap Index Scan", "HashAggregate"}


@dataclass(slots=True)
class Watched:
    """The statements of some work that read more than they need, with why; steps on SQLite."""

    plans: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    steps: int = 0


class Watch:
    """Explains every statement of a database before it is executed; one thread at a time.

    It must be set up before the database has connections.
    """

    def __init__(self, db: Database) -> None:
        self._watched: Watched | None = None
        if db.dialect == "sqlite":
            event.listen(db.engine, "connect", self._count)
            event.listen(db.engine, "before_cursor_execute", self._explain_sqlite)
        else:
            event.listen(db.engine, "before_cursor_execute", self._explain_postgres)

    @contextmanager
    def work(self) -> Iterator[Watched]:
        """Watch what is done in the block."""
        self._watched = Watched()
        try:
            yield self._watched
        finally:
            self._watched = None

    def _count(self, connection: Any, _: object) -> None:
        connection.set_progress_handler(self._step, _EVERY)

    def _step(self) -> int:
        if self._watched is not None:
            self._watched.steps += _EVERY
        return 0

    def _explain_sqlite(self, connection: Any, _: Any, statement: str, given: Any, *rest: Any):
        if (rows := self._explained(connection, "EXPLAIN QUERY PLAN ", statement, given)) is None:
            return
        assert self._watched is not None
        self._watched.plans.append("\n".join([statement, *(f"   {row[-1]}" for row in rows)]))

    def _explain_postgres(self, connection: Any, _: Any, statement: str, given: Any, *rest: Any):
        rows = self._explained(connection, "EXPLAIN (FORMAT JSON) ", statement, given)
        if rows is None:
            return
        assert self._watched is not None
        ((plan,),) = rows
        nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        told = [f"   {_told(node)}" for node in nodes]
        self._watched.plans.append("\n".join([statement, *told]))
        bad = [_told(node) for node in nodes if _reads_too_much(node)]
        self._watched.faults += [f"{one}\n      of: {statement}" for one in bad]

    def _explained(self, connection: Any, word: str, statement: str, given: Any) -> Any:
        verb = statement.split(None, 1)[0].upper()
        if self._watched is None or verb not in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            return None
        first = given[0] if isinstance(given, list) else given
        cursor = connection.connection.driver_connection.cursor()
        try:
            return cursor.execute(word + statement, first).fetchall()
        finally:
            cursor.close()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


def _reads_too_much(node: dict[str, Any]) -> bool:
    """Say whether a node reads a whole table or index, or gathers many rows."""
    kind = node["Node Type"]
    if node.get("Relation Name") in SMALL:
        return False
    if kind == "Seq Scan":
        return True
    if kind in ("Index Scan", "Index Only Scan"):
        return bool(_own(node.get("Filter", "")) and not _own(node.get("Index Cond", "")))
    return kind in _GATHERS and node["Plan Rows"] > MANY


def _own(condition: str) -> str:
    """Give what a condition says beyond the destination, which every row here has."""
    return _OF_DESTINATION.sub("", condition).strip("() ")


def _told(node: dict[str, Any]) -> str:
    names = ("Node Type", "Relation Name", "Index Name", "Index Cond", "Filter", "Plan Rows")
    return ", ".join(str(node[name]) for name in names if name in node)
