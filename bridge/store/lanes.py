"""Lanes: the events of one source subject, applied one after another, by one worker at a time.

`ready_at` is schedule, lease and back-off in one: when a worker may next take the lane.

                 reserve, wake (seq + 1)
      ┌────────┐ ──────────────────────> ┌───────────┐
      │drained │     ┌────────┐ reserve, │ appointed │ <─────────────┐
      │ NEVER  │ ──> │ LATER  │ ───────> │ a moment  │               │
      └────────┘     └────────┘   wake   └───────────┘               │ put_back: now + back-off
          ▲   wake, later  │ claim, when       │ claim, when due     │ complete: now, where seq
          │                │ nothing is due    ▼ (token + 1)         │   moved or events are left
          │       complete └───────────> ┌───────────┐               │ (then: `next_at`, if later)
          └───────────────────────────── │  leased   │ ──────────────┘ lease over: by itself, the
            drained and seq unmoved      │ lease end │ <─ renew          old token is void
                                         └───────────┘

Whoever makes an event pending raises `seq` under the lane's row lock, and gives a drained lane an
appointment. A lane that has one keeps it: a lease must not let a second worker in, a back-off must
not be cut short (the new event stands behind the one that is retried), and a lane that folds
waits no longer than its first event said. What comes while it is leased folds as well: `next_at`
is when the first of it wants to be taken. Nothing is missed, because completing compares `seq`
with the one read at the claim. `token` fences: it changes at each claim and at each end of one.
What is replayed in bulk comes later than all that is due, until a live event joins its lane.

Rows are locked in the order of (source, subject), before any other row, by everyone who locks
several: so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, case, func, select, update

from bridge.clock import SECOND, Micros
from bridge.errors import LeaseLost
from bridge.model import Claim
from bridge.store import bell, destinations
from bridge.store.database import Database, destination_of, now
from bridge.store.schema import LATER, NEVER, lanes
from bridge.store.upsert import upsert


def _appointed(moment: Any) -> Any:
    """Give a lane that has no appointment among the live ones this one, where it is sooner."""
    sooner = (lanes.c.ready_at >= LATER) & (moment < lanes.c.ready_at)
    return case((sooner, moment), else_=lanes.c.ready_at)


_TO_COME = now() + bindparam("micros", type_=lanes.c.ready_at.type)
_CHOSEN = lanes.c.id.in_(bindparam("lane_ids", expanding=True))
_LOCKED = select(lanes.c.id, lanes.c.token).where(_CHOSEN).with_for_update()
_LOCKED = _LOCKED.order_by(lanes.c.source, lanes.c.subject)
_LEASE = (
    update(lanes)
    .where(_CHOSEN)
    .values(ready_at=_TO_COME, token=lanes.c.token + 1, next_at=0)
    .returning(*(lanes.c[name] for name in ("id", "token", "source", "subject", "seq", "tries")))
)
_MINE = update(lanes).where(lanes.c.id == bindparam("lane_id"), lanes.c.token == bindparam("held"))
_RENEW = _MINE.values(ready_at=_TO_COME)
_PUT_BACK = _RENEW.values(token=lanes.c.token + 1, tries=lanes.c.tries + 1)
_DRAINED_AT = bindparam("drained_at", type_=lanes.c.seq.type)
_AT_REST = case(
    (lanes.c.seq == _DRAINED_AT, NEVER),
    ((_DRAINED_AT >= 0) & (lanes.c.next_at > now()), lanes.c.next_at),
    else_=now(),
)
_COMPLETE = _MINE.values(ready_at=_AT_REST, token=lanes.c.token + 1, tries=0)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places for events in one lane: how many, whether they wake it, and in how many seconds."""

    count: int
    wakes: bool
    delay: float = 0.0


