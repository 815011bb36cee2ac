"""The Flask application: routes registered, every request under an id, errors in one shape."""

from __future__ import annotations

import re
import secrets

import structlog
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from bridge.web import health, hooks, start
from bridge.web.hooks import Receiver

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'",
}


def create_app(receiver: Receiver, *, trusted_proxies: int = 0) -> Flask:
    """Give the web application; it keeps no state but what it is given."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(hooks.blueprint(receiver))
    app.register_blueprint(health.blueprint(receiver.db, receiver.endpoints, receiver.clock))
    app.register_blueprint(start.blueprint(receiver.endpoints, receiver.public_url))
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _fault)
    if trusted_proxies:
        wsgi = ProxyFix(app.wsgi_app, *[trusted_proxies] * 3)
        app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def _begin() -> None:
    told = request.headers.get("X-Request-Id", "")
    g.request_id = told if _REQUEST_ID.fullmatch(told) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _forget(_: BaseException | None) -> None:
    """Leave nothing of this request to what its thread logs next."""
    structlog.contextvars.clear_contextvars()


def _refused(error: HTTPException) -> tuple[Response, int]:
    status = error.code or 500
    reason = error.description or error.name
    if status == 404:
        reason = "there is nothing at this address"
    if status == 405 and request.path.startswith("/hooks/"):
        reason = "webhooks are sent by POST"
    answer = jsonify({"error": reason})
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer, status


def _fault(error: Exception) -> tuple[Response, int]:
    log.error("fault while answering", method=request.method, path=_path(), exc_info=error)
    answer = jsonify({"error": "a fault of ours; send it again", "request_id": g.request_id})
    answer.headers["Retry-After"] = "30"
    return answer, 503


def _path() -> str:
    """Give the path without what may be a secret in it."""
    parts = request.path.split("/")
    return "/".join(parts[:3]) if parts[1:2] == ["hooks"] else request.path
