"""Time slots for calls to Intercom: one row that every process takes from, a few at a time.

A slot is a moment by the database's clock, so that hosts whose clocks disagree still take turns.
Slots that nobody used are not saved up: after an idle hour calls begin at the same even pace.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, case, literal, select, update

from bridge.clock import SECOND
from bridge.model import Slots
from bridge.store.database import Database, now
from bridge.store.schema import limits
from bridge.store.upsert import upsert

WINDOW = 10
"""Seconds in which Intercom counts calls."""

FIRST_GUESS = 150
"""Calls in ten seconds until Intercom has told its limit."""

_PER_MILLE = 985
"""Of the limit less one that is used: calls made a little late or early must not add up to more."""

_WANTED = ("count", "within", "spread")


class SharedSlots:
    """The slots of one destination; `most` is how many calls in ten seconds are used at most.

    Every method may raise StoreUnavailable.
    """

    def __init__(self, db: Database, most: int) -> None:
        self._db = db
        self._most = most
        self._taking = self._prepared()
        self._begun = False

    def take(self, count: int, within: float, spread: int = 1) -> Slots | None:
        """Take `count` slots, the first of them in `within` seconds or sooner; None: too far off.

        `spread` 2 takes every second slot, and so on.
        """
        wanted = {"count": count, "within": round(within * SECOND), "spread": spread}
        with self._db.write() as connection:
            if not self._begun:
                self._begin(connection)
            row = connection.execute(self._taking, wanted).one_or_none()
        self._begun = True
        if row is None:
            return None
        ends, apart, at, window_calls = row
        return Slots((ends - count * apart - at) / SECOND, apart / SECOND, count, window_calls)

    def wait(self) -> float:
        """Give for how many seconds the next free slot is away."""
        next_at = select(_latest(limits.c.next_at, limits.c.shut_until) - now())
        with self._db.read() as connection:
            return max(0.0, (connection.scalar(next_at.where(self._mine())) or 0) / SECOND)

    def learn(self, window_calls: int) -> None:
        """Keep how many calls Intercom allows in ten seconds."""
        self._set(window_calls=window_calls)

    def slow(self, every: float, seconds: float) -> None:
        """For so many seconds give slots at least `every` seconds apart: others call as well."""
        self._set(slow_every=round(every * SECOND), slow_until=now() + round(seconds * SECOND))

    def shut(self, seconds: float) -> None:
        """Give no slot for so many seconds; what is shut for longer stays so."""
        until = now() + round(seconds * SECOND)
        self._set(shut_until=_latest(limits.c.shut_until, until))

    def _prepared(self) -> Any:
        began = _latest(limits.c.next_at, _latest(limits.c.shut_until, now()))
        count, within, spread = (bindparam(name, type_=BigInteger) for name in _WANTED)
        every = self._every() * spread
        return (
            update(limits)
            .where(self._mine(), began <= now() + within)
            .values(next_at=began + count * every)
            .returning(limits.c.next_at, every, now(), limits.c.window_calls)
        )

    def _every(self) -> Any:
        """Give the microseconds from one slot to the next."""
        told = case((limits.c.window_calls > 0, limits.c.window_calls), else_=FIRST_GUESS)
        calls = case((told < self._most, told), else_=self._most)
        usable = _latest((calls - 1) * _PER_MILLE // 1000, literal(1))
        even = WINDOW * SECOND // usable
        return case((limits.c.slow_until > now(), _latest(limits.c.slow_every, even)), else_=even)

    def _mine(self) -> Any:
        return limits.c.destination == self._db.destination

    def _set(self, **values: Any) -> None:
        with self._db.write() as connection:
            self._begin(connection)
            connection.execute(update(limits).where(self._mine()).values(**values))

    def _begin(self, connection: Connection) -> None:
        names = ("next_at", "window_calls", "shut_until", "slow_every", "slow_until")
        empty = upsert(connection.dialect.name, limits).values(
            destination=self._db.destination, **dict.fromkeys(names, 0)
        )
        connection.execute(empty.on_conflict_do_nothing(index_elements=["destination"]))


def _latest(one: Any, other: Any) -> Any:
    """Give the greater of two numbers; the databases have no common word for it."""
    return case((one > other, one), else_=other)
