"""`GET /api/people?email=…`: who somebody is, and why each field holds what it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.errors import Unreadable
from bridge.mapping.identify import Unusable, usable
from bridge.model import Identifier
from bridge.store import people as stored
from bridge.store.database import Database
from bridge.web.bearer import admitted
from bridge.web.profile import nobody, shown

log = structlog.get_logger()


def blueprint(
    db: Database, admin: Mapping[str, str], read: Mapping[str, str], names: Collection[str]
) -> Blueprint:
    """Give the routes; `names` are the identifiers that the mappings know by now."""
    routes = Blueprint("people", __name__)

    @routes.get("/api/people")
    def people() -> Response:
        who = admitted(admin, read)
        if isinstance(who, Response):
            return who
        try:
            wanted = _wanted({*Identifier.FIELDS, *names, *stored.names(db)})
        except Unreadable as error:
            return _refused(400, str(error))
        found = stored.find(db, [wanted])
        log.info("people looked up", by=who, identifier=wanted.name, found=len(found))
        if not found:
            return _refused(404, nobody(db, [wanted]))
        return jsonify({"people": [shown(one) for one in found]})

    return routes


def _wanted(names: Collection[str]) -> Identifier:
    """Read the one identifier that the request asks for; raise Unreadable."""
    given = list(request.args.items(multi=True))
    if len(given) != 1:
        raise Unreadable("name exactly one identifier, such as ?email=ada@example.com")
    [(name, value)] = given
    if name not in names:
        raise Unreadable(f"nobody is known by such a name; there are: {_listed(names)}")
    try:
        text = usable(name, value)
    except Unusable as error:
        raise Unreadable(f"this {name} {error}") from error
    if text is None:
        raise Unreadable(f"this can be nobody's {name}")
    return Identifier(name, text)


def _listed(names: Collection[str]) -> str:
    links = sorted(set(names) - set(Identifier.FIELDS))
    return ", ".join([*Identifier.FIELDS, *links])


def _refused(status: int, reason: str) -> Response:
    response = jsonify({"error": reason})
    response.status_code = status
    return response
