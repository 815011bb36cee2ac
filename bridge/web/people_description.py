"""What `/openapi.json` says of `/api/people`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REFUSALS = {
    "400": "Not exactly one identifier, or one of an unknown name, or one that can be nobody's.",
    "401": "The bearer token is missing or wrong.",
    "404": "Nobody is known by it; the reason names the events that wait for it.",
    "503": "No token is configured: the API is closed; or the database cannot be reached.",
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


def path() -> dict[str, Any]:
    """Give the description of the path."""
    return {
        "get": {
            "operationId": "people",
            "summary": "Who somebody is, and why each field holds what it holds",
            "description": "Everybody whom one identifier means. It asks the bridge's own store, "
            "never Intercom. A token for reading is enough.",
            "tags": ["people"],
            "security": [{"admin": []}, {"read": []}],
            "parameters": [*(_parameter(*one) for one in _IDENTIFIERS.items()), _links()],
            "responses": {
                "200": _answer(
                    "Everybody whom it means.",
                    _object({"people": _list({"$ref": "#/components/schemas/Person"})}),
                ),
                **{
                    status: _answer(text, {"$ref": "#/components/schemas/Refusal"})
                    for status, text in _REFUSALS.items()
                },
            },
        }
    }


def schemas() -> dict[str, Any]:
    """Give the schemas that the path refers to."""
    return {"Person": _person(), "Origin": _origin({}), "Said": _said()}


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
    duplicate = {
        "intercom_id": _TEXT,
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
    origin = {"$ref": "#/components/schemas/Origin"}
    return _object(
        {
            "kind": {"type": "string", "enum": ["contact", "company"]},
            "intercom_id": _TEXT,
            "workspace": _TEXT,
            "identifiers": _list(_object(identifier)),
            "fields": _list(origin),
            "tags": _list(origin),
            "companies": _list(_origin({"intercom_id": _TEXT})),
            "duplicates": _list(_object(duplicate)),
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
