"""`/healthz` says that the process answers, `/readyz` that it can do its work.

Anybody may read them: they name what is wrong, the log says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog
from flask import Blueprint, Response, jsonify

from bridge.clock import SECOND, Clock
from bridge.errors import StoreUnavailable
from bridge.store import destinations, lanes, revisions
from bridge.store.database import Database
from bridge.web.endpoint import Endpoint

log = structlog.get_logger()

_LATE = 300 * SECOND


def blueprint(db: Database, endpoints: Mapping[str, Endpoint], clock: Clock) -> Blueprint:
    """Give the health routes."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @health.get("/readyz")
    def ready() -> Response:
        try:
            if revisions.pending(db):
                return _unready("its tables are not up to date: run `bridge migrate`")
            blocked = dict(_problems(db, clock))
        except StoreUnavailable as error:
            log.error("not ready", reason=str(error))
            return _unready("it cannot be used: the log says why")
        # A paused destination tells more than the source of its own notifications, named alike.
        problems = {one.source: one.problem for one in endpoints.values() if one.problem} | blocked
        return jsonify({"status": "degraded" if problems else "ok", "problems": problems})

    return health


def _problems(db: Database, clock: Clock) -> Iterator[tuple[str, str]]:
    """Tell what keeps events from being applied."""
    if (reason := destinations.paused(db)) is not None:
        yield "intercom", f"paused: {reason}"
    due = lanes.next_due(db)
    late = clock() - due if due is not None else 0
    if late > _LATE:
        minutes = late // (60 * SECOND)
        yield "worker", f"events are due since {minutes} minutes: is a worker running?"


def _unready(problem: str) -> Response:
    response = jsonify({"status": "unavailable", "problems": {"database": problem}})
    response.status_code = 503
    return response
