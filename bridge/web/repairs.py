"""`POST /api/replay` and `/api/discard`: many events at once; counted first, then in pieces."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import structlog
from flask import Blueprint, Response, jsonify

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.store import bulk
from bridge.store.bulk import EVERYWHERE, Repair, Stretch
from bridge.store.database import Database
from bridge.store.selection import Selection
from bridge.web.bearer import admitted
from bridge.web.body import parameters
from bridge.web.events import LAST, refused
from bridge.web.selecting import number, selection

log = structlog.get_logger()

_PARTS = 10
"""Transactions in one request: it must end long before platforms give up on it."""


def blueprint(db: Database, admin: Mapping[str, str], max_body: int) -> Blueprint:
    """Give the routes; `max_body` in bytes."""
    routes = Blueprint("repairs", __name__)

    @routes.post("/api/replay")
    def replay() -> Response:
        return _asked(db, admin, max_body, Repair.REPLAY)

    @routes.post("/api/discard")
    def discard() -> Response:
        return _asked(db, admin, max_body, Repair.DISCARD)

    return routes


def _asked(db: Database, admin: Mapping[str, str], max_body: int, what: Repair) -> Response:
    who = admitted(admin)
    if isinstance(who, Response):
        return who
    try:
        body = parameters(max_body)
        chosen = selection(body, ("confirm", "cursor"))
        confirmed, stretch = _confirmed(body.get("confirm")), _stretch(body.get("cursor"))
    except Unreadable as error:
        return refused(error.status, str(error))
    if not chosen:
        return refused(400, 'say which: by state, source, …; {"until": "9999-01-01"} means all')
    return _repair(db, what, chosen, confirmed, stretch, who)


def _repair(
    db: Database,
    what: Repair,
    chosen: Selection,
    confirmed: bool | int,
    stretch: Stretch,
    who: str,
) -> Response:
    matched, left = bulk.begin(db, what, chosen, stretch)
    if confirmed is False:
        return _answer(matched, 0, None)
    if confirmed is not True and confirmed != matched:
        return refused(409, f"it is {matched} events by now, not {confirmed}", matched=matched)
    parts = list(islice(bulk.carry_out(db, what, chosen, left), _PARTS))
    changed = sum(part.changed for part in parts)
    log.info("events were repaired", what=what, matched=matched, changed=changed, by=who)
    return _answer(matched, changed, parts[-1].left)


def _answer(matched: int, changed: int, left: Stretch | None) -> Response:
    cursor = None if left is None else f"{left.after}-{left.last}"
    return jsonify({"matched": matched, "changed": changed, "cursor": cursor})


def _confirmed(told: Json) -> bool | int:
    """Give True, False, or how many events the caller believes it to be."""
    if told is None or isinstance(told, bool):
        return bool(told)
    if isinstance(told, int) and told >= 0:
        return told
    raise Unreadable("confirm must be true, false, or the number of events that was counted")


def _stretch(cursor: Json) -> Stretch:
    if cursor is None:
        return EVERYWHERE
    if not isinstance(cursor, str):
        raise Unreadable("cursor must be what an answer had as cursor")
    after, _, last = cursor.partition("-")
    return Stretch(number(after, "cursor", LAST), number(last, "cursor", LAST))
