"""`GET /api/people/duplicates`: contacts that seem to be one person."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from bridge.clock import iso
from bridge.errors import Unreadable
from bridge.model import Json
from bridge.store import duplicates as stored
from bridge.store.database import Database
from bridge.store.duplicates import Duplicate
from bridge.web.bearer import admitted

MOST = 10_000
"""How many may be asked for at once."""


def blueprint(db: Database, admin: Mapping[str, str], read: Mapping[str, str]) -> Blueprint:
    """Give the route."""
    routes = Blueprint("duplicates", __name__)

    @routes.get("/api/people/duplicates")
    def duplicates() -> Response:
        who = admitted(admin, read)
        if isinstance(who, Response):
            return who
        try:
            settled, limit = _asked(request.args)
        except Unreadable as error:
            response = jsonify({"error": str(error)})
            response.status_code = 400
            return response
        found = stored.listing(db, settled=settled, limit=limit)
        return jsonify({"duplicates": [row(one) for one in found]})

    return routes


def row(one: Duplicate) -> dict[str, Json]:
    """Give a pair for JSON; times in ISO 8601."""
    return {
        "ids": [target.id for target in one.pair],
        "kind": one.pair[0].kind,
        "name": one.name,
        "how": one.how,
        "source": one.source,
        "event_id": one.event_id,
        "found_at": iso(one.found_at),
        "settled_at": None if one.settled_at is None else iso(one.settled_at),
    }


def _asked(query: Mapping[str, str]) -> tuple[bool, int]:
    """Read whether settled pairs are wanted too, and how many at most; raise Unreadable."""
    if unknown := sorted(set(query) - {"all", "limit"}):
        raise Unreadable(f"there is no parameter {unknown[0][:60]}; there are: all, limit")
    settled, limit = query.get("all", "false"), query.get("limit", "100")
    if settled not in {"true", "false"}:
        raise Unreadable("all must be true or false")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 9 and 1 <= int(limit) <= MOST):
        raise Unreadable(f"limit must be a number from 1 to {MOST}")
    return settled == "true", int(limit)
