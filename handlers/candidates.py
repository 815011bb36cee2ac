"""Which contacts may be the person: an address several share, and who is surely somebody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.errors import Candidate, Parked
from bridge.model import Identifier, Json, PersonChange, Target

SHARED = ("email", "phone")
"""Identifiers that several people may have."""

Get = Callable[[str], Json]


@dataclass(frozen=True, slots=True)
class Found:
    """A contact, and the identifier that led to it."""

    target: Target
    by: Identifier


def is_someone_else(change: PersonChange, identifier: Identifier, get: Get) -> bool:
    """Say whether a contact is a user of another external_id than the Change asks for.

    Only an external_id that is trusted as much as `identifier` or more is asked for: what stands
    behind it in `match` never overrules it. Who has the one that `set` puts in its place already is
    the same person.
    """
    trusted = change.match[: change.match.index(identifier) + 1]
    asked = next((one.value for one in trusted if one.name == "external_id"), None)
    own = {None, asked, change.set.get("external_id")}
    return asked is not None and get("role") == "user" and get("external_id") not in own


def ambiguous(identifier: Identifier, found: Sequence[tuple[str, Get]]) -> Parked:
    """Give the error that says who fits (id, and how to get a field) where one must be meant."""
    ids = [one for one, _ in found]
    return Parked(
        "ambiguous",
        f"{len(ids)} contacts share this {identifier.name}: {', '.join(ids)}. Merge them in "
        "Intercom or give the source an external_id, then replay; or set `ambiguous: newest`.",
        [candidate(one, get, f"has this {identifier.name}") for one, get in found],
    )


def candidate(intercom_id: str, get: Get, why: str) -> Candidate:
    """Give one of those who may be meant, as the event keeps it."""
    return Candidate(intercom_id, str(get("role") or "contact"), why)
