"""`/openapi.json`: the API described for programs, operations from their declarations."""

from __future__ import annotations

from functools import cache
from typing import Any

from bridge import __version__
from bridge.intercom.operations import OPERATIONS, Operation, Output, Parameter
from bridge.web import events_description, people_description

_REFUSALS = {
    "400": "The body is no JSON object, or `objects` is neither json nor text.",
    "401": "The bearer token is missing or wrong.",
    "413": "The body is too large.",
    "415": "The body's encoding is not read.",
    "503": "No token is configured: the API is closed.",
}
_STATUS = (
    "Intercom's HTTP status; -1: a parameter is wrong, nothing was sent; 500: a failure of ours."
)


@cache
def description() -> dict[str, Any]:
    """Give the description, OpenAPI 3.0."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Intercom bridge",
            "version": __version__,
            "description": "The fifteen operations on companies, leads and users of Intercom, "
            "what the bridge knows of people and companies, and what became of every event.",
        },
        "paths": {
            **{
                f"/api/operations/{one.resource}/{one.name}": {"post": _operation(one)}
                for one in OPERATIONS.values()
            },
            **people_description.paths(),
            **events_description.paths(),
        },
        "components": {
            "securitySchemes": {
                "admin": _bearer("A token of BRIDGE_ADMIN_TOKEN."),
                "read": _bearer("A token of BRIDGE_READ_TOKEN: for GET only."),
            },
            "schemas": {
                "Refusal": _refusal(),
                **people_description.schemas(),
                **events_description.schemas(),
            },
        },
        "security": [{"admin": []}],
    }


def _bearer(text: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "description": text}


def _operation(one: Operation) -> dict[str, Any]:
    return {
        "operationId": f"{one.resource}_{one.name.replace('-', '_')}",
        "summary": one.title,
        "description": one.doc,
        "tags": [one.resource],
        "parameters": [_objects()],
        "requestBody": {
            "required": any(given.required for given in one.parameters),
            "content": {"application/json": {"schema": _request(one)}},
        },
        "responses": {
            "200": {
                "description": "The operation ran; StatusCode and ErrorMessage say how.",
                "content": {"application/json": {"schema": _answer(one)}},
            },
            **{status: _refused(text) for status, text in _REFUSALS.items()},
        },
    }


def _objects() -> dict[str, Any]:
    return {
        "name": "objects",
        "in": "query",
        "description": "text: outputs that are objects or arrays come as JSON text.",
        "schema": {"type": "string", "enum": ["json", "text"], "default": "json"},
    }


def _request(one: Operation) -> dict[str, Any]:
    required = [given.seed for given in one.parameters if given.required]
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {given.seed: _parameter(given) for given in one.parameters},
    }
    return {**schema, "required": required} if required else schema


def _parameter(given: Parameter) -> dict[str, Any]:
    # null and, but for a cursor, "" are the same as leaving it out.
    return {**given.kind.schema, "description": given.doc, "nullable": not given.required}


def _answer(one: Operation) -> dict[str, Any]:
    outputs = {output.seed: _output(output) for output in one.outputs}
    told = {
        "StatusCode": {"type": "integer", "description": _STATUS},
        "ErrorMessage": {"type": "string", "description": "Empty on success."},
    }
    remarks = {
        "type": "array",
        "items": {"type": "string"},
        "description": "What one should know although all went well; only there if something is.",
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*outputs, *told],
        "properties": {**outputs, **told, "Remarks": remarks},
    }


def _output(output: Output) -> dict[str, Any]:
    schema = dict(output.form.schema)
    if schema["type"] in {"object", "array"}:
        text = {"type": "string", "description": "With objects=text."}
        return {"description": output.doc, "oneOf": [schema, text]}
    return {"description": output.doc, **schema}


def _refusal() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string", "description": "The reason, in words."}},
    }


def _refused(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
