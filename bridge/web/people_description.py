"""What `/openapi.json` says of `/api/people` and `/api/people/duplicates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REFUSALS = {
    "400": "Not exactly one identifier, or one of an unknown name, or one that can be nobody's.",
    "401": "The bearer token is missing or wrong.",
    "404": "Nobody is known by it; the reason names the events that wait for it.",
    "503": "No token is configured: the API is closed; or the database cannot be reached.",
}
_REFUSED_LIST = {
    "400": "`all` is neither true nor false, `limit` no number, or another parameter.",
    "401": _REFUSALS["401"],
    "503": _REFUSALS["503"],
}
_IDENTIFIERS = {
    "email": "Their email address.",
    "external_id": "Their id in your own system.",
    "intercom_id": "Intercom's id of the contact or company.",
    "phone": "Their phone number.",
    "company_id": "A company, by its id in your own system.",
}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "description": "ISO 8601, UTC."}
_ANY = {"nullable": True, "description": "Any JSON value; null: empty."}
_EVENT_ID = {
    "type": "integer",
    "nullable": True,
    "description": "See /api/events; null: no event said it.",
}
_KIND = {"type": "string", "enum": ["contact", "company"]}
_PAIR = {
    "how": {
        "type": "string",
        "enum": ["shared", "joined"],
        "description": "shared: both have the identifier `name`; joined: they became one.",
    },
    "name": _TEXT,
    "source": _TEXT,
    "event_id": _EVENT_ID,
    "found_at": _TIME,
    "settled_at": {**_TIME, "nullable": True},
}


def paths() -> dict[str, Any]:
    """Give the description of the paths."""
    people = {
        "operationId": "people",
        "summary": "Who somebody is, and why each field holds what it holds",
        "description": "Everybody whom one identifier means. It asks the bridge's own store, never "
        "Intercom. A token for reading is enough.",
        "parameters": [*(_parameter(*one) for one in _IDENTIFIERS.items()), _links()],
        "responses": _responses("people", "Person", _REFUSALS),
    }
    duplicates = {
        "operationId": "duplicates",
        "summary": "Contacts that seem to be one person",
        "description": "The newest pair first. A token for reading is enough.",
        "parameters": [_all(), _limit()],
        "responses": _responses("duplicates", "Duplicate", _REFUSED_LIST),
    }
    read = {"tags": ["people"], "security": [{"admin": []}, {"read": []}]}
    return {
        "/api/people": {"get": {**people, **read}},
        "/api/people/duplicates": {"get": {**duplicates, **read}},
    }


def _responses(name: str, schema: str, refusals: Mapping[str, str]) -> dict[str, Any]:
    found = _object({name: _list({"$ref": f"#/components/schemas/{schema}"})})
    refusal = {"$ref": "#/components/schemas/Refusal"}
    refused = {status: _answer(text, refusal) for status, text in refusals.items()}
    return {"200": _answer("What was found.", found), **refused}


def schemas() -> dict[str, Any]:
    """Give the schemas that the paths refer to."""
    return {
        "Person": _person(),
        "Origin": _origin({}),
        "Said": _said(),
        "Duplicate": _object({"ids": _list(_TEXT), "kind": _KIND, **_PAIR}),
    }


def _parameter(name: str, doc: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": doc, "schema": _TEXT}


def _links() -> dict[str, Any]:
    return {
        "name": "links",
        "in": "query",
        "description": "A source's own id instead: stripe_customer=cus_9.",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": _TEXT},
    }


def _all() -> dict[str, Any]:
    schema = {"type": "string", "enum": ["true", "false"], "default": "false"}
    doc = "true: also pairs that are settled, or became one."
    return {**_parameter("all", doc), "schema": schema}


def _limit() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100}
    return {**_parameter("limit", "How many at most."), "schema": schema}


def _person() -> dict[str, Any]:
    identifier = {
        "name": _TEXT,
        "value": _TEXT,
        "source": _TEXT,
        "event_id": _EVENT_ID,
        "since": _TIME,
    }
    event = {
        "id": {"type": "integer"},
        **dict.fromkeys(("source", "type", "state", "reason"), _TEXT),
        "time": _TIME,
    }
    origin = {"$ref": "#/components/schemas/Origin"}
    return _object(
        {
            "kind": _KIND,
            "intercom_id": _TEXT,
            "workspace": _TEXT,
            "identifiers": _list(_object(identifier)),
            "fields": _list(origin),
            "tags": _list(origin),
            "companies": _list(_origin({"intercom_id": _TEXT})),
            "duplicates": _list(_object({"intercom_id": _TEXT, **_PAIR})),
            "events": _list(_object(event)),
        }
    )


def _origin(more: Mapping[str, Any]) -> dict[str, Any]:
    said = {"$ref": "#/components/schemas/Said"}
    return _object(
        {
            "name": _TEXT,
            "value": {**_ANY, "description": "What Intercom was last seen to hold."},
            "confirmed_at": {**_TIME, "nullable": True, "description": "When that was seen."},
            "said": {**_said(), "nullable": True, "description": "The word that counts."},
            "others": {**_list(said), "description": "The newest word of each other source."},
            "why": {"type": "string", "description": "Why that word counts."},
            "drift": {
                "type": "string",
                "description": "Why Intercom does not hold just that; empty where it does.",
            },
            **more,
        }
    )


def _said() -> dict[str, Any]:
    told = {"source": _TEXT, "value": _ANY, "since": _TIME, "until": _TIME}
    return _object({**told, "event_id": _EVENT_ID, "route": _TEXT})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _answer(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": dict(schema)}}}
