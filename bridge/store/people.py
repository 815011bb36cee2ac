"""What is known of one person or company, all of it; and whom an identifier means. Reads only.

Links are kept per workspace. A command or page that only looks need not ask Intercom which
workspace it is in: it looks in each that has links, which is mostly one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Column, Connection, func, select

from bridge.clock import Micros
from bridge.model import Identifier, Run, Shadow, Target, TargetKind
from bridge.store import duplicates, events, known, repair, tombstones
from bridge.store import links as linked
from bridge.store.database import Database, destination_of
from bridge.store.duplicates import Duplicate
from bridge.store.events import EventRow
from bridge.store.links import Link
from bridge.store.schema import links, waits

_RECENT = 10
_KINDS: tuple[TargetKind, ...] = ("contact", "company")


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of a target in its workspace.

    `companies` gives the company_id of each company by its Intercom id, where it is known.
    `events` are the newest that it was linked by or that spoke of it, as far as they are kept.
    """

    target: Target
    workspace: str
    shadow: Shadow
    links: tuple[Link, ...]
    runs: tuple[Run, ...]
    companies: Mapping[str, str]
    duplicates: tuple[Duplicate, ...]
    events: tuple[EventRow, ...]


def find(db: Database, identifiers: Iterable[Identifier]) -> tuple[Profile, ...]:
    """Give everybody, people and companies, whom one of the identifiers means."""
    with db.read() as connection:
        meant = (_meant(connection, linked.stored(one)) for one in identifiers)
        targets = dict.fromkeys(chain.from_iterable(meant))
        return tuple(_profile(connection, *place) for place in targets)


def names(db: Database) -> tuple[str, ...]:
    """Give the names of the identifiers by which anybody is known, or waited for; sorted."""
    with db.read() as connection:
        found = set(_distinct(connection, waits.c.name, {}))
        for workspace in _workspaces(connection):
            for kind in _KINDS:
                within = {"workspace": workspace, "kind": kind}
                found |= set(_distinct(connection, links.c.name, within))
    return tuple(sorted(found))


def waiting(db: Database, identifiers: Iterable[Identifier]) -> tuple[int, ...]:
    """Give the ids of the events that wait for one of the identifiers to be known."""
    with db.read() as connection:
        return tuple(sorted(repair.waiting_for(connection, identifiers)))


def erased_at(db: Database, identifiers: Iterable[Identifier]) -> Micros | None:
    """Give when somebody who had one of the identifiers was erased."""
    with db.read() as connection:
        return max(tombstones.met(connection, map(str, identifiers)).values(), default=None)


def _meant(connection: Connection, identifier: Identifier) -> Iterator[tuple[str, Target]]:
    if identifier.name == "intercom_id":
        yield from _there(connection, identifier.value)
        return
    for workspace in _workspaces(connection):
        for kind in _KINDS:
            for one in linked.targets(connection, workspace, kind, identifier):
                yield workspace, Target(kind, one)


def _there(connection: Connection, intercom_id: str) -> Iterator[tuple[str, Target]]:
    """Find a target by Intercom's own id; without a link its workspace is not known ("")."""
    for target in (Target(kind, intercom_id) for kind in _KINDS):
        workspaces = [
            one for one in _workspaces(connection) if linked.of_target(connection, one, target)
        ]
        if not workspaces and known.shadow(connection, target) != Shadow(target):
            workspaces = [""]
        yield from ((one, target) for one in workspaces)


def _profile(connection: Connection, workspace: str, target: Target) -> Profile:
    found = linked.of_target(connection, workspace, target)
    runs = known.runs(connection, target)
    shadow = known.shadow(connection, target)
    told = {link.event_id or 0 for link in found} | {run.event_id or 0 for run in runs}
    return Profile(
        target=target,
        workspace=workspace,
        shadow=shadow,
        links=found,
        runs=runs,
        companies=_companies(connection, workspace, {*shadow.fields, *(run.field for run in runs)}),
        duplicates=duplicates.of_target(connection, workspace, target),
        events=events.chosen(connection, sorted(told, reverse=True)[:_RECENT]),
    )


def _companies(connection: Connection, workspace: str, fields: set[str]) -> dict[str, str]:
    edges = (one.removeprefix("company:") for one in sorted(fields) if one.startswith("company:"))
    return {
        link.target.id: link.identifier.value
        for one in edges
        for link in linked.of_target(connection, workspace, Target("company", one))
        if link.identifier.name == "company_id"
    }


# --- which workspaces and names there are: a few index look-ups, however many rows ----------------


def _workspaces(connection: Connection) -> tuple[str, ...]:
    return tuple(_distinct(connection, links.c.workspace, {}))


def _distinct(
    connection: Connection, column: Column[Any], within: Mapping[str, str]
) -> Iterator[str]:
    """Step through the different values of an index's column behind `within`: a look-up each."""
    mine = {"destination": destination_of(connection), **within}
    first = select(func.min(column)).where(*(column.table.c[name] == mine[name] for name in mine))
    value = connection.scalar(first)
    while value is not None:
        yield value
        value = connection.scalar(first.where(column > value))
