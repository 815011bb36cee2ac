"""What a mapping remembers of a subject: rows, and how expressions see them. Pure.

An event tells at most one row of each record. Of the same key the newest fact counts, so that rows
are the same in whatever order events come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from bridge.clock import seconds
from bridge.errors import ExpressionError
from bridge.mapping.expressions import freeze, thaw
from bridge.mapping.functions.values import text_of
from bridge.mapping.identify import Unusable, exact_text
from bridge.mapping.interpreter import KeptRow
from bridge.mapping.known import RECORDS
from bridge.mapping.value import Scope, Value
from bridge.model import Json, Moment, Row, StoredEvent

MOST_ROWS = 1_000
"""Rows of one record and subject that are read; with more it is null, for a part tells nothing."""

LONGEST_KEY = 200
"""Characters; what the store keeps as it is."""

LONGEST_VALUE = 2_000
"""Characters of one value of a row, written as text."""

OWN = ("key", "time")
"""What expressions see of a row beside what is kept; `time` in Unix seconds."""


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """One record as a mapping declares it: of which events, by what key, and what is kept."""

    name: str
    key: Value
    keep: Mapping[str, Value]
    on: tuple[str, ...] = ("*",)
    when: Value | None = None
    delete: Value | None = None

    def row(self, scope: Scope, event_type: str, moment: Moment) -> Row | None:
        """Give the row that an event tells, None where it tells none.

        Raises ExpressionError where `when`, `key` or `delete` fails.
        """
        if not any(fnmatchcase(event_type, on) for on in self.on) or not scope.holds(self.when):
            return None
        key = self._key(scope)
        if not key:
            return None
        if self.delete is not None and scope.holds(self.delete):
            return Row(self.name, key, moment, None)
        kept = {name: self._kept(name, one, scope) for name, one in self.keep.items()}
        return Row(self.name, key, moment, kept)

    def _key(self, scope: Scope) -> str:
        try:
            key = (exact_text(scope.evaluate(self.key)) or "").strip()
        except Unusable as error:
            scope.warn(self.key, f"the key of `{self.name}` {error}: no row is kept")
            return ""
        if not key or len(key) > LONGEST_KEY or not key.isprintable():
            told = "is blank, has signs that are none, or is longer than 200 characters"
            scope.warn(self.key, f"the key of `{self.name}` {told}: no row is kept")
            return ""
        return key

    def _kept(self, name: str, value: Value, scope: Scope) -> Json:
        told = scope.soft(value)
        try:
            if len(text_of(told)) <= LONGEST_VALUE:
                return freeze(told)
        except ExpressionError:  # a number or nesting that cannot be written at all
            pass
        scope.warn(value, f"`{name}` is longer than {LONGEST_VALUE:,} characters: kept as null")
        return None


@dataclass(frozen=True, slots=True)
class Records:
    """All that is known of one subject: by record and key the row that counts."""

    rows: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Records:
        """Give what rows tell, whatever their order."""
        return cls().told(rows)

    def told(self, rows: Iterable[Row]) -> Records:
        """Give what is known once these rows were told, too."""
        known = dict(self.rows)
        for row in rows:
            before = known.get(row.record, {})
            if self._counts(row, before):
                known[row.record] = {**before, row.key: row}
        return Records(known)

    def new(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Give those of the rows that tell something: neither too old nor one too many."""
        return tuple(row for row in rows if self._counts(row, self.rows.get(row.record, {})))

    def _counts(self, row: Row, known: Mapping[str, Row]) -> bool:
        if row.key not in known:
            return len(known) <= MOST_ROWS  # one more is kept, to know that there are too many
        return row.moment >= known[row.key].moment

    def seen(self, names: Iterable[str]) -> dict[str, list[KeptRow] | None]:
        """Give what expressions see as `records`: lists of rows, that of the oldest fact first."""
        return {name: self._list(name) for name in names}

    def is_full(self, name: str) -> bool:
        """Say whether a record has more rows than are read."""
        return len(self.rows.get(name, {})) > MOST_ROWS

    def _list(self, name: str) -> list[KeptRow] | None:
        return None if self.is_full(name) else list(self._shown(name))

    def _shown(self, name: str) -> Iterator[KeptRow]:
        rows = self.rows.get(name, {}).values()
        for row in sorted(rows, key=lambda one: (one.moment.time, one.moment.version, one.key)):
            if row.values is not None:
                told = {key: thaw(value) for key, value in row.values.items()}
                yield KeptRow(told, key=row.key, time=seconds(row.moment.time))

    def newest(self, names: Iterable[str]) -> Moment | None:
        """Give when the newest row of these records was told, one that is gone included."""
        rows = (row for name in names for row in self.rows.get(name, {}).values())
        return max((row.moment for row in rows), default=None)


NOTHING = Records()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of a subject while one event is mapped, and the `rows` it told itself.

    `names` are those of all records of the mapping.
    """

    names: frozenset[str]
    records: Records
    rows: tuple[Row, ...] = ()

    def told(self, blocks: Iterable[RecordBlock], scope: Scope, event: StoredEvent) -> Remembered:
        """Give what is known once the event has told its rows; `scope` sees no records."""
        found = (block.row(scope, event.type, event.moment) for block in blocks)
        new = self.records.new(row for row in found if row is not None)
        return replace(self, records=self.records.told(new), rows=(*self.rows, *new))

    def seen_in(self, scope: Scope) -> Scope:
        """Give a scope that sees the records, with no name evaluated yet."""
        if not self.names:
            return scope
        for name in sorted(self.names):
            if self.records.is_full(name):
                told = f"has more than {MOST_ROWS:,} rows of this subject: null"
                scope.warnings.append(f"`records.{name}` {told}")
        return scope.naming(RECORDS, self.records.seen(self.names))
