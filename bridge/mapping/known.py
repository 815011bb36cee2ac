"""What a mapping file has said so far, while the rest of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bridge.mapping.problems import Problems
from bridge.model import Json, Policy

SCOPE = ("body", "headers", "query", "event")
"""The names every expression of a route sees; the `event:` block itself sees no `event`."""

RECORDS = "records"

RESERVED = frozenset({*SCOPE, "item", "this", RECORDS})
"""Names no `let` may take."""


@dataclass(frozen=True, slots=True)
class Known:
    """The source, names, tables, types and defaults that hold at some place of a file.

    `records` are the names of the mapping's records; `lets` says of each name of a `let` which of
    them it reads.
    """

    problems: Problems
    source: str = ""
    names: tuple[str, ...] = SCOPE
    tables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    records: frozenset[str] = frozenset()
    lets: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def naming(self, name: str, records: frozenset[str] = frozenset()) -> Known:
        """Give what is known once a `let` has added a name, which reads those records."""
        return replace(self, names=(*self.names, name), lets={**self.lets, name: records})

    def seeing(self, names: tuple[str, ...]) -> Known:
        """Give what is known where only these names can be seen."""
        return replace(self, names=names)

    def recording(self, records: Iterable[str]) -> Known:
        """Give what is known where these records can be read, if there are any."""
        found = frozenset(records)
        names = (*self.names, RECORDS) if found else self.names
        return replace(self, names=names, records=found)
