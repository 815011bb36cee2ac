"""Deleting contacts for good: their role is looked at before, and what is gone already is no error.

A merged contact is not followed here: that would delete somebody else.
"""

from __future__ import annotations

from typing import Any

from bridge.errors import IntercomMerged, IntercomNotFound, IntercomRefused
from bridge.intercom import calls
from bridge.intercom.operations import contacts
from bridge.intercom.operations.contacts import Found, Look
from bridge.intercom.operations.errors import OtherRole
from bridge.intercom.operations.workspace import Work
from bridge.model import Target

GONE = 404


def delete(work: Work, told: str, role: str, look: Look) -> int:
    """Delete the contact that `told` means; give Intercom's status, 404 where it was gone before.

    Raises OtherRole where it is not of `role`.
    """
    for found in contacts.candidates(work, told, look):
        if _deleted(work, found, role):
            return 200
    return GONE


def _deleted(work: Work, found: Found, role: str) -> bool:
    target = Target("contact", found[0])
    work.known.hold([f"contact:{target.id}"])
    held = _role(work, found)
    if held is not None and held != role:
        raise OtherRole(
            f"contact {target.id} is a {held}, not a {role}: nothing was deleted; "
            f"use `{held} delete` if it shall go"
        )
    try:
        calls.delete_contact(work.client, target.id)
    except IntercomNotFound:
        work.known.forget(target)
        return False
    work.known.forget(target)
    return True


def _role(work: Work, found: Found) -> str | None:
    """Give the contact's role, None where it cannot be read: archived, or gone."""
    known = work.known.shadow(Target("contact", found[0])).get("role")
    if known is not None:
        return str(known)
    try:
        answer: dict[str, Any] = found[1] or calls.get_contact(work.client, found[0])
    except IntercomNotFound:
        return None
    except IntercomMerged as merged:
        raise IntercomRefused(
            f"contact {found[0]} was merged into {merged.into}: nothing was deleted; name "
            "that one if it shall go",
            status=merged.status,
            code=merged.code,
            request_id=merged.request_id,
        ) from merged
    return str(answer.get("role"))
