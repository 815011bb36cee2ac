"""What a mapping file has said so far, while the rest of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bridge.mapping.problems import Problems
from bridge.model import Json, Policy

SCOPE = ("body", "headers", "query", "event")
"""The names every expression of a route sees; the `event:` block itself sees no `event`."""

RESERVED = frozenset({*SCOPE, "item", "this", "records"})
"""Names no `let` may take."""


@dataclass(frozen=True, slots=True)
class Known:
    """The source, names, tables, types and defaults that hold at some place of a file."""

    problems: Problems
    source: str = ""
    names: tuple[str, ...] = SCOPE
    tables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def naming(self, name: str) -> Known:
        """Give what is known once a `let` has added a name."""
        return replace(self, names=(*self.names, name))

    def seeing(self, names: tuple[str, ...]) -> Known:
        """Give what is known where only these names can be seen."""
        return replace(self, names=names)
