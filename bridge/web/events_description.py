"""What `/openapi.json` says of `/api/events`, `/api/replay` and `/api/discard`."""

from __future__ import annotations

from typing import Any

from bridge.model import State
from bridge.web.shapes import READ, TEXT, TIME, answers, array, limit, named, parameter, whole

_STATE: dict[str, Any] = {"type": "string", "enum": [state.value for state in State]}
_MOMENT = {"type": "string", "description": "ISO 8601; UTC where it names no other."}
_NUMBER = {"type": "integer"}
_CURSOR = {"type": "string", "nullable": True}
_FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "state": ("In this state only.", _STATE),
    "source": ("Of this source only.", TEXT),
    "type": ("Of this type only.", TEXT),
    "subject": ("About this subject only.", TEXT),
    "since": ("Received then or later.", _MOMENT),
    "until": ("Received before.", _MOMENT),
}
_401 = {"401": "The bearer token is missing or wrong."}
_404 = {"404": "There is no event of that id."}
_503 = {"503": "No token is configured: the API is closed; or the database cannot be reached."}
_LISTING = {"400": "A parameter is unknown, or its value is none that it can have."}
_BODY = {
    "400": "The body is no JSON object, names nothing the events have in common, or a value is "
    "none that it can have.",
    **_401,
    "409": "`confirm` is not how many events it is by now; `matched` is.",
    "413": "The body is too large.",
    "415": "The body's encoding is not read.",
    **_503,
}
_PACED = (
    "Live events go first; each event keeps its row, time and place. What is pending or being "
    "worked on, and what arrives after the count, is left alone. "
)
_PIECES = (
    "Without `confirm` it only counts. One request changes some thousand events: while `cursor` is "
    "not null, send the same again with it, and confirm."
)


def paths() -> dict[str, Any]:
    """Give the description of the paths."""
    return {
        "/api/events": {"get": _list()},
        "/api/events/{event_id}": {"get": _show()},
        "/api/events/{event_id}/replay": {"post": _repair("replay", "Apply an event again")},
        "/api/events/{event_id}/discard": {
            "post": _repair("discard", "End an event that shall not be applied")
        },
        "/api/replay": {"post": _bulk("replay", "Apply events again", _PACED)},
        "/api/discard": {"post": _bulk("discard", "End events that shall not be applied", "")},
    }


def schemas() -> dict[str, Any]:
    """Give the schemas that the paths refer to."""
    attempts = {"attempts": array(named("Attempt"))}
    fate = whole({**_EVENT, **attempts})
    payload = {"payload": {"nullable": True, "description": "What was sent; null: erased."}}
    return {
        "Event": whole(_EVENT),
        "Fate": {**fate, "properties": {**fate["properties"], **payload}},
        "Attempt": whole(_ATTEMPT),
        "Repaired": whole({"matched": _NUMBER, "changed": _NUMBER, "cursor": _CURSOR}),
    }


def _list() -> dict[str, Any]:
    filters = [parameter(name, doc, schema) for name, (doc, schema) in _FILTERS.items()]
    cursor = parameter("cursor", "The `cursor` of the page before: older events follow.")
    found = whole({"events": array(named("Event")), "cursor": _CURSOR})
    return {
        "operationId": "events",
        "summary": "Events, the newest first",
        "description": "Events that arrive meanwhile move no page. A token for reading is enough.",
        "tags": ["events"],
        "security": READ,
        "parameters": [*filters, cursor, limit(1_000, 50)],
        "responses": answers(found, {**_LISTING, **_401, **_503}),
    }


def _show() -> dict[str, Any]:
    schema = {"type": "string", "enum": ["true", "false"], "default": "false"}
    return {
        "operationId": "event",
        "summary": "One event: what became of it, attempt by attempt, call by call",
        "description": "A token for reading is enough.",
        "tags": ["events"],
        "security": READ,
        "parameters": [_event_id(), parameter("payload", "true: also what was sent.", schema)],
        "responses": answers(named("Fate"), {**_LISTING, **_401, **_404, **_503}),
    }


def _repair(name: str, summary: str) -> dict[str, Any]:
    cannot = {"409": "It has ended, or is being worked on."} if name == "discard" else {}
    return {
        "operationId": f"event_{name}",
        "summary": summary,
        "tags": ["events"],
        "parameters": [_event_id()],
        "responses": answers(named("Event"), {**_401, **_404, **cannot, **_503}),
    }


def _bulk(name: str, summary: str, paced: str) -> dict[str, Any]:
    filters = {
        each: {**schema, "description": doc, "nullable": True}
        for each, (doc, schema) in _FILTERS.items()
    }
    filters["state"] = {**filters["state"], "enum": [*_STATE["enum"], None]}
    confirm = {
        "oneOf": [{"type": "boolean"}, {"type": "integer", "minimum": 0}],
        "nullable": True,
        "description": "true, or the number of events that was counted, which must still hold.",
    }
    cursor = {**_CURSOR, "description": "The `cursor` of the answer before."}
    request = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**filters, "confirm": confirm, "cursor": cursor},
    }
    return {
        "operationId": name,
        "summary": f"{summary}: all that have something in common",
        "description": paced + _PIECES,
        "tags": ["events"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": answers(named("Repaired"), _BODY),
    }


def _event_id() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    return {"name": "event_id", "in": "path", "required": True, "schema": schema}


_TIME_OR_NULL = {**TIME, "nullable": True}
_EVENT: dict[str, Any] = {
    "id": _NUMBER,
    "source": TEXT,
    "key": {"type": "string", "description": "By which its source tells its events apart."},
    "type": TEXT,
    "time": {**TIME, "description": "When it happened, by its source."},
    "version": _NUMBER,
    "subject": TEXT,
    "lane_id": _NUMBER,
    "position": {"type": "integer", "description": "Its place among the events of its subject."},
    "state": _STATE,
    "reason": {"type": "string", "description": "Why it is in that state, in words."},
    "notes": array(TEXT),
    "tries": _NUMBER,
    "received_at": TIME,
    "updated_at": TIME,
    "due_by": {**_TIME_OR_NULL, "description": "Until when it waits."},
    "route": TEXT,
    "candidates": array(whole({"intercom_id": TEXT, "kind": TEXT, "why": TEXT})),
}
_ATTEMPT: dict[str, Any] = {
    "number": _NUMBER,
    "started_at": TIME,
    "seconds": {"type": "number"},
    "outcome": TEXT,
    "error": TEXT,
    "calls": array({"type": "object"}),
    "folded_into": {
        "type": "integer",
        "nullable": True,
        "description": "The event that has the calls.",
    },
}
