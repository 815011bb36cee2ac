"""A page of what Intercom lists, taken into the store in one transaction.

Only what nobody is at work on is taken, under holds of its own, and only what was unknown: what is
known is newer or the same, or must be compared by those who know how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, update

from bridge.model import Identifier, Shadow, Target
from bridge.store import holds, known, lanes, links, repair, tombstones
from bridge.store.columns import stored_key
from bridge.store.database import Database, destination_of, now
from bridge.store.schema import SHARED_NAMES, shadow

LEASE = 60.0
"""Seconds; the holds are given back with the same transaction that takes them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page shows of one contact or company: its fields, and what it is known by."""

    shadow: Shadow
    identifiers: tuple[Identifier, ...]

    @property
    def target(self) -> Target:
        """Give whom it is about."""
        return self.shadow.target

    @property
    def names(self) -> set[str]:
        """Give what it is known by, Intercom's id among it, as `name:value`."""
        return {f"intercom_id:{self.target.id}", *map(str, self.identifiers)}

    @property
    def keys(self) -> set[str]:
        """Give the keys of the holds that guard it, as they are stored."""
        own = f"{self.target.kind}:{self.target.id}"
        return {stored_key(key) for key in (own, *map(str, self.identifiers))}


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page: how many links are new, and who is left.

    Others are at work on those in `busy`; those in `differing` are known otherwise than listed.
    """

    links: int = 0
    busy: list[Listed] = field(default_factory=list)
    differing: list[Listed] = field(default_factory=list)


def keep(db: Database, workspace: str, source: str, owner: str, page: Sequence[Listed]) -> Kept:
    """Write the shadows and links of those who were not known, release what waits for them."""
    if not page:
        return Kept()
    with db.write() as connection:
        # Lanes before holds, as everywhere: nobody waits in a circle.
        waiting = repair.waiting_for(connection, (one for each in page for one in each.identifiers))
        lanes.lock(connection, set(waiting.values()))
        keys = {key for one in page for key in one.keys}
        free = holds.take_free(connection, owner, keys, LEASE)
        busy = [one for one in page if not one.keys <= free]
        ours = _unerased(connection, [one for one in page if one not in busy])
        unknown, differing = _sorted(connection, workspace, ours)
        known.write_shadows(connection, [one.shadow for one in unknown])
        pairs = [(name, one.target) for one in unknown for name in one.identifiers]
        new = links.add(connection, workspace, source, None, pairs)
        repair.release(connection, waiting)
        holds.release(connection, owner)
    return Kept(new, busy, differing)


def _unerased(connection: Connection, page: Sequence[Listed]) -> list[Listed]:
    """Leave out who was erased: nothing is learnt of them, whatever a lagging list still shows."""
    erased = tombstones.met(connection, (name for one in page for name in one.names))
    return [one for one in page if not one.names & set(erased)] if erased else list(page)


def _sorted(
    connection: Connection, workspace: str, page: Sequence[Listed]
) -> tuple[list[Listed], list[Listed]]:
    """Tell who is unknown from who is known otherwise; note that the rest was told of again."""
    before = {one.target.id: one for one in known.shadows(connection, [one.target for one in page])}
    others = _anothers(connection, workspace, page)
    unknown: list[Listed] = []
    differing: list[Listed] = []
    same: list[Target] = []
    for one in page:
        was = before.get(one.target.id)
        own = {each for each in one.identifiers if each.name not in SHARED_NAMES}
        if others & own or (was is not None and _is_newer(one.shadow, was)):
            differing.append(one)
        elif was is None:
            unknown.append(one)
            others |= own
        else:
            same.append(one.target)
    _confirm(connection, same)
    return unknown, differing


def _is_newer(told: Shadow, was: Shadow) -> bool:
    return not was.complete or told.updated_at > was.updated_at


def _anothers(
    connection: Connection, workspace: str, page: Sequence[Listed]
) -> frozenset[Identifier]:
    """Give the identifiers of the page that are one target's alone, and another's already."""
    own = {
        (one.name, stored_key(one.value)): (one, each.target)
        for each in page
        for one in each.identifiers
        if one.name not in SHARED_NAMES
    }
    if not own:
        return frozenset()
    kind = page[0].target.kind
    found = links.holders(connection, workspace, kind, own)
    return frozenset(own[place][0] for place, id_ in found if own[place][1].id != id_)


def _confirm(connection: Connection, targets: Sequence[Target]) -> None:
    if targets:
        mine = update(shadow).where(
            shadow.c.destination == destination_of(connection),
            shadow.c.kind == targets[0].kind,
            shadow.c.target_id.in_([one.id for one in targets]),
        )
        connection.execute(mine.values(seen_at=now()))
