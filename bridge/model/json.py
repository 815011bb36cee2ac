"""Names for plain types."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict. Never NaN or Infinity."""

TargetKind = Literal["contact", "company"]
PersonKind = Literal["user", "lead", "contact"]
ROLES: tuple[PersonKind, ...] = ("user", "lead")
"""What a contact is at Intercom: the kinds that say it for sure."""
Deletion = Literal["", "permanently", "archive"]
