"""What one event's work would change of what is known, until it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from bridge.clock import Micros
from bridge.model import Identifier, Json, Row, Shadow, StoredEvent, Target
from bridge.store import duplicates, erasure, known, links, record, rows, tombstones
from bridge.store.duplicates import How, Pair


@dataclass(frozen=True, slots=True)
class Draft:
    """Gathered writes; the newest of each kind and place counts.

    `links` says of each pair whether it shall exist; a `shadows` entry of None is a forgotten
    target; `runs` has those stored and those to be; `steps` by event id and name; `erased` says
    of an identifier of an erased person when that was asked for, `erased_by` are the sources that
    knew them; `duplicates` says which identifier a pair shares and how; `rows` are told of the
    event's subject.
    """

    links: dict[tuple[Identifier, Target], bool] = field(default_factory=dict)
    shadows: dict[Target, Shadow | None] = field(default_factory=dict)
    runs: dict[known.Place, known.Changed] = field(default_factory=dict)
    steps: dict[tuple[int, str], Json] = field(default_factory=dict)
    erased: dict[Identifier, Micros] = field(default_factory=dict)
    erased_by: set[str] = field(default_factory=set)
    duplicates: dict[Pair, tuple[str, How]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @property
    def linked(self) -> tuple[Identifier, ...]:
        """Give the identifiers that get a link: what waits for them may go on."""
        return tuple(sorted({pair[0] for pair, present in self.links.items() if present}))

    def write(self, connection: Connection, workspace: str, event: StoredEvent) -> None:
        """Write all of it in the caller's transaction."""
        links.remove(connection, workspace, _where(self.links, present=False))
        wanted = _where(self.links, present=True)
        links.add(connection, workspace, links.origin(event), event.id or None, wanted)
        for target, seen in self.shadows.items():
            if seen is None:
                known.drop_shadow(connection, target)
            else:
                known.write_shadow(connection, seen)
        known.write_runs(connection, self.runs)
        self._write_duplicates(connection, workspace, event)
        record.write_steps(connection, self.steps)
        rows.write(connection, event.source, event.subject, self.rows)
        if self.erased:
            rows.forget(connection, self.erased_by, {one.value for one in self.erased})
            tombstones.add(connection, self.erased, max(self.erased.values()))
            gone = [target.id for target, seen in self.shadows.items() if seen is None]
            erasure.drop_duplicates(connection, gone)

    def _write_duplicates(self, connection: Connection, workspace: str, event: StoredEvent) -> None:
        """Keep the pairs that were found, and end those that one of the others' changes ends."""
        gone = [target for target, seen in self.shadows.items() if seen is None]
        duplicates.settle(connection, workspace, gone, _where(self.links, present=False))
        found = [(both, name, how) for both, (name, how) in self.duplicates.items()]
        duplicates.add(connection, workspace, event.source, event.id or None, found)


def _where(
    pairs: Mapping[tuple[Identifier, Target], bool], *, present: bool
) -> list[tuple[Identifier, Target]]:
    return [pair for pair, wanted in pairs.items() if wanted is present]
