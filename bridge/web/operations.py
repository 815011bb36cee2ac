"""`POST /api/operations/<resource>/<operation>`: the fifteen operations over HTTP.

200 whenever an operation ran, with Intercom's status in `StatusCode`; what is wrong with the
request itself has a status of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.errors import Unreadable
from bridge.intercom.operations import OPERATIONS
from bridge.model import Json
from bridge.web import openapi
from bridge.web.bearer import admitted
from bridge.web.body import parameters

log = structlog.get_logger()

Perform = Callable[..., dict[str, Json]]
"""Does an operation: (operation, body, objects_as_text=…) → outputs."""


def blueprint(perform: Perform, tokens: Mapping[str, str], max_body: int) -> Blueprint:
    """Give the routes; `max_body` in bytes."""
    routes = Blueprint("operations", __name__)

    @routes.post("/api/operations/<resource>/<name>")
    def operate(resource: str, name: str) -> Response:
        who = admitted(tokens)
        if isinstance(who, Response):
            return who
        operation = OPERATIONS.get((resource, name))
        if operation is None:
            return _refused(404, f"there is no operation {resource}/{name}; see /openapi.json")
        try:
            body, as_text = parameters(max_body), _objects_as_text()
        except Unreadable as error:
            return _refused(error.status, str(error))
        began = monotonic()
        answer = perform(operation, body, objects_as_text=as_text)
        log.info(
            "operation",
            resource=resource,
            operation=name,
            by=who,
            status=answer["StatusCode"],
            ms=round((monotonic() - began) * 1000),
        )
        return jsonify(answer)

    @routes.get("/openapi.json")
    def description() -> Response:
        return jsonify(openapi.description())

    return routes


def _objects_as_text() -> bool:
    wanted = request.args.get("objects", "json")
    if wanted not in {"json", "text"}:
        raise Unreadable("objects must be json or text")
    return wanted == "text"


def _refused(status: int, reason: str) -> Response:
    response = jsonify({"error": reason})
    response.status_code = status
    return response
