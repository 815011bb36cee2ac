"""Reads the choices of `defaults` and of the blocks that override them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bridge.mapping.known import Known
from bridge.mapping.shape import Fields, seconds_of, shape
from bridge.model import Missing, Policy

LONGEST_WAIT = 90 * 86400
"""Seconds; waiting events are kept no longer."""


def read_policy(fields: Fields, known: Known) -> Policy:
    """Give the policy in force with a block's own choices on top."""
    chosen: dict[str, Any] = {
        name: fields.text(name)
        for name in ("archived", "ambiguous", "attributes")
        if name in fields
    }
    if "missing" in fields:
        chosen["missing"] = read_missing(fields, known)
    if (block := fields.block("payload_attributes")) is not None:
        shape(block, "payload_attributes", known.problems)
    return replace(known.policy, **chosen)


def read_missing(fields: Fields, known: Known) -> Missing:
    """Give what to do when nobody is found: a word, or how long to wait and what then."""
    block = fields.block("missing")
    if block is None:
        return Missing(action="skip" if fields.text("missing") == "skip" else "create")
    inner = shape(block, "missing", known.problems)
    wait = seconds_of(inner.text("wait")) or 0
    if "wait" in inner and not 0 < wait <= LONGEST_WAIT:
        known.problems.add(inner.at("wait"), "`wait` is more than 0 and at most 90d")
    then: Any = inner.text("then", "park")
    return Missing(action="wait", wait=wait, then=then)
