"""The inbox: a receipt and its events are stored together, each event once, in its lane's order.

Lanes are locked first and give the positions, so that an event can never become visible behind
one that it precedes. Then keys, in sorted order: whoever inserts a key first has the event, any
other waits for that transaction and is told its event. Identity columns order nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, insert, null, or_, select, update

from bridge.clock import SECOND
from bridge.model import Event, Receipt, State
from bridge.store import lanes
from bridge.store.columns import stored_key
from bridge.store.database import Database, destination_of, now
from bridge.store.lanes import Reservation
from bridge.store.schema import dedup, events, receipts
from bridge.store.upsert import upsert

_Key: TypeAlias = tuple[str, str]
_LONGEST_IN = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """A receipt with its events, and how many seconds these may wait for more to fold with."""

    receipt: Receipt
    events: Sequence[Event]
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """The stored event; `duplicate` where it was known before this delivery."""

    id: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery; `receipt_id` is None where all its events were duplicates."""

    receipt_id: int | None
    events: tuple[ReceivedEvent, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """One event of one delivery, with the stored forms of what it is known by."""

    delivery: int
    event: Event
    source: str
    wait: float

    @property
    def key(self) -> _Key:
        return stored_key(self.source), stored_key(self.event.key)

    @property
    def lane(self) -> _Key:
        return stored_key(self.source), stored_key(self.event.subject)

    @property
    def wakes(self) -> bool:
        return self.event.problem is None and self.event.skip is None


def receive(
    db: Database, receipt: Receipt, events: Sequence[Event], delay: float = 0.0
) -> Received:
    """Store one receipt and its events; without events just the receipt.

    `delay` is for how many seconds a drained lane waits for more events to fold with. Raises
    StoreUnavailable; then nothing is stored.
    """
    return receive_all(db, [Delivery(receipt, events, delay)])[0]


def receive_all(db: Database, deliveries: Sequence[Delivery]) -> list[Received]:
    """Store several deliveries in one transaction (one sync to the disk): all or none."""
    with db.write() as connection:
        return store(connection, deliveries)


def store(connection: Connection, deliveries: Sequence[Delivery]) -> list[Received]:
    """Store deliveries in the caller's transaction, which must hold no other locks."""
    items = [
        _Item(number, event, delivery.receipt.source, delivery.delay)
        for number, delivery in enumerate(deliveries)
        for event in delivery.events
    ]
    firsts: dict[_Key, _Item] = {}
    for item in items:
        firsts.setdefault(item.key, item)
    places = lanes.reserve(connection, _reservations(firsts.values())) if firsts else {}
    fresh = _new_keys(connection, firsts)
    kept = [item for key, item in firsts.items() if key in fresh]
    receipt_ids = _keep_receipts(connection, deliveries, kept)
    known = _keep_events(connection, kept, receipt_ids, places)
    known |= _earlier(connection, firsts.keys() - known.keys())
    new = {id(item) for item in kept}
    told = [(item.delivery, ReceivedEvent(known[item.key], id(item) not in new)) for item in items]
    return [
        Received(receipt_ids.get(number), tuple(one for at, one in told if at == number))
        for number in range(len(deliveries))
    ]


def _reservations(items: Iterable[_Item]) -> dict[_Key, Reservation]:
    """Count the places that each lane must give; it waits as long as its most patient event."""
    wanted: dict[_Key, Reservation] = {}
    for item in items:
        place = wanted.get(item.lane, Reservation(0, wakes=False))
        delay = max(place.delay, item.wait) if item.wakes else place.delay
        wanted[item.lane] = Reservation(place.count + 1, place.wakes or item.wakes, delay)
    return wanted


def _new_keys(connection: Connection, firsts: dict[_Key, _Item]) -> set[_Key]:
    """Claim the keys; give those that are new, or whose lifetime was over."""
    if not firsts:
        return set()
    lifetime = bindparam("lifetime", type_=dedup.c.expires_at.type)
    statement = upsert(connection.dialect.name, dedup).values(expires_at=now() + lifetime)
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "source", "key"],
        set_={"event_id": null(), "expires_at": statement.excluded.expires_at},
        where=dedup.c.expires_at < now(),
    )
    rows = [
        {
            "destination": destination_of(connection),
            "source": source,
            "key": key,
            "lifetime": item.event.key_lifetime * SECOND,
        }
        for (source, key), item in sorted(firsts.items())
    ]
    found = connection.execute(statement.returning(dedup.c.source, dedup.c.key), rows)
    return {(row.source, row.key) for row in found}


