"""Rows that are kept of a subject, so that later events can be read together with earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.model.arrival import Moment
from bridge.model.json import Json


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one thing of a subject: one invoice of a customer, one subscription.

    `record` is the name of its record in the mapping, `moment` that of the event that told it.
    `values` are JSON in which Money is frozen; None where the thing is gone, which must be known
    too: an older event that comes late must not bring it back.
    """

    record: str
    key: str
    moment: Moment
    values: Mapping[str, Json] | None
