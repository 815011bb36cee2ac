"""A person or company with every field's origin as JSON: for the API and for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.clock import Micros, iso
from bridge.model import Identifier, Json, Origin, Run
from bridge.store.events import EventRow
from bridge.store.links import Link
from bridge.store.people import Profile
from handlers.answers import is_mark
from handlers.origins import origins


def shown(profile: Profile) -> dict[str, Json]:
    """Give a profile; times in ISO 8601. `fields` go by Intercom's names, flat."""
    found = origins(profile.shadow, profile.runs, profile.links)
    return {
        "kind": profile.target.kind,
        "intercom_id": profile.target.id,
        "workspace": profile.workspace,
        "identifiers": [_link(one) for one in profile.links],
        "fields": [_origin(one, one.field) for one in found if not is_mark(one.field)],
        "tags": [_origin(one, name) for one, name in _marked(found, "tag:")],
        "companies": [
            {**_origin(one, profile.companies.get(id_, "")), "intercom_id": id_}
            for one, id_ in _marked(found, "company:")
        ],
        "events": [_event(one) for one in profile.events],
    }


def nobody(wanted: Sequence[Identifier], waiting: Sequence[int]) -> str:
    """Say that nobody is known by any of these, and what to do."""
    by = ", ".join(dict.fromkeys(one.name for one in wanted)) or "any name"
    if not waiting:
        return (
            f"nobody is known by that (looked for as: {by}). People are linked by the first event "
            "that means them: `bridge events list` shows what came in"
        )
    told = ", ".join(map(str, waiting))
    return (
        f"nobody is known by that yet (looked for as: {by}), but events wait for it: {told}. "
        f"`bridge events show {waiting[0]}` says until when"
    )


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