def _keep_receipts(
    connection: Connection, deliveries: Sequence[Delivery], kept: list[_Item]
) -> dict[int, int]:
    """Insert the receipts that have a new event, or none at all; give their ids by delivery."""
    used = {item.delivery for item in kept}
    wanted = {
        number: _receipt_row(delivery.receipt)
        for number, delivery in enumerate(deliveries)
        if number in used or not delivery.events
    }
    if not wanted:
        return {}
    statement = insert(receipts).values(destination=destination_of(connection))
    statement = statement.returning(receipts.c.id, sort_by_parameter_order=True)
    return dict(zip(wanted, connection.scalars(statement, list(wanted.values())), strict=True))


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    return {
        "source": receipt.source,
        "received_at": receipt.received_at,
        "headers": [list(pair) for pair in receipt.headers],
        "query": dict(receipt.query),
        "body": receipt.body,
        "verdict": receipt.verdict,
    }


def _keep_events(
    connection: Connection,
    kept: list[_Item],
    receipt_ids: dict[int, int],
    places: dict[_Key, tuple[int, int]],
) -> dict[_Key, int]:
    """Insert the new events in the order they came, and tell their keys which event they mean."""
    if not kept:
        return {}
    taken: Counter[_Key] = Counter()
    rows = []
    for item in kept:
        lane_id, first = places[item.lane]
        place = {"lane_id": lane_id, "position": first + taken[item.lane]}
        taken[item.lane] += 1
        rows.append(_event_row(item) | place | {"receipt_id": receipt_ids[item.delivery]})
    statement = insert(events).values(
        destination=destination_of(connection), received_at=now(), updated_at=now()
    )
    found = connection.execute(
        statement.returning(events.c.source, events.c.key, events.c.id), rows
    )
    ids = {(row.source, row.key): row.id for row in found}
    _tell_keys(connection, ids)
    return ids


def _event_row(item: _Item) -> dict[str, Any]:
    event = item.event
    state = State.FAILED if event.problem is not None else State.SKIPPED
    return {
        "source": item.source,
        "key": event.key,
        "type": event.type,
        "time": _bounded(event.time),
        "version": _bounded(event.version),
        "subject": event.subject,
        "state": State.PENDING.value if item.wakes else state.value,
        "reason": event.problem or event.skip or "",
        "notes": list(event.notes),
        "tries": 0,
        "payload": event.payload,
        "route": "",
    }


def _bounded(number: int) -> int:
    """Keep a sender's number within what a column can hold."""
    return max(-(2**63), min(number, 2**63 - 1))


def _tell_keys(connection: Connection, ids: dict[_Key, int]) -> None:
    mine = update(dedup).where(
        dedup.c.destination == destination_of(connection),
        dedup.c.source == bindparam("of_source", type_=dedup.c.source.type),
        dedup.c.key == bindparam("of_key", type_=dedup.c.key.type),
    )
    rows = [
        {"of_source": source, "of_key": key, "event_id": event_id}
        for (source, key), event_id in sorted(ids.items())
    ]
    connection.execute(mine.values(event_id=bindparam("event_id")), rows)


def _earlier(connection: Connection, keys: Iterable[_Key]) -> dict[_Key, int]:
    """Find the first event of each key that was known before."""
    wanted = sorted(keys)
    found: dict[_Key, int] = {}
    for start in range(0, len(wanted), _LONGEST_IN):
        part = wanted[start : start + _LONGEST_IN]
        by_source: dict[str, list[str]] = {}
        for source, key in part:
            by_source.setdefault(source, []).append(key)
        mine = or_(
            *(
                (dedup.c.source == source) & dedup.c.key.in_(some)
                for source, some in by_source.items()
            )
        )
        chosen = select(dedup.c.source, dedup.c.key, dedup.c.event_id)
        rows = connection.execute(
            chosen.where(dedup.c.destination == destination_of(connection), mine)
        )
        found |= {(row.source, row.key): row.event_id for row in rows}
    return found
