"""What the descriptions in `/openapi.json` are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = {"type": "string"}
TIME = {"type": "string", "description": "ISO 8601, UTC."}
READ: list[dict[str, list[str]]] = [{"admin": []}, {"read": []}]
"""Who may read: a token of either kind."""


def whole(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an object that has all of these properties and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def array(items: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a list."""
    return {"type": "array", "items": dict(items)}


def named(schema: str) -> dict[str, Any]:
    """Refer to a schema of the description by its name."""
    return {"$ref": f"#/components/schemas/{schema}"}


def parameter(name: str, doc: str, schema: Mapping[str, Any] = TEXT) -> dict[str, Any]:
    """Describe a parameter of the query."""
    return {"name": name, "in": "query", "description": doc, "schema": dict(schema)}


def limit(most: int, default: int) -> dict[str, Any]:
    """Describe the parameter that bounds a list."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return parameter("limit", "How many at most.", schema)


def answer(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an answer."""
    return {"description": text, "content": {"application/json": {"schema": dict(schema)}}}


def answers(found: Mapping[str, Any], refusals: Mapping[str, str]) -> dict[str, Any]:
    """Describe the answer that is hoped for, and those that refuse, by status."""
    refused = {status: answer(text, named("Refusal")) for status, text in refusals.items()}
    return {"200": answer("What was asked for.", found), **refused}
