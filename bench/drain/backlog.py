"""A store whose workspace was read, with a backlog received: every event due, none tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select

from bench.calls.payloads import SHIPPED, shipped
from bench.drain import customers
from bridge.clock import SECOND, system_clock
from bridge.model import Receipt
from bridge.sources.body import dump, read_json
from bridge.store import inbox, pages
from bridge.store.database import Database, connect
from bridge.store.inbox import Delivery
from bridge.store.schema import attempts, events
from handlers.listed import listed

WORKSPACE = "bench"
_TOGETHER = 200
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Backlog:
    """A database with so many events due."""

    db: Database
    url: str
    events: int

    def states(self) -> dict[str, int]:
        """Count the events in each state."""
        counted = select(events.c.state, func.count()).group_by(events.c.state)
        with self.db.read() as connection:
            return {row[0]: row[1] for row in connection.execute(counted)}

    def span(self) -> float:
        """Give the seconds from the beginning of the first attempt to the end of the last."""
        first, last = select(func.min(attempts.c.started_at)), select(func.max(events.c.updated_at))
        with self.db.read() as connection:
            return float(connection.scalar(last) - connection.scalar(first)) / SECOND


@contextmanager
def backlog(url: str, count: int, *, changed: bool) -> Iterator[Backlog]:
    """Fill a database with `count` events; `changed` says whether each needs a call."""
    db = connect(url)
    try:
        people = range(-(-count // customers.EVENTS_EACH))
        _learn(db, people)
        _receive(db, people, changed=changed)
        yield Backlog(db, url, len(people) * customers.EVENTS_EACH)
    finally:
        db.dispose()


def _learn(db: Database, people: range) -> None:
    now = system_clock()
    for some in _together(people):
        page = [listed("contact", customers.held(number), now) for number in some]
        pages.keep(db, WORKSPACE, "intercom", "bench", page)


def _receive(db: Database, people: range, *, changed: bool) -> None:
    """Store the events as the receiver does, one of each customer after another."""
    mapping = shipped()["stripe"]
    every = ((event, number) for event in range(customers.EVENTS_EACH) for number in people)
    for some in _together(every):
        deliveries = []
        for event, number in some:
            body = dump(customers.told(number, event, changed=changed))
            headers = (("content-type", "application/json; charset=utf-8"),)
            receipt = Receipt("stripe", system_clock(), headers, {}, body)
            read = mapping.read(read_json(body), receipt, apply_tests=True)
            deliveries.append(Delivery(receipt, read))
        inbox.receive_all(db, deliveries)


def _together(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while some := list(islice(rest, _TOGETHER)):
        yield some


def settings(url: str, intercom: str, threads: int, mappings: Path = SHIPPED) -> dict[str, str]:
    """Give the environment of a worker: its log is written as usual, no limit but Intercom's."""
    return {
        "DATABASE_URL": url,
        "INTERCOM_BASE_URL": intercom,
        "INTERCOM_ACCESS_TOKEN": "bench",
        "INTERCOM_CALLS_PER_MINUTE": "1000000",
        "BRIDGE_MAPPINGS": str(mappings),
        "BRIDGE_FOLD_SECONDS": "0",
        "BRIDGE_WORKER_THREADS": str(threads),
    }
