"""Readings: how far everything of one kind was read from Intercom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from bridge.clock import Micros
from bridge.errors import BridgeError
from bridge.store.database import Database, now
from bridge.store.schema import readings, shadow
from bridge.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Reading:
    """How far everything of one kind was read: on from `cursor`, `done` of about `total`."""

    kind: str
    cursor: str
    done: int
    total: int
    began_at: Micros
    read_at: Micros
    ended_at: Micros | None


def get(db: Database, workspace: str, kind: str) -> Reading | None:
    """Give a reading, None where it was never begun."""
    with db.read() as connection:
        row = connection.execute(select(readings).where(*_of(db, workspace, kind))).one_or_none()
    return None if row is None else Reading(*(getattr(row, name) for name in Reading.__slots__))


def begin(db: Database, workspace: str, kind: str) -> Reading:
    """Begin a reading anew, from the first page."""
    with db.write() as connection:
        statement = upsert(connection.dialect.name, readings).values(
            destination=db.destination,
            workspace=workspace,
            kind=kind,
            cursor="",
            done=0,
            total=0,
            began_at=now(),
            read_at=now(),
            ended_at=None,
        )
        names = ("cursor", "done", "total", "began_at", "read_at", "ended_at")
        anew = {name: statement.excluded[name] for name in names}
        key = ["destination", "workspace", "kind"]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=anew))
    begun = get(db, workspace, kind)
    assert begun is not None
    return begun


def advance(
    db: Database,
    workspace: str,
    before: Reading,
    *,
    cursor: str,
    done: int,
    total: int,
    ended: bool = False,
) -> Reading:
    """Note that another page was read and kept; raise BridgeError where somebody else reads too."""
    mine = update(readings).where(
        *_of(db, workspace, before.kind),
        readings.c.done == before.done,
        readings.c.began_at == before.began_at,
    )
    moved = mine.values(
        cursor=cursor, done=done, total=total, read_at=now(), ended_at=now() if ended else None
    ).returning(readings.c.read_at, readings.c.ended_at)
    with db.write() as connection:
        row = connection.execute(moved).one_or_none()
    if row is None:
        raise BridgeError("another command is reading this workspace just now: let it finish")
    return Reading(before.kind, cursor, done, total, before.began_at, row.read_at, row.ended_at)


def _of(db: Database, workspace: str, kind: str) -> tuple[Any, ...]:
    return (
        readings.c.destination == db.destination,
        readings.c.workspace == workspace,
        readings.c.kind == kind,
    )


def unlisted(db: Database, before: Micros, limit: int) -> tuple[int, list[str]]:
    """Count the contacts that Intercom did not tell of since `before`; give some of their ids."""
    old = (
        shadow.c.destination == db.destination,
        shadow.c.kind == "contact",
        shadow.c.seen_at < before,
        shadow.c.complete,
    )
    some = select(shadow.c.target_id).where(*old).order_by(shadow.c.target_id).limit(limit)
    with db.read() as connection:
        counted = connection.scalar(select(func.count()).select_from(shadow).where(*old))
        return int(counted or 0), list(connection.scalars(some))
