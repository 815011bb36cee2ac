"""Where the value of a field comes from."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.clock import Micros
from bridge.model.json import Json
from bridge.model.known import Run


@dataclass(frozen=True, slots=True)
class Origin:
    """One field, tag (`tag:vip`) or company edge (`company:<id>`) of a target, and why it is so.

    `value` is what Intercom was last seen to hold, at `confirmed_at` (None: never seen). `said` is
    the word that counts, `others` the newest word of every other source, the newest first. `why`
    says in words why that word counts, `drift` why Intercom does not hold just that.
    """

    field: str
    value: Json
    confirmed_at: Micros | None
    said: Run | None
    others: tuple[Run, ...]
    why: str
    drift: str
