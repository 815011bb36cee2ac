"""The sandbox as a web application: what stands before every call, and the answers' envelope.

The rules are in the neighbouring modules; here are tokens, versions, limits, faults, errors.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from bridge.intercom.sandbox import control, routes
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.journal import Exchange, Served
from bridge.intercom.sandbox.model import PREVIEW, Refusal, Version, invalid
from bridge.intercom.sandbox.state import Sandbox

Sleep = Callable[[float], Any]
LATEST: Version = (2, 16)
KNOWN = frozenset({(2, minor) for minor in range(18)})
OPEN_PATHS = ("/_sandbox/", "/favicon.ico")
REFUSALS = {
    "throttle": (
        429,
        "too_many_requests",
        "The server is receiving too many requests for this resource. Try again later",
    ),
    "race": (400, "unique_company_constraint", "Company already exists."),
}
"""What faults answer in the place of carrying the call out."""
READING_POSTS = frozenset({"/contacts/search", "/companies/list"})


def create_sandbox(state: Sandbox, *, token: str | None = None, sleep: Sleep = time.sleep) -> Flask:
    """Give the application that serves a workspace.

    `token`: the only bearer accepted (None: any that is not blank). `sleep` is what faults that
    take time wait with.
    """
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(routes.make(state))
    app.register_blueprint(control.make(state))
    door = _Door(state, token, sleep)
    app.before_request(door.enter)
    app.after_request(door.leave)
    app.register_error_handler(Refusal, door.refuse)
    app.register_error_handler(HTTPException, door.lost)
    return app


class _Door:
    """What every call passes on its way in and out."""

    def __init__(self, state: Sandbox, token: str | None, sleep: Sleep) -> None:
        self._state = state
        self._token = token
        self._sleep = sleep

    def enter(self) -> Response | None:
        """Check token, version and limit, and meet the faults ordered for this call."""
        g.headers, g.faults, g.note = {}, {}, ""
        g.request_id = str(uuid.uuid4())
        if not _is_api():
            return None
        self._admit()
        g.version = _version(request.headers.get("Intercom-Version", ""))
        if not request.accept_mimetypes.accept_json and request.accept_mimetypes:
            raise Refusal(406, "not_acceptable", "The Accept header should be application/json")
        with self._state.lock:
            g.headers = self._state.window.count(self._state.rules, self._state.now())
        g.faults = {f.kind: f for f in self._state.faults.take(request.method, request.path)}
        g.note = ", ".join(g.faults)
        self._before(g.faults)
        return None

    def _admit(self) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        given = given.strip()
        wanted = self._token or given
        right = compare_digest(given.encode(), wanted.encode())
        if scheme.lower() != "bearer" or not given or not right:
            raise Refusal(401, "unauthorized", "Access Token Invalid")

    def _before(self, faults: dict[str, Fault]) -> None:
        pause = self._state.rules.latency + (faults["delay"].seconds if "delay" in faults else 0)
        if pause > 0:
            self._sleep(pause)
        for kind, refusal in REFUSALS.items():
            if kind in faults:
                raise Refusal(*refusal)
        ordered = faults.get("status")
        if ordered is not None and not ordered.after:
            raise _failure(ordered.status)

    def leave(self, response: Response) -> Response:
        """Set the headers of every answer, take note of the call, and spoil what is ordered."""
        if not _is_api():
            return response
        ordered = g.faults.get("status")
        if ordered is not None and ordered.after and response.status_code < 400:
            response = self.refuse(_failure(ordered.status))
        response.headers["X-Request-Id"] = g.request_id
        response.headers["Date"] = http_date(self._state.now())
        response.headers["Intercom-Version"] = request.headers.get("Intercom-Version", "2.16")
        response.headers.extend(g.headers)
        if _is_write() and response.status_code < 300:
            response.set_cookie("recent_write", g.request_id, max_age=1, httponly=True)
        self._note(response)
        self._state.on_exchange(_exchange(response))
        return self._spoil(response)

    def _note(self, response: Response) -> None:
        body = request.get_json(force=True, silent=True) if request.get_data() else None
        path, query = request.path, request.args.to_dict()
        at, status = self._state.now(), response.status_code
        served = Served(at, request.method, path, query, body, status, g.note)
        self._state.journal.add(served)

    def _spoil(self, response: Response) -> Response:
        if "lose" in g.faults:
            response.response = _Lost()
            return response
        drip = g.faults.get("drip")
        if drip is None:
            return response
        body = response.get_data()
        length = response.headers.get("Content-Length", str(len(body)))
        response.set_data(b"")
        response.response = self._drops(body, drip.seconds)
        response.headers["Content-Length"] = length
        return response

    def _drops(self, body: bytes, pause: float) -> Iterator[bytes]:
        for byte in body:
            self._sleep(pause)
            yield bytes([byte])

    def refuse(self, refusal: Refusal) -> Response:
        """Give the error envelope."""
        error = {"code": refusal.code, "message": refusal.message}
        g.note = ", ".join(filter(None, (g.note, refusal.message)))
        response: Response = jsonify(
            {"type": "error.list", "request_id": g.request_id, "errors": [error]}
        )
        response.status_code = refusal.status
        response.headers.extend(refusal.headers)
        return response

    def lost(self, error: HTTPException) -> Response:
        """Give the envelope for what Flask itself refuses; a wrong method is 404 at Intercom."""
        if error.code in {404, 405}:
            return self.refuse(Refusal(404, "not_found", "Resource Not Found"))
        return self.refuse(Refusal(error.code or 500, "client_error", error.name))


def _is_api() -> bool:
    return request.path != "/" and not request.path.startswith(OPEN_PATHS)


def _is_write() -> bool:
    return request.method != "GET" and request.path not in READING_POSTS


def _version(told: str) -> Version:
    if told in {"", "Preview", "Unstable"}:
        return PREVIEW if told else LATEST
    parts = told.split(".")
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        version = (int(parts[0]), int(parts[1]))
        if version in KNOWN:
            return version
    raise invalid(f"The Intercom-Version '{told}' is not known")


def _failure(status: int) -> Refusal:
    codes = {503: "service_unavailable", 408: "request_timeout", 429: "rate_limit_exceeded"}
    return Refusal(status, codes.get(status, "server_error"), "Server Error")


def _exchange(response: Response) -> Exchange:
    return Exchange(
        request.method,
        request.environ["REQUEST_URI"].partition("?")[0],
        request.args.to_dict(),
        dict(request.headers),
        request.get_data(),
        response.status_code,
        dict(response.headers),
        response.get_data(),
    )


class _Lost:
    """A body whose sending fails: the server cuts the connection, a test client raises."""

    def __iter__(self) -> _Lost:
        return self

    def __next__(self) -> bytes:
        raise ConnectionResetError("The sandbox was told to lose this answer.")
