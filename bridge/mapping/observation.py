"""The `intercom` block: what a notification of Intercom's own tells. Read from YAML, and evaluated.

Only the source `intercom` has it, and nothing else: what Intercom tells is learnt, never written
back to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.errors import ExpressionError
from bridge.mapping.blocks import ObservationBlock
from bridge.mapping.expressions import plain
from bridge.mapping.identify import Unusable, usable
from bridge.mapping.known import Known
from bridge.mapping.nodes import Block
from bridge.mapping.shape import Fields, shape
from bridge.mapping.value import Scope, Value, read_value
from bridge.model import Json, Now, Observation

INTERCOM = "intercom"
"""The source of Intercom's own notifications."""

_NEEDS: Mapping[Now, tuple[str, ...]] = {
    "archived": ("contact",),
    "unarchived": ("contact",),
    "merged": ("contact", "merged_from"),
    "tagged": ("contact", "tag"),
    "untagged": ("contact", "tag"),
    "attached": ("contact", "company"),
    "detached": ("contact", "company"),
}
_VALUES = ("workspace", "contact", "company", "merged_from", "tag")
_CHANGES = ("user", "lead", "contact", "company", "track")


def check_kind(fields: Fields, known: Known) -> None:
    """Report an `intercom` block of another source, and any other block of the source intercom."""
    if known.source != INTERCOM and INTERCOM in fields.places:
        told = "`intercom` belongs to the mapping of Intercom's own notifications alone"
        known.problems.add(fields.at(INTERCOM), told)
    for name in _CHANGES:
        if known.source == INTERCOM and name in fields.places:
            told = f"what Intercom tells is learnt, not written back: `{name}` has no place here"
            known.problems.add(fields.at(name), told)


def read_observation(block: Block, known: Known) -> ObservationBlock | None:
    """Give an `intercom` block; None where its workspace is missing or wrong."""
    fields = shape(block, "observation", known.problems)
    now: Any = fields.text("now", "shown")
    for name in _NEEDS.get(now, ()):
        if name not in fields.places:
            known.problems.add(fields.at("now"), f"`now: {now}` needs `{name}`")
    if not {"contact", "company"} & fields.places.keys():
        known.problems.add(block.place, "`intercom` needs `contact` or `company`")
    values = {name: _value(name, fields, known) for name in _VALUES}
    workspace = values.pop("workspace")
    return None if workspace is None else ObservationBlock(workspace, now, **values)


def _value(name: str, fields: Fields, known: Known) -> Value | None:
    node = fields.scalar(name)
    return None if node is None else read_value(node, known)


# --- evaluating -----------------------------------------------------------------------------------


def observation(block: ObservationBlock, scope: Scope) -> Observation:
    """Give what the notification tells; raise ExpressionError where it is not told as it should."""
    return Observation(
        now=block.now,
        workspace=_id("workspace", block.workspace, scope),
        contact=_shown("contact", block.contact, scope),
        company=_shown("company", block.company, scope),
        merged_from=_id("merged_from", block.merged_from, scope),
        tag=_name(block.tag, scope),
    )


def _shown(name: str, value: Value | None, scope: Scope) -> Mapping[str, Json]:
    if value is None:
        return {}
    told = plain(scope.evaluate(value))
    shown = told if isinstance(told, dict) else {}
    return {**shown, "id": _usable(f"{name}.id", value, shown.get("id"))}


def _id(name: str, value: Value | None, scope: Scope) -> str:
    """Give an id; only `merged_from` may be missing, for Intercom does not always tell it."""
    told = None if value is None else plain(scope.evaluate(value))
    if value is None or (told is None and name == "merged_from"):
        return ""
    return _usable(name, value, told)


def _name(value: Value | None, scope: Scope) -> str:
    """Give the name of a tag, which may be any text."""
    told = "" if value is None else plain(scope.evaluate(value))
    if value is None or (isinstance(told, str) and told.strip()):
        return str(told).strip()
    raise ExpressionError(f"{value.where}: `tag` has no name in this payload")


def _usable(name: str, value: Value, told: Json) -> str:
    try:
        text = usable(name, told)
    except Unusable as error:
        raise ExpressionError(f"{value.where}: `{name}` {error}") from error
    if text is None:
        raise ExpressionError(f"{value.where}: `{name}` has no usable value in this payload")
    return text
