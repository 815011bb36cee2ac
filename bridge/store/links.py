"""Links: which identifier of a source belongs to which contact or company at Intercom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select

from bridge.clock import Micros
from bridge.errors import BridgeError, Busy
from bridge.model import Identifier, StoredEvent, Target, TargetKind
from bridge.store.columns import stored_key
from bridge.store.database import destination_of, now
from bridge.store.schema import SHARED_NAMES, links
from bridge.store.upsert import upsert

Place: TypeAlias = tuple[TargetKind, Identifier]
"""An identifier, as it is stored, of a contact or company."""

Match: TypeAlias = tuple[TargetKind, Sequence[Identifier]]
"""The identifiers of one target, in the order in which they are tried."""


_NAMED = (
    select(links.c.kind, links.c.name, links.c.value, links.c.target_id)
    .where(
        links.c.destination == bindparam("here"),
        links.c.workspace == bindparam("within"),
        links.c.kind.in_(bindparam("kinds", expanding=True)),
        links.c.name.in_(bindparam("names", expanding=True)),
        links.c.value.in_(bindparam("values", expanding=True)),
    )
    .order_by(links.c.created_at, links.c.target_id)
)


UNPROVEN = "open:"
"""What stands before the source of a link that only an open form knows of."""

_ECHO = "intercom"
"""Intercom tells what it holds, and not who may say so."""


@cache
def _add(dialect: str, outdoes_unproven: bool) -> Any:
    # Only the very same link may be there: another target's is an error, not a no-op.
    same = ["destination", "workspace", "kind", "name", "value", "target_id"]
    statement: Any = upsert(dialect, links).values(created_at=now())
    if outdoes_unproven:
        told = {name: statement.excluded[name] for name in ("source", "event_id")}
        unproven = links.c.source.startswith(UNPROVEN, autoescape=True)
        statement = statement.on_conflict_do_update(index_elements=same, set_=told, where=unproven)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=same)
    return statement.returning(links.c.name)


@dataclass(frozen=True, slots=True)
class Link:
    """An identifier of a target, and which event of which source said so."""

    identifier: Identifier
    target: Target
    source: str
    event_id: int | None
    created_at: Micros


def stored(identifier: Identifier) -> Identifier:
    """Give the identifier as the store keeps it: an overlong value is its sha256."""
    return Identifier(stored_key(identifier.name), stored_key(identifier.value))


def need_free(identifier: Identifier, target: Target, linked: Iterable[str]) -> None:
    """Raise BridgeError where it means another target already and is none that people share."""
    others = set(linked) - {target.id}
    if others and identifier.name not in SHARED_NAMES:
        raise BridgeError(
            f"This {identifier.name} belongs to {target.kind} {min(others)} already; "
            f"it cannot mean {target.id} too until it is unlinked there"
        )


def targets(
    connection: Connection, workspace: str, kind: TargetKind, identifier: Identifier
) -> tuple[str, ...]:
    """Give the ids of the targets that have the identifier, the oldest link first."""
    place = kind, identifier
    return named(connection, workspace, {place})[place]


def named(
    connection: Connection, workspace: str, identifiers: Collection[Place]
) -> dict[Place, tuple[str, ...]]:
    """Give the ids of the targets that have each identifier, the oldest link first."""
    if not identifiers:
        return {}
    wanted = {
        "here": destination_of(connection),
        "within": workspace,
        "kinds": sorted({kind for kind, _ in identifiers}),
        "names": sorted({one.name for _, one in identifiers}),
        "values": sorted({one.value for _, one in identifiers}),
    }
    found: dict[Place, list[str]] = {one: [] for one in identifiers}
    for row in connection.execute(_NAMED, wanted):
        # One's value under another's name is nobody's.
        if (place := (row.kind, Identifier(row.name, row.value))) in found:
            found[place].append(row.target_id)
    return {place: tuple(ids) for place, ids in found.items()}


def likely(connection: Connection, workspace: str, matches: Iterable[Match]) -> list[Target]:
    """Give whom each match means by the first of its identifiers that somebody has."""
    matches = [(kind, [stored(one) for one in match]) for kind, match in matches]
    has = named(connection, workspace, {(kind, one) for kind, match in matches for one in match})
    firsts = (
        (kind, next(filter(None, (has[kind, one] for one in match)), ())) for kind, match in matches
    )
    return list(dict.fromkeys(Target(kind, id_) for kind, ids in firsts for id_ in ids))


def recheck(
    connection: Connection,
    workspace: str,
    awaited: Iterable[Identifier],
    find: Callable[[TargetKind, Identifier], Collection[str]],
    asked: Iterable[Place],
) -> None:
    """Raise Busy where what is awaited was linked since it was asked for (`find` tells who then).

    Whoever linked it could not see that an event waits for it, so that one must not wait.
    """
    names = set(map(stored, awaited))
    for place, ids in named(
        connection, workspace, [one for one in asked if one[1] in names]
    ).items():
        if set(ids).difference(find(*place)):
            raise Busy(f"{place[1].name} was linked meanwhile: the event need not wait")


def holders(
    connection: Connection, workspace: str, kind: TargetKind, places: Iterable[tuple[str, str]]
) -> list[tuple[tuple[str, str], str]]:
    """Give who has which of these identifiers, by name and stored value."""
    values: dict[str, list[str]] = {}
    for name, value in places:
        values.setdefault(name, []).append(value)
    mine = _within(connection, workspace, kind)
    return [
        ((row.name, row.value), row.target_id)
        for name, some in values.items()
        for row in connection.execute(
            select(links).where(*mine, links.c.name == name, links.c.value.in_(some))
        )
    ]


def of_target(connection: Connection, workspace: str, target: Target) -> tuple[Link, ...]:
    """Give the links of a target, sorted by name and value."""
    found = select(links).where(
        *_within(connection, workspace, target.kind), links.c.target_id == target.id
    )
    # Sorted here: asked to sort, SQLite reads every link of the workspace in that order instead.
    rows = sorted(connection.execute(found), key=lambda row: (row.name, row.value))
    return tuple(
        Link(Identifier(row.name, row.value), target, row.source, row.event_id, row.created_at)
        for row in rows
    )


def add(
    connection: Connection,
    workspace: str,
    source: str,
    event_id: int | None,
    wanted: Iterable[tuple[Identifier, Target]],
) -> int:
    """Write links; one that is there already keeps its origin, unless that proves nothing.

    Give how many were written.
    """
    outdoes = source != _ECHO and not source.startswith(UNPROVEN)
    told = {"source": source, "event_id": event_id}
    rows = [{**_row(connection, workspace, *pair), **told} for pair in sorted(wanted)]
    statement = _add(connection.dialect.name, outdoes)
    return len(connection.scalars(statement, rows).all()) if rows else 0


def origin(event: StoredEvent) -> str:
    """Give the source of an event's links, marked where nothing proves who sent it."""
    return UNPROVEN + event.source if event.is_open else event.source


def is_proven(connection: Connection, workspace: str, target: Target) -> bool:
    """Say whether any link of a target comes from a source that proves itself."""
    found = of_target(connection, workspace, target)
    return not found or any(not one.source.startswith(UNPROVEN) for one in found)


def remove(
    connection: Connection, workspace: str, unwanted: Iterable[tuple[Identifier, Target]]
) -> None:
    """Delete links; one that is not there is no error."""
    for identifier, target in sorted(unwanted):
        row = _row(connection, workspace, identifier, target)
        connection.execute(delete(links).where(*(links.c[name] == row[name] for name in row)))


def _row(
    connection: Connection, workspace: str, identifier: Identifier, target: Target
) -> dict[str, str]:
    return {
        "destination": destination_of(connection),
        "workspace": workspace,
        "kind": target.kind,
        "name": identifier.name,
        "value": identifier.value,
        "target_id": target.id,
    }


def _within(connection: Connection, workspace: str, kind: TargetKind) -> tuple[Any, ...]:
    return (
        links.c.destination == destination_of(connection),
        links.c.workspace == workspace,
        links.c.kind == kind,
    )