def reserve(
    connection: Connection, wanted: Mapping[tuple[str, str], Reservation]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Lock the lanes (source, subject as stored) and give each its id and first new position."""
    rows = [
        {
            "destination": destination_of(connection),
            "source": source,
            "subject": subject,
            "seq": place.count,
            "in_micros": round(place.delay * SECOND) if place.wakes else -1,
        }
        for (source, subject), place in sorted(wanted.items())
    ]
    in_micros = bindparam("in_micros", type_=lanes.c.seq.type)
    wake_at = case((in_micros < 0, NEVER), else_=now() + in_micros)
    statement = upsert(connection.dialect.name, lanes).values(ready_at=wake_at, token=0, tries=0)
    new = statement.excluded
    first = (lanes.c.next_at == 0) & (new.ready_at < NEVER)
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "source", "subject"],
        set_={
            "seq": lanes.c.seq + new.seq,
            "ready_at": _appointed(new.ready_at),
            "next_at": case((first, new.ready_at), else_=lanes.c.next_at),
        },
    )
    found = connection.execute(
        statement.returning(lanes.c.id, lanes.c.source, lanes.c.subject, lanes.c.seq), rows
    )
    last = {(row.source, row.subject): (row.id, row.seq) for row in found}
    if any(place.wakes for place in wanted.values()):
        bell.ring(connection)
    return {key: (last[key][0], last[key][1] - wanted[key].count + 1) for key in wanted}


def lock(connection: Connection, lane_ids: Collection[int]) -> dict[int, int]:
    """Lock lanes until the transaction ends, in the one order; give the token of each."""
    return dict(connection.execute(_LOCKED, {"lane_ids": list(lane_ids)}).all())


def fence(connection: Connection, claim: Claim, others: Iterable[int] = ()) -> None:
    """Lock the claimed lane, and others with it; raise LeaseLost where the claim is over."""
    tokens = lock(connection, {claim.lane_id, *others})
    if tokens.get(claim.lane_id) != claim.token:
        raise LeaseLost(_lost(claim))


def wake(connection: Connection, lane_ids: Collection[int], *, later: bool = False) -> None:
    """Tell lanes, in the transaction that makes their events pending, that there are some.

    `later`: they can wait until nothing else is due.
    """
    if lane_ids:
        lock(connection, lane_ids)
        moment = now() + LATER if later else now()
        values = {"seq": lanes.c.seq + 1, "ready_at": _appointed(moment)}
        mine = update(lanes).where(lanes.c.id.in_(lane_ids))
        connection.execute(mine.values(values if later else values | {"next_at": now()}))
        bell.ring(connection)


def claim(db: Database, *, limit: int, lease: float) -> list[Claim]:
    """Take up to `limit` due lanes for `lease` seconds, the longest due first.

    None while the destination is paused; lanes that another is just taking are passed over.
    """
    with db.write() as connection:
        ids = list(connection.scalars(due(db.destination, limit)))
        if len(ids) < limit:
            ids += connection.scalars(due(db.destination, limit - len(ids), later=True))
        return _lease(connection, ids, lease) if ids else []


@cache
def due(destination: str, limit: int, *, later: bool = False) -> Select[int]:
    """Make the query for due lanes: bounded by its index, however many lanes are drained."""
    in_turn = lanes.c.ready_at.between(LATER, NEVER - 1) if later else lanes.c.ready_at <= now()
    return (
        select(lanes.c.id)
        .where(lanes.c.destination == destination, in_turn, ~destinations.is_paused(destination))
        .order_by(lanes.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=lanes)
    )


def _lease(connection: Connection, ids: list[int], lease: float) -> list[Claim]:
    taken = connection.execute(_LEASE, {"lane_ids": ids, "micros": round(lease * SECOND)})
    claims = [Claim(*row) for row in taken]
    return sorted(claims, key=lambda one: ids.index(one.lane_id))


def renew(db: Database, claim: Claim, lease: float) -> None:
    """Lengthen the lease to `lease` seconds from now; raise LeaseLost where it is not ours."""
    if not _ours(db, claim, _RENEW, micros=round(lease * SECOND)):
        raise LeaseLost(_lost(claim))


def complete(db: Database, claim: Claim, drained: bool) -> None:
    """End a claim; `drained` says that it left nothing due. No longer ours: nothing happens."""
    _ours(db, claim, _COMPLETE, drained_at=claim.seq if drained else -1)


def put_back(db: Database, claim: Claim, seconds: float) -> None:
    """End a claim so that its lane is tried again in `seconds`, and not before."""
    _ours(db, claim, _PUT_BACK, micros=round(seconds * SECOND))


def next_due(db: Database) -> Micros | None:
    """Give when, by the database's clock, the next lane is due; None: not before it is woken."""
    mine = lanes.c.destination == db.destination, ~destinations.is_paused(db.destination)
    earliest = select(func.min(lanes.c.ready_at)).where(*mine)
    live = earliest.where(lanes.c.ready_at < LATER).scalar_subquery()
    later = earliest.where(lanes.c.ready_at.between(LATER, NEVER - 1)).scalar_subquery()
    with db.read() as connection:
        both = connection.execute(select(live, later - LATER)).one()
    return min((moment for moment in both if moment is not None), default=None)


def _ours(db: Database, claim: Claim, statement: Update, **values: int) -> bool:
    mine = {"lane_id": claim.lane_id, "held": claim.token, **values}
    with db.single(writes=True) as connection:
        return connection.execute(statement, mine).rowcount == 1


def _lost(claim: Claim) -> str:
    return f"Lane {claim.lane_id} was taken over by another worker; nothing was written here"
