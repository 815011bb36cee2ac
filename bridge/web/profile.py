"""A person or company with every field's origin as JSON: for the API and for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.clock import Micros, clock_face, iso
from bridge.model import Identifier, Json, Origin, Run, Target
from bridge.store import people
from bridge.store.database import Database
from bridge.store.duplicates import Duplicate
from bridge.store.events import EventRow
from bridge.store.links import Link
from bridge.store.people import Profile
from handlers.answers import is_edge
from handlers.origins import origins


def shown(profile: Profile) -> dict[str, Json]:
    """Give a profile; times in ISO 8601. `fields` go by Intercom's names, flat."""
    found = origins(profile.shadow, profile.runs, profile.links)
    return {
        "kind": profile.target.kind,
        "intercom_id": profile.target.id,
        "workspace": profile.workspace,
        "identifiers": [_link(one) for one in profile.links],
        "fields": [_origin(one, one.field) for one in found if not is_edge(one.field)],
        "tags": [_origin(one, name) for one, name in _marked(found, "tag:")],
        "companies": [
            {**_origin(one, profile.companies.get(id_, "")), "intercom_id": id_}
            for one, id_ in _marked(found, "company:")
        ],
        "duplicates": [_duplicate(one, profile.target) for one in profile.duplicates],
        "events": [_event(one) for one in profile.events],
    }


def nobody(db: Database, wanted: Sequence[Identifier]) -> str:
    """Say that nobody is known by any of these, why that may be, and what to do."""
    by = ", ".join(dict.fromkeys(one.name for one in wanted))
    told = f"nobody is known by that (looked for as: {by or 'nothing usable'})"
    if waiting := people.waiting(db, wanted):
        named = ", ".join(map(str, waiting))
        return f"{told}, but events wait for it: {named}. `bridge events show` says until when"
    erased = people.erased_at(db, wanted)
    if erased is not None:
        return f"{told}: who had it was erased, as of {clock_face(erased)} UTC; nothing is kept"
    return f"{told}. The first event that means somebody links them: see `bridge events list`"


def _marked(found: tuple[Origin, ...], prefix: str) -> list[tuple[Origin, str]]:
    return [(one, one.field[len(prefix) :]) for one in found if one.field.startswith(prefix)]


def _origin(one: Origin, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": one.value,
        "confirmed_at": _time(one.confirmed_at),
        "said": None if one.said is None else _run(one.said),
        "others": [_run(other) for other in one.others],
        "why": one.why,
        "drift": one.drift,
    }


def _run(one: Run) -> dict[str, Any]:
    return {
        "source": one.source,
        "value": one.value,
        "since": iso(one.first.time),
        "until": iso(one.last.time),
        "event_id": one.event_id,
        "route": one.route,
    }


def _link(one: Link) -> dict[str, Any]:
    return {
        "name": one.identifier.name,
        "value": one.identifier.value,
        "source": one.source,
        "event_id": one.event_id,
        "since": iso(one.created_at),
    }


def _duplicate(one: Duplicate, target: Target) -> dict[str, Any]:
    return {
        "intercom_id": one.other(target).id,
        "how": one.how,
        "name": one.name,
        "source": one.source,
        "event_id": one.event_id,
        "found_at": iso(one.found_at),
        "settled_at": _time(one.settled_at),
    }


def _event(one: EventRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": one.source,
        "type": one.type,
        "state": one.state.value,
        "reason": one.reason,
        "time": iso(one.time),
    }


def _time(moment: Micros | None) -> str | None:
    return None if moment is None else iso(moment)
