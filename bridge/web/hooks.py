"""`POST /hooks/<source>`: size, then verify, then parse, then one transaction, then 2xx.

Never 2xx before the commit, never 4xx for a failure of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import structlog
from flask import Blueprint, Request, Response, jsonify, request

from bridge.clock import Clock
from bridge.errors import BadSignature, StoreUnavailable, Unreadable
from bridge.model import Event, Json, Receipt
from bridge.sources.body import read_body
from bridge.sources.limited import check_encoding, read_limited
from bridge.sources.schemes import Scheme
from bridge.sources.verify import verify
from bridge.store import inbox
from bridge.store.database import Database
from bridge.web.endpoint import Endpoint

log = structlog.get_logger()

_COME_BACK = {"Retry-After": "30"}
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie"}
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Receiver:
    """What receiving needs: the sources, the store, the clock, and the settings that matter."""

    endpoints: Mapping[str, Endpoint]
    db: Database
    clock: Clock
    applies_tests: bool = False
    public_url: str = ""


def blueprint(receiver: Receiver) -> Blueprint:
    """Give the routes of the hooks."""
    hooks = Blueprint("hooks", __name__)

    @hooks.post("/hooks/<source>")
    @hooks.post("/hooks/<source>/<token>")
    def receive(source: str, token: str | None = None) -> Response:
        structlog.contextvars.bind_contextvars(source=source)
        endpoint = receiver.endpoints.get(source)
        if endpoint is None:
            return _refused(404, "there is no source of that name")
        if endpoint.problem or endpoint.mapping is None or endpoint.scheme is None:
            return _refused(503, endpoint.problem or "the source is not set up")
        return _receive(receiver, endpoint, endpoint.scheme, request, token)

    return hooks


def _receive(
    receiver: Receiver, endpoint: Endpoint, scheme: Scheme, asked: Request, token: str | None
) -> Response:
    try:
        check_encoding(asked.headers.get("Content-Encoding"))
        body = read_limited(asked.stream, asked.content_length, endpoint.max_body)
        receipt = _receipt(endpoint.source, asked, body, receiver.clock())
        url = f"{receiver.public_url}{asked.full_path.rstrip('?')}"
        verify(scheme, receipt, endpoint.secrets, path_token=token, url=url)
    except Unreadable as error:
        return _refused(error.status, str(error))
    except BadSignature as error:
        return _refused(401, str(error))
    return _store(receiver, endpoint, scheme, receipt)


def _store(receiver: Receiver, endpoint: Endpoint, scheme: Scheme, receipt: Receipt) -> Response:
    """Store a verified receipt, whatever is in it, and answer."""
    unreadable: Unreadable | None = None
    try:
        body = read_body(receipt.header("content-type"), receipt.body)
        events = _events(endpoint, body, receipt, receiver.applies_tests)
    except Unreadable as error:
        unreadable, events = error, [_unreadable(receipt, error)]
        receipt = replace(receipt, verdict=f"unreadable: {error}")
    try:
        received = inbox.receive(receiver.db, _without_secrets(receipt, scheme), events)
    except StoreUnavailable as error:
        log.error("a receipt could not be stored", reason=str(error))
        return _refused(503, "it could not be stored; send it again")
    ids = [event.id for event in received.events]
    if unreadable is not None:
        return _refused(unreadable.status, str(unreadable), events=ids)
    log.info("received", events=ids, duplicates=sum(one.duplicate for one in received.events))
    answer: dict[str, Json] = {"events": ids}
    if received.events and all(event.duplicate for event in received.events):
        answer["duplicate"] = True
    return jsonify(answer)


def _events(
    endpoint: Endpoint, body: Json, receipt: Receipt, applies_tests: bool
) -> Sequence[Event]:
    assert endpoint.mapping is not None
    return endpoint.mapping.read(body, receipt, apply_tests=applies_tests)


def _unreadable(receipt: Receipt, error: Unreadable) -> Event:
    digest = sha256(receipt.body).hexdigest()
    return Event(
        key=f"body:{digest}",
        type="",
        time=receipt.received_at,
        subject=f"body:{digest}",
        key_lifetime=_DAY,
        problem=f"unreadable: {error}",
    )


def _receipt(source: str, asked: Request, body: bytes, now: int) -> Receipt:
    headers = [(name.lower(), value) for name, value in asked.headers.items()]
    return Receipt(source, now, headers, asked.args.to_dict(), body)


def _without_secrets(receipt: Receipt, scheme: Scheme) -> Receipt:
    """Leave out what a reader of the database could sign in with."""
    hidden = set(_SECRET_HEADERS)
    if scheme.kind == "token":
        hidden |= {name.lower() for name in scheme.header}
    kept = [(name, "[hidden]" if name in hidden else value) for name, value in receipt.headers]
    query = {
        name: "[hidden]" if scheme.kind == "token" and name == scheme.query else value
        for name, value in receipt.query.items()
    }
    return replace(receipt, headers=kept, query=query)


def _refused(status: int, reason: str, **more: Json) -> Response:
    write = log.error if status >= 500 else log.warning
    write("refused", status=status, reason=reason)
    response = jsonify({"error": reason, **more})
    response.status_code = status
    if status == 503:
        response.headers.update(_COME_BACK)
    return response
