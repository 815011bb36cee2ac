"""Reads the facts of an event at receipt: its id, type, time, version and subject.

They are evaluated once and stored, so that an event keeps its place and its identity however often
it is delivered, retried or replayed with another mapping.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.clock import SECOND, Micros
from bridge.errors import ExpressionError
from bridge.mapping.expressions import plain
from bridge.mapping.functions.time import parse_time
from bridge.mapping.identify import Unusable, exact_text
from bridge.mapping.known import Known
from bridge.mapping.nodes import Listing
from bridge.mapping.shape import Fields
from bridge.mapping.targets import read_condition
from bridge.mapping.value import Scope, Value, read_value
from bridge.model import Event, Json, Receipt

AHEAD: Micros = 5 * 60 * SECOND
"""How far a sender's clock may be ahead before its time is not believed."""

NAMED_LIFETIME = 90 * 86400
"""Seconds for which an event id is remembered."""

UNNAMED_LIFETIME = 86400
"""Seconds for which the same body counts as the same event, where the sender gives no id."""

LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class EventBlock:
    """The `event:` block; `id` may have several parts, `in_parts` where it is written as a list."""

    id: tuple[Value, ...] = ()
    in_parts: bool = False
    type: Value | None = None
    time: Value | None = None
    version: Value | None = None
    subject: Value | None = None
    when: Value | None = None
    test: Value | None = None


def read_event_block(fields: Fields, known: Known) -> EventBlock:
    """Compile the `event:` block."""
    singles = {}
    for name in ("type", "time", "version", "subject"):
        node = fields.scalar(name)
        singles[name] = None if node is None else read_value(node, known)
    parts = [read_value(node, known) for node in fields.scalars("id")]
    return EventBlock(
        id=tuple(part for part in parts if part is not None),
        in_parts=isinstance(fields.nodes.get("id"), Listing),
        when=read_condition(fields, known),
        test=read_condition(fields, known, "test"),
        **singles,
    )


@dataclass(slots=True)
class Reading:
    """One item of a receipt while it is read: notes on it, and what could not be read."""

    block: EventBlock
    scope: Scope
    receipt: Receipt
    index: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def event(self, *, apply_tests: bool) -> Event:
        """Give the event; what cannot be read makes it one that is stored as failed."""
        told = self._id()
        key = told or unnamed(self.receipt, self.index)
        return Event(
            key=key,
            type=self._text(self.block.type, "type"),
            time=self._time(),
            subject=self._text(self.block.subject, "subject") or key,
            version=self._version(),
            skip=self.unwanted(apply_tests) if not self.problems else None,
            notes=tuple(dict.fromkeys([*self.notes, *self.scope.warnings])),
            problem="; ".join(self.problems) or None,
            key_lifetime=NAMED_LIFETIME if told else UNNAMED_LIFETIME,
        )

    def _evaluate(self, value: Value | None) -> Json:
        if value is None:
            return None
        try:
            return plain(self.scope.evaluate(value))
        except ExpressionError as error:
            self.problems.append(str(error))
            return None

    def _text(self, value: Value | None, name: str) -> str:
        return "" if value is None else self._exact(self._evaluate(value), value, name)

    def _exact(self, told: Json, value: Value, name: str) -> str:
        try:
            return (exact_text(told) or "").strip().replace("\x00", "�")
        except Unusable as error:
            self.problems.append(f"{value.where}: `{name}` {error}")
            return ""

    def _id(self) -> str:
        values = [(self._evaluate(value), value) for value in self.block.id]
        if not self.block.in_parts and values and isinstance(values[0][0], list):
            values = [(part, values[0][1]) for part in values[0][0]]
        elif not self.block.in_parts:
            return "".join(self._exact(told, value, "id") for told, value in values)
        return joined([self._exact(told, value, "id") for told, value in values])

    def _time(self) -> Micros:
        received = self.receipt.received_at
        told = self._evaluate(self.block.time)
        moment = parse_time(told)
        if moment is None or not 0 < moment < LARGEST:
            what = "no time is told" if told is None else "the time told cannot be read"
            self.notes.append(f"{what}: that of the receipt is used")
            return received
        if moment > received + AHEAD:
            ahead = (moment - received) // SECOND
            self.notes.append(f"the time told is {ahead} s ahead: that of the receipt is used")
            return received
        return moment

    def _version(self) -> int:
        told = self._evaluate(self.block.version)
        if told is None:
            return 0
        try:
            version = whole(told)
        except Unusable as error:
            self.notes.append(f"the version told {error}: 0 is used")
            return 0
        return version

    def unwanted(self, apply_tests: bool) -> str | None:
        """Give why the event is not to be applied, None where it is."""
        if self.block.when is not None and not self._holds(self.block.when):
            return "not wanted: `event.when` of the mapping does not hold"
        if not apply_tests and self.block.test is not None and self._holds(self.block.test):
            return "test event: set BRIDGE_TEST_EVENTS=1 and replay it to apply it"
        return None

    def _holds(self, condition: Value) -> bool:
        try:
            return self.scope.holds(condition)
        except ExpressionError as error:
            self.problems.append(str(error))
            return False


def unnamed(receipt: Receipt, index: int = 0) -> str:
    """Give the key of an event without an id: the same bytes are the same event."""
    return f"body:{hashlib.sha256(receipt.body).hexdigest()}:{index}"


def unsplit(receipt: Receipt, problem: str) -> Event:
    """Give the event that stands for a batch which cannot be split."""
    key = unnamed(receipt)
    return Event(
        key=key,
        type="",
        time=receipt.received_at,
        subject=key,
        problem=problem,
        key_lifetime=UNNAMED_LIFETIME,
    )


def dump(item: Json) -> bytes:
    """Write an item of a batch as it is read back: integers exact, in UTF-8."""
    return json.dumps(plain(item), ensure_ascii=False, separators=(",", ":")).encode()


def joined(parts: Sequence[str]) -> str:
    """Give one key of several parts, each with its length, so that no two lists give the same.

    Empty where no part says anything.
    """
    return "".join(f"{len(part)}:{part}" for part in parts) if any(parts) else ""


def whole(value: Json) -> int:
    """Give a whole number of 64 bits from a number or numeric text; raise Unusable."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = (exact_text(value) or "").strip()
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Unusable("is no whole number")
    if len(digits) > 19 or not -LARGEST <= int(text) < LARGEST:
        raise Unusable("is too large a number")
    return int(text)
