"""What `/openapi.json` says of `/api/people` and `/api/people/duplicates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.web.shapes import READ, TEXT, TIME, answers, array, limit, named, parameter, whole

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
    "name": TEXT,
    "source": TEXT,
    "event_id": _EVENT_ID,
    "found_at": TIME,
    "settled_at": {**TIME, "nullable": True},
}


def paths() -> dict[str, Any]:
    """Give the description of the paths."""
    people = {
        "operationId": "people",
        "summary": "Who somebody is, and why each field holds what it holds",
        "description": "Everybody whom one identifier means. It asks the bridge's own store, never "
        "Intercom. A token for reading is enough.",
        "parameters": [*(parameter(*one) for one in _IDENTIFIERS.items()), _links()],
        "responses": answers(whole({"people": array(named("Person"))}), _REFUSALS),
    }
    duplicates = {
        "operationId": "duplicates",
        "summary": "Contacts that seem to be one person",
        "description": "The newest pair first. A token for reading is enough.",
        "parameters": [_all(), limit(10_000, 100)],
        "responses": answers(whole({"duplicates": array(named("Duplicate"))}), _REFUSED_LIST),
    }
    read = {"tags": ["people"], "security": READ}
    return {
        "/api/people": {"get": {**people, **read}},
        "/api/people/duplicates": {"get": {**duplicates, **read}},
    }


def schemas() -> dict[str, Any]:
    """Give the schemas that the paths refer to."""
    return {
        "Person": _person(),
        "Origin": _origin({}),
        "Said": _said(),
        "Duplicate": whole({"ids": array(TEXT), "kind": _KIND, **_PAIR}),
    }


def _links() -> dict[str, Any]:
    return {
        "name": "links",
        "in": "query",
        "description": "A source's own id instead: stripe_customer=cus_9.",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": TEXT},
    }


def _all() -> dict[str, Any]:
    schema = {"type": "string", "enum": ["true", "false"], "default": "false"}
    doc = "true: also pairs that are settled, or became one."
    return parameter("all", doc, schema)


def _person() -> dict[str, Any]:
    identifier = {
        "name": TEXT,
        "value": TEXT,
        "source": TEXT,
        "event_id": _EVENT_ID,
        "since": TIME,
    }
    event = {
        "id": {"type": "integer"},
        **dict.fromkeys(("source", "type", "state", "reason"), TEXT),
        "time": TIME,
    }
    origin = named("Origin")
    return whole(
        {
            "kind": _KIND,
            "intercom_id": TEXT,
            "workspace": TEXT,
            "identifiers": array(whole(identifier)),
            "fields": array(origin),
            "tags": array(origin),
            "companies": array(_origin({"intercom_id": TEXT})),
            "duplicates": array(whole({"intercom_id": TEXT, **_PAIR})),
            "events": array(whole(event)),
        }
    )


def _origin(more: Mapping[str, Any]) -> dict[str, Any]:
    said = named("Said")
    return whole(
        {
            "name": TEXT,
            "value": {**_ANY, "description": "What Intercom was last seen to hold."},
            "confirmed_at": {**TIME, "nullable": True, "description": "When that was seen."},
            "said": {**_said(), "nullable": True, "description": "The word that counts."},
            "others": {**array(said), "description": "The newest word of each other source."},
            "why": {"type": "string", "description": "Why that word counts."},
            "drift": {
                "type": "string",
                "description": "Why Intercom does not hold just that; empty where it does.",
            },
            **more,
        }
    )


def _said() -> dict[str, Any]:
    told = {"source": TEXT, "value": _ANY, "since": TIME, "until": TIME}
    return whole({**told, "event_id": _EVENT_ID, "route": TEXT})
