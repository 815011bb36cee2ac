"""A compiled mapping: reads the events of a receipt, and makes the Changes of an event.

Immutable once loaded, so any number of threads may use it. Nothing here does IO.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from functools import cache

from bridge.clock import seconds
from bridge.errors import ExpressionError, Problem
from bridge.mapping.blocks import Route
from bridge.mapping.changes import Making
from bridge.mapping.event import EventBlock, Reading, dump, unsplit
from bridge.mapping.receive import ITEM, NoBatch, Reception, split
from bridge.mapping.records import NOTHING, RecordBlock, Records, Remembered
from bridge.mapping.value import Scope, Value
from bridge.model import Event, Json, Mapped, Policy, Receipt, StoredEvent, Verification

Whole = Callable[[], Json]
"""Reads the body of the request that a batch's item came in; raises ExpressionError."""


def _gone() -> Json:
    raise ExpressionError("the request that this came in is not at hand")


@dataclass(frozen=True, slots=True)
class Mapping:
    """What one YAML file says of a source.

    `fold` is in seconds; None leaves it to the configuration. `remarks` are what `check` warns
    about.
    """

    source: str
    title: str
    about: str
    path: str
    verification: Verification
    event: EventBlock
    routes: tuple[Route, ...]
    reception: Reception = field(default_factory=Reception)
    fold: float | None = None
    policy: Policy = field(default_factory=Policy)
    types: MappingOf[str, str] = field(default_factory=dict)
    tables: MappingOf[str, MappingOf[str, Json]] = field(default_factory=dict)
    let: MappingOf[str, Value] = field(default_factory=dict)
    records: tuple[RecordBlock, ...] = ()
    remarks: tuple[Problem, ...] = ()

    @property
    def identifiers(self) -> frozenset[str]:
        """Give the names by which any of its routes knows people or companies."""
        blocks = [one for route in self.routes for one in (route.person, route.company)]
        return frozenset(name for one in blocks if one is not None for name in one.match)

    @property
    def record_names(self) -> frozenset[str]:
        """Give the names of all records that it keeps."""
        routed = (one for route in self.routes for one in route.records)
        return frozenset(one.name for one in (*self.records, *routed))

    def greeting(self, body: Json, receipt: Receipt) -> tuple[bool, Json]:
        """Say whether a request only asks whether somebody is here, and give the answer."""
        handshake = self.reception.handshake
        if handshake is None:
            return False, None
        try:
            return handshake.answered(self._scope(surroundings(body, receipt)))
        except ExpressionError:
            return False, None  # no question that can be understood: it is read as events

    def read(self, body: Json, receipt: Receipt, *, apply_tests: bool = False) -> list[Event]:
        """Give the events of a receipt whose body was parsed; never raises for what is in it.

        A batch that cannot be split is one event with a `problem`. An item that cannot be read has
        a `problem`, an unwanted one `skip`; `apply_tests` says whether test events are wanted.
        """
        around = surroundings(body, receipt)
        if self.reception.each is None:
            return [self._reading(around, receipt).event(apply_tests=apply_tests)]
        try:
            items = split(self.reception.each, self._scope(around))
        except (NoBatch, ExpressionError) as error:
            return [unsplit(receipt, str(error))]
        readings = [
            self._reading({**around, ITEM: item}, receipt, index)
            for index, item in enumerate(items)
        ]
        return [
            replace(one.event(apply_tests=apply_tests), payload=dump(item))
            for one, item in zip(readings, items, strict=True)
        ]

    def _scope(self, names: MappingOf[str, Json]) -> Scope:
        return Scope(names, {}, self.tables, [])

    def _reading(self, names: MappingOf[str, Json], receipt: Receipt, index: int = 0) -> Reading:
        return Reading(self.event, self._scope(names), receipt, index)

    def wait(self, event_type: str, otherwise: float) -> float:
        """Give for how many seconds an event of a type waits for more, if it is the first.

        The first route that speaks of it decides whose `on` fits, then `defaults`; where neither
        does, it is `otherwise`.
        """
        stated = (one.fold for one in self.routes if one.takes(event_type))
        default = otherwise if self.fold is None else self.fold
        return next((one for one in stated if one is not None), default)

    def longest_wait(self, otherwise: float) -> float:
        """Give the longest of the waits that `wait` gives."""
        default = otherwise if self.fold is None else self.fold
        return max(default, *(one.fold or 0.0 for one in self.routes), 0.0)

    def map(
        self,
        payload: Json,
        event: StoredEvent,
        *,
        apply_tests: bool = True,
        whole: Whole = _gone,
        records: Records = NOTHING,
    ) -> Mapped:
        """Give the Changes of a stored event, whose payload (or receipt's body) is `payload`.

        `whole` gives the request that the item of a batch came in, where the mapping asks for it;
        `records` are what earlier events told of its subject. Skipped where the mapping does not
        want it (any more): a replay asks again. Raises ExpressionError with file, line and column
        where `when` or `match` fails.
        """
        warnings: list[str] = []
        around = self._around(payload, event, whole)
        unwanted = self._unwanted(around, event.receipt, apply_tests)
        if unwanted is not None:
            return Mapped(skipped=unwanted)
        scope = Scope({**around, "event": facts(event)}, self.let, self.tables, warnings)
        return self._routed(event, scope, Remembered(self.record_names, records))

    def _routed(self, event: StoredEvent, scope: Scope, before: Remembered) -> Mapped:
        """Give what the first route makes of an event that holds; `scope` sees no records yet."""
        known = before.told(self.records, scope, event)
        seeing = known.seen_in(scope)
        routes = [one for one in self.routes if one.takes(event.type)]
        for route in routes:
            inner = seeing.inner(route.let)
            if inner.holds(route.when):
                if route.records:
                    known = known.told(route.records, scope.inner(route.let), event)
                    inner = known.seen_in(scope).inner(route.let)
                return Making(inner, event.time, known.records, known.rows).mapped(route)
        but = ": the `when` of none holds" if routes else ""
        return Mapped(
            skipped=f"no route for type '{event.type[:100]}'{but}",
            rows=known.rows,
            warnings=tuple(dict.fromkeys(scope.warnings)),
        )

    def _around(self, payload: Json, event: StoredEvent, whole: Whole) -> dict[str, Json]:
        if self.reception.each is None:
            return surroundings(payload, event.receipt)
        if event.payload is None:
            raise ExpressionError("it was not split when it came: let its sender send it again")
        return {**surroundings(cache(whole), event.receipt), ITEM: payload}

    def _unwanted(
        self, around: MappingOf[str, Json], receipt: Receipt, apply_tests: bool
    ) -> str | None:
        reading = self._reading(around, receipt)
        unwanted = reading.unwanted(apply_tests)
        if reading.problems:
            raise ExpressionError("; ".join(reading.problems))
        return unwanted


def surroundings(body: Json, receipt: Receipt) -> dict[str, Json]:
    """Give the names that a request alone tells: body, headers and query.

    Of a header that came twice the first counts; `X-Topic` is read as `headers.x_topic`.
    """
    headers: dict[str, Json] = {}
    for name, value in receipt.headers:
        headers.setdefault(name.lower().replace("-", "_"), value)
    return {"body": body, "headers": headers, "query": dict(receipt.query)}


def facts(event: StoredEvent) -> dict[str, Json]:
    """Give what expressions see as `event`; times in Unix seconds."""
    return {
        "id": event.key,
        "type": event.type,
        "time": seconds(event.time),
        "version": event.version,
        "subject": event.subject,
        "source": event.source,
        "received_at": seconds(event.received_at),
    }
