"""`/api/events`: every event's fate; one of them applied again, or ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response, jsonify, request

from bridge.errors import BridgeError, StoreUnavailable, Unreadable
from bridge.model import Json, StoredEvent
from bridge.store import events as stored
from bridge.store.bulk import Repair
from bridge.store.database import Database
from bridge.web import fate
from bridge.web.bearer import admitted
from bridge.web.selecting import number, selection

log = structlog.get_logger()

MOST = 1_000
"""How many may be asked for at once."""

LAST = 2**63 - 1
"""The greatest id that there can be."""

_ONE = f"/api/events/<int(max={LAST}):event_id>"


def blueprint(
    db: Database,
    admin: Mapping[str, str],
    read: Mapping[str, str],
    as_sent: Callable[[StoredEvent], Json],
) -> Blueprint:
    """Give the routes; `as_sent` gives the payload of an event to look at."""
    routes = Blueprint("events", __name__)

    @routes.get("/api/events")
    def listing() -> Response:
        who = admitted(admin, read)
        return who if isinstance(who, Response) else _listed(db, request.args)

    @routes.get(_ONE)
    def show(event_id: int) -> Response:
        who = admitted(admin, read)
        return who if isinstance(who, Response) else _shown(db, event_id, request.args, as_sent)

    @routes.post(f"{_ONE}/replay")
    def replay(event_id: int) -> Response:
        return _repair(db, admin, Repair.REPLAY, event_id)

    @routes.post(f"{_ONE}/discard")
    def discard(event_id: int) -> Response:
        return _repair(db, admin, Repair.DISCARD, event_id)

    return routes


def refused(status: int, reason: str, **more: Json) -> Response:
    """Give the answer that refuses a request."""
    response = jsonify({"error": reason, **more})
    response.status_code = status
    return response


def _listed(db: Database, query: Mapping[str, str]) -> Response:
    try:
        chosen = selection(dict(query), ("cursor", "limit"))
        limit = number(query.get("limit", "50"), "limit", MOST)
        before = number(query["cursor"], "cursor", LAST) if "cursor" in query else None
    except Unreadable as error:
        return refused(400, str(error))
    rows = stored.listing(db, chosen, before_id=before, limit=limit + 1)
    page = rows[:limit]
    cursor = str(page[-1].id) if len(rows) > limit else None
    return jsonify({"events": [fate.row(row) for row in page], "cursor": cursor})


def _shown(
    db: Database,
    event_id: int,
    query: Mapping[str, str],
    as_sent: Callable[[StoredEvent], Json],
) -> Response:
    if set(query) - {"payload"} or query.get("payload", "false") not in {"true", "false"}:
        return refused(400, "the one parameter is payload: true or false")
    event, row = stored.get(db, event_id), stored.row(db, event_id)
    if event is None or row is None:
        return _unknown(event_id)
    told = fate.whole(row, stored.attempts(db, event_id))
    if query.get("payload") == "true":
        told["payload"] = as_sent(event)
    return jsonify(told)


def _repair(db: Database, admin: Mapping[str, str], what: Repair, event_id: int) -> Response:
    who = admitted(admin)
    if isinstance(who, Response):
        return who
    if stored.row(db, event_id) is None:
        return _unknown(event_id)
    try:
        (stored.replay if what is Repair.REPLAY else stored.discard)(db, event_id)
    except StoreUnavailable:
        raise
    except BridgeError as error:
        return refused(409, str(error))
    log.info("an event was repaired", what=what, events=[event_id], by=who)
    after = stored.row(db, event_id)
    return _unknown(event_id) if after is None else jsonify(fate.row(after))


def _unknown(event_id: int) -> Response:
    return refused(404, f"there is no event {event_id}; GET /api/events lists those there are")
