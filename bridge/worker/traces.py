"""Where a person stands in what was stored: their address in any text, ids as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bridge.model import Identifier, Json, StoredEvent

_PLAIN = re.compile(r"[A-Za-z0-9]+")
_TELLING = 5
"""Characters from which on an id that has a digit means the same wherever it stands."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by all their identifiers, as what is stored is searched for them.

    `hints` are bytes that stand wherever the person does, however text is escaped; none where that
    cannot be said.
    """

    identifiers: frozenset[Identifier]
    address: re.Pattern[str] | None
    ids: frozenset[str]
    hints: tuple[bytes, ...]

    @classmethod
    def of(cls, identifiers: Iterable[Identifier]) -> Person:
        """Prepare the search for somebody who has these identifiers."""
        known = frozenset(identifiers)
        addresses = [re.escape(one.value) for one in sorted(known) if one.name == "email"]
        # Not the end of a longer address, nor its beginning.
        pattern = rf"(?<![\w.%+-])(?:{'|'.join(addresses)})(?![\w-]|\.\w)" if addresses else ""
        ids = frozenset(one.value for one in known if one.name != "email" and _tells(one.value))
        runs = [max(_PLAIN.findall(one.value), key=len, default="") for one in known]
        hints = tuple(sorted({run.lower().encode() for run in runs})) if all(runs) else ()
        return cls(known, re.compile(pattern, re.IGNORECASE) if pattern else None, ids, hints)

    def may_be_in(self, raw: bytes) -> bool:
        """Say whether lower-cased bytes may mean the person: quick, and true rather too often."""
        return not self.hints or any(hint in raw for hint in self.hints)

    def is_in(self, text: str) -> bool:
        """Say whether a text means the person: it is an id of theirs, or has their address."""
        if text in self.ids:
            return True
        return self.address is not None and self.address.search(text) is not None


def _tells(value: str) -> bool:
    return len(value) >= _TELLING and any(sign.isdigit() for sign in value)


def raw(event: StoredEvent) -> bytes:
    """Give all that was sent of an event, and what it is known by, lower-cased."""
    receipt = event.receipt
    around = [text for pair in receipt.headers for text in pair]
    around += [text for pair in receipt.query.items() for text in pair]
    names = "\n".join([event.subject, event.key, *around]).encode(errors="replace")
    return b"\n".join([receipt.body if event.payload is None else event.payload, names]).lower()


def texts(event: StoredEvent, body: Json) -> Iterator[str]:
    """Give every text of an event; `body` is its payload, or text where it cannot be parsed."""
    yield event.subject
    yield event.key
    for _, value in event.receipt.headers:
        yield unquote_plus(value)
    yield from event.receipt.query.values()
    yield from _leaves(body)


def _leaves(value: Json) -> Iterator[str]:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif one is not None:
            yield str(one)
