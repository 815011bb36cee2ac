"""Whether the destination is paused: then nothing is tried, while receiving goes on."""

from __future__ import annotations

from sqlalchemy import Exists, exists, select, update

from bridge.store.database import Database, now
from bridge.store.schema import destinations
from bridge.store.upsert import upsert


def pause(db: Database, reason: str) -> None:
    """Stop all claims for this destination until `resume`; paused since the first time."""
    with db.write() as connection:
        statement = upsert(connection, destinations).values(
            destination=db.destination, paused_reason=reason, paused_at=now()
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["destination"],
                set_={
                    "paused_reason": statement.excluded.paused_reason,
                    "paused_at": statement.excluded.paused_at,
                },
                where=destinations.c.paused_at.is_(None),
            )
        )


def resume(db: Database) -> None:
    """Let claims go on."""
    mine = update(destinations).where(destinations.c.destination == db.destination)
    with db.write() as connection:
        connection.execute(mine.values(paused_reason=None, paused_at=None))


def paused(db: Database) -> str | None:
    """Give the reason why the destination is paused; None: it is not."""
    mine = select(destinations.c.paused_reason).where(destinations.c.destination == db.destination)
    with db.read() as connection:
        return connection.scalar(mine)


def is_paused(destination: str) -> Exists:
    """Make the condition "the destination is paused", for other queries."""
    return exists().where(
        destinations.c.destination == destination, destinations.c.paused_at.is_not(None)
    )
