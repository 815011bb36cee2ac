"""What is known of a target: what Intercom holds (its shadow) and what each source said (runs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from bridge.clock import Micros
from bridge.model import Json, Moment, Run, Seen, Shadow, Target, Writer
from bridge.store.database import destination_of, now
from bridge.store.runs import Differences
from bridge.store.schema import assertions
from bridge.store.schema import shadow as shadow_table
from bridge.store.upsert import upsert

Place: TypeAlias = tuple[Target, str, str]
"""A field of a target, as one source speaks of it: target, source, field."""

Changed: TypeAlias = tuple[Sequence[Run], Sequence[Run]]
"""The runs as they are stored, and as they are to be."""


def _of_kind(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.destination == bindparam("here"), table.c.kind == bindparam("of_kind")


def _of_target(table: Table) -> tuple[ColumnElement[bool], ...]:
    return *_of_kind(table), table.c.target_id == bindparam("of_id")


_SHADOWS = select(shadow_table).where(
    *_of_kind(shadow_table), shadow_table.c.target_id.in_(bindparam("ids", expanding=True))
)
_DROP = delete(shadow_table).where(*_of_target(shadow_table))
_FIRST = (assertions.c[f"first_{part}"] for part in ("time", "version", "arrival"))
_RUNS = select(assertions).where(*_of_target(assertions)).order_by(*_FIRST, assertions.c.id)
_THESE = assertions.c.id.in_(bindparam("ids", expanding=True))
_FORGET_RUNS = delete(assertions).where(_THESE)
_PROLONG = update(assertions).where(_THESE)
_ADD_RUNS = insert(assertions)


@cache
def _keep(dialect: str) -> Insert:
    statement = upsert(dialect, shadow_table).values(seen_at=now())
    told = ("fields", "updated_at", "complete", "seen_at")
    anew = {name: statement.excluded[name] for name in told}
    key = ["destination", "kind", "target_id"]
    return statement.on_conflict_do_update(index_elements=key, set_=anew)


def shadow(connection: Connection, target: Target) -> Shadow:
    """Give what Intercom is known to hold of the target; an empty Shadow where nothing is."""
    return next(iter(shadows(connection, [target])), Shadow(target))


def shadows(connection: Connection, targets: Sequence[Target]) -> list[Shadow]:
    """Give what Intercom is known to hold of those targets, all of one kind, of whom anything is.

    They come in no order.
    """
    if not targets:
        return []
    ids = [one.id for one in targets]
    wanted = {"here": destination_of(connection), "of_kind": targets[0].kind, "ids": ids}
    return [_shadow(row) for row in connection.execute(_SHADOWS, wanted)]


def _shadow(row: Row[Any]) -> Shadow:
    fields = {name: _seen(*parts) for name, parts in row.fields.items()}
    return Shadow(Target(row.kind, row.target_id), fields, row.updated_at, row.complete)


def _seen(value: Json, at: Micros, sent: Json, by: Sequence[Any] = ()) -> Seen:
    return Seen(value, at, sent, Writer(*by) if by else None)


def _parts(seen: Seen) -> list[Json]:
    told = [seen.value, seen.at, seen.sent]
    return told if seen.by is None else [*told, astuple(seen.by)]


def write_shadow(connection: Connection, seen: Shadow) -> None:
    """Keep what Intercom holds of a target, in place of what was known."""
    write_shadows(connection, [seen])


def write_shadows(connection: Connection, seen: Sequence[Shadow]) -> None:
    """Keep what Intercom holds of several targets, in place of what was known."""
    if seen:
        rows = [_shadow_row(connection, one) for one in seen]
        connection.execute(_keep(connection.dialect.name), rows)


def _shadow_row(connection: Connection, seen: Shadow) -> dict[str, Any]:
    return {
        "destination": destination_of(connection),
        "kind": seen.target.kind,
        "target_id": seen.target.id,
        "fields": {name: _parts(one) for name, one in seen.fields.items()},
        "updated_at": seen.updated_at,
        "complete": seen.complete,
    }


def drop_shadow(connection: Connection, target: Target) -> None:
    """Forget what Intercom holds of a target."""
    connection.execute(_DROP, _of(connection, target))


def runs(connection: Connection, target: Target) -> tuple[Run, ...]:
    """Give every run of every field of the target, the one that began first first."""
    return tuple(_run(row) for row in connection.execute(_RUNS, _of(connection, target)))


def write_runs(connection: Connection, changed: Mapping[Place, Changed]) -> None:
    """Write what sources say of fields now, in place of what they were known to say before."""
    differences = Differences()
    for (target, *_), (before, after) in changed.items():
        differences.note(target, before, after)
    if differences.gone:
        connection.execute(_FORGET_RUNS, {"ids": differences.gone})
    for moment, ids in differences.longer.items():
        connection.execute(_PROLONG, {"ids": ids, **_moment("last", moment)})
    if differences.new:
        rows = [_run_row(connection, target, run) for target, run in differences.new]
        connection.execute(_ADD_RUNS, rows)


def _of(connection: Connection, target: Target) -> dict[str, Any]:
    here = destination_of(connection)
    return {"here": here, "of_kind": target.kind, "of_id": target.id}


def _run(row: Row[Any]) -> Run:
    first = Moment(row.first_time, row.first_version, row.first_arrival)
    last = Moment(row.last_time, row.last_version, row.last_arrival)
    return Run(row.source, row.field, row.value, first, last, row.event_id, row.route, row.id)


def _run_row(connection: Connection, target: Target, run: Run) -> dict[str, Any]:
    return {
        "destination": destination_of(connection),
        "kind": target.kind,
        "target_id": target.id,
        "field": run.field,
        "source": run.source,
        "value": run.value,
        **_moment("first", run.first),
        **_moment("last", run.last),
        "event_id": run.event_id or None,  # 0: said by an operation, which is no event
        "route": run.route,
    }


def _moment(end: str, moment: Moment) -> dict[str, int]:
    parts = {"time": moment.time, "version": moment.version, "arrival": moment.arrival}
    return {f"{end}_{part}": value for part, value in parts.items()}
