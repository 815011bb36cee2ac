"""What is known of those whom Changes mean, read at once when the work on them begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from bridge.model import Identifier, Run, Shadow, Target, TargetKind
from bridge.store import known, links
from bridge.store.schema import SHARED_NAMES

Place: TypeAlias = tuple[TargetKind, Identifier]


@dataclass(frozen=True, slots=True)
class Opened:
    """Who has which identifier, what Intercom holds of them, and what every source said."""

    targets: Mapping[Place, tuple[str, ...]]
    shadows: Mapping[Target, Shadow]
    runs: Mapping[Target, tuple[Run, ...]]


def read(
    connection: Connection, workspace: str, likely: Sequence[Target], named: Collection[Place]
) -> Opened:
    """Read what is known of the likely targets and of who is named; all of them are held.

    Of what people may share it is also read who has what the targets have, for an answer of
    Intercom's shows it again: where the target has the link, that stays while the target is held.
    """
    shadows = {one: known.shadow(connection, one) for one in likely}
    runs = {one: known.runs(connection, one) for one in likely}
    shared = dict(_shared(shadows.values()))
    found = links.named(connection, workspace, {*named, *shared})
    targets = {place: ids for place, ids in found.items() if place in named or shared[place] in ids}
    return Opened(targets, shadows, runs)


def _shared(shadows: Collection[Shadow]) -> Iterator[tuple[Place, str]]:
    for shadow in shadows:
        for name in SHARED_NAMES:
            value = shadow.get(name)
            if isinstance(value, str):
                identifier = links.stored(Identifier(name, value))
                yield (shadow.target.kind, identifier), shadow.target.id
