"""The destination: whether it is paused, and whether it tells of itself.

Paused, nothing is tried, while receiving goes on. Intercom tells of itself by its own webhooks.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Exists, case, exists, select, update

from bridge.clock import SECOND, Micros
from bridge.store import bell, holds
from bridge.store.database import Database, now
from bridge.store.schema import destinations
from bridge.store.upsert import upsert

_OFTEN: Micros = 60 * SECOND
"""How often it is written at most that Intercom was heard."""

SILENCE: Micros = 24 * 3600 * SECOND
"""After a silence as long as this nobody knows what was missed: listening begins anew."""

_ASKING = "destination"
"""The hold of whoever asks whether the pause is over; nobody is called so, for want of a colon."""


def pause(db: Database, reason: str) -> bool:
    """Stop all claims for this destination until `resume`; say whether it was not paused yet."""
    with db.write() as connection:
        statement = upsert(connection.dialect.name, destinations).values(
            destination=db.destination, paused_reason=reason, paused_at=now()
        )
        statement = statement.on_conflict_do_update(
            index_elements=["destination"],
            set_={
                "paused_reason": statement.excluded.paused_reason,
                "paused_at": statement.excluded.paused_at,
            },
            where=destinations.c.paused_at.is_(None),
        )
        began = connection.scalars(statement.returning(destinations.c.destination))
        return began.one_or_none() is not None


def resume(db: Database) -> None:
    """Let claims go on, at once."""
    mine = update(destinations).where(destinations.c.destination == db.destination)
    with db.write() as connection:
        connection.execute(mine.values(paused_reason=None, paused_at=None))
        bell.ring(connection)


def may_ask(db: Database, seconds: float) -> bool:
    """Say whether the caller may ask whether the pause is over: one of all, once in `seconds`."""
    with db.write() as connection:
        return bool(holds.take_free(connection, secrets.token_hex(8), [_ASKING], seconds))


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


# --- its own notifications ------------------------------------------------------------------------


def heard(db: Database) -> None:
    """Take note that a notification of Intercom's own came; written at most once a minute."""
    lately = select(destinations.c.heard_at).where(
        destinations.c.destination == db.destination, destinations.c.heard_at > now() - _OFTEN
    )
    with db.read() as connection:
        if connection.scalar(lately) is not None:
            return
    unbroken = destinations.c.heard_at > now() - SILENCE
    since = case((unbroken, destinations.c.listening_since), else_=now())
    with db.write() as connection:
        statement = upsert(connection.dialect.name, destinations).values(
            destination=db.destination, listening_since=now(), heard_at=now()
        )
        anew = {"listening_since": since, "heard_at": now()}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["destination"], set_=anew)
        )
