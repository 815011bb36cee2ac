"""Reads the choices of `defaults` and of the blocks that override them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bridge.mapping.fields import MOST_ATTRIBUTES
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
    if "payload_attributes" in fields:
        chosen["payload_attributes"] = _at_most(fields, known)
    return replace(known.policy, **chosen)


def _at_most(fields: Fields, known: Known) -> int:
    """Give how many attributes payloads may bring in all; `drop` is none."""
    block = fields.block("payload_attributes")
    if block is None:
        return 0
    node = shape(block, "payload_attributes", known.problems).scalar("at_most")
    at_most = 0 if node is None else int(node.value)
    if node is not None and not 0 < at_most <= MOST_ATTRIBUTES:
        told = f"`at_most` is from 1 to {MOST_ATTRIBUTES}, which is what Intercom keeps"
        known.problems.add(node.place, told)
    return at_most


def read_fold(fields: Fields) -> float | None:
    """Give for how many seconds a first event waits for more; None where nothing is said."""
    fold = fields.scalar("fold")
    return None if fold is None else float(fold.value)


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
