"""`/healthz` says that the process answers, `/readyz` that it can do its work."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify

from bridge.errors import StoreUnavailable
from bridge.store import destinations, migrate
from bridge.store.database import Database
from bridge.web.endpoint import Endpoint


def blueprint(db: Database, endpoints: Mapping[str, Endpoint]) -> Blueprint:
    """Give the health routes."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @health.get("/readyz")
    def ready() -> Response:
        try:
            pending, paused = migrate.pending(db), destinations.paused(db)
        except StoreUnavailable as error:
            return _unready({"database": str(error)})
        if pending:
            return _unready({"database": "its tables are not up to date: run `bridge migrate`"})
        problems = {one.source: one.problem for one in endpoints.values() if one.problem}
        if paused is not None:
            problems["intercom"] = f"paused: {paused}"
        return jsonify({"status": "degraded" if problems else "ok", "problems": problems})

    return health


def _unready(problems: dict[str, str]) -> Response:
    response = jsonify({"status": "unavailable", "problems": problems})
    response.status_code = 503
    return response
