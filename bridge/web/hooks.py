"""`POST /hooks/<source>`: size, then verify, then parse, then one transaction, then 2xx.

Never 2xx before the commit, never 4xx for a failure of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import structlog
from flask import Blueprint, Request, Response, jsonify, request

from bridge.clock import Clock
from bridge.errors import BadSignature, StoreUnavailable, Unreadable
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.mapping.observation import INTERCOM
from bridge.mapping.receive import Ack
from bridge.model import Event, Json, Receipt
from bridge.sources.body import read_body
from bridge.sources.verify import verify
from bridge.store import destinations
from bridge.store.database import Database
from bridge.store.inbox import Delivery
from bridge.web import forms, handshakes
from bridge.web.body import whole
from bridge.web.committer import Receive
from bridge.web.endpoint import Endpoint
from bridge.web.forms import Sent
from bridge.web.headers import HIDDEN, headers_of, hides
from bridge.web.visitors import Visitors

log = structlog.get_logger()

_COME_BACK = {"Retry-After": "30"}
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Receiver:
    """What receiving needs: the sources, the store, the clock, and the settings that matter.

    `store` keeps a delivery and tells what became of it once that is committed. `fold` is in
    seconds, see Mapping.wait; None: nothing waits for more, whatever a mapping says.
    """

    endpoints: Mapping[str, Endpoint]
    db: Database
    store: Receive
    clock: Clock
    applies_tests: bool = False
    public_url: str = ""
    fold: float | None = None


def blueprint(receiver: Receiver) -> Blueprint:
    """Give the routes of the hooks."""
    hooks = Blueprint("hooks", __name__)
    visitors = Visitors()

    @hooks.route("/hooks/<source>", methods=["GET"], provide_automatic_options=False)
    def confirm(source: str) -> Response:
        return _confirmed(receiver, source)

    @hooks.route("/hooks/<source>", methods=["OPTIONS"])
    def ask(source: str) -> Response:
        """Say to a browser whether a script of its page may send a form here."""
        sent = _form_of(receiver.endpoints.get(source))
        if sent is None:
            return _refused(405, "webhooks are sent by POST")
        return forms.may_send(sent)

    @hooks.post("/hooks/<source>", strict_slashes=False, provide_automatic_options=False)
    @hooks.post("/hooks/<source>/<token>")
    def receive(source: str, token: str | None = None) -> Response:
        endpoint = receiver.endpoints.get(source)
        if endpoint is None:
            return _refused(404, "there is no source of that name")
        structlog.contextvars.bind_contextvars(source=source)
        if endpoint.served is None:
            return _refused(503, endpoint.problem)
        if token is not None and endpoint.served.scheme.place != "path":
            return _refused(404, f"nothing follows /hooks/{source} in the address of this source")
        sent = _form_of(endpoint)
        if sent is None:
            return _receive(receiver, endpoint, request, token)
        kept = partial(_store, receiver, endpoint.served.mapping)
        return forms.receive(sent, visitors, receiver.clock(), kept)

    return hooks


def _confirmed(receiver: Receiver, source: str) -> Response:
    """Say whether a source is there: some senders ask before they take an address."""
    endpoint = receiver.endpoints.get(source)
    if endpoint is None:
        return _refused(404, "there is no source of that name")
    if request.method == "GET":
        return handshakes.by_get(endpoint, request, receiver.clock())
    return Response() if endpoint.served else _refused(503, endpoint.problem)


def _form_of(endpoint: Endpoint | None) -> Sent | None:
    """Give what a browser sends to an open source, None where the source is none."""
    served = None if endpoint is None else endpoint.served
    form = None if served is None else served.mapping.reception.form
    if served is None or form is None:
        return None
    return Sent(served.mapping.source, form, request, served.max_body)


def _receive(receiver: Receiver, endpoint: Endpoint, asked: Request, token: str | None) -> Response:
    served = endpoint.served
    assert served is not None
    try:
        body = whole(asked, served.max_body)
        receipt = Receipt(
            endpoint.source, receiver.clock(), headers_of(asked), asked.args.to_dict(), body
        )
        url = f"{receiver.public_url}{asked.full_path.rstrip('?')}"
        verify(served.scheme, receipt, served.secrets, path_token=token, url=url)
    except Unreadable as error:
        return _refused(error.status, str(error))
    except BadSignature as error:
        return _refused(401, str(error))
    return _store(receiver, served.mapping, _without_secrets(receipt, served.secrets))


def _store(receiver: Receiver, mapping: SourceMapping, receipt: Receipt) -> Response:
    """Store a verified receipt, whatever is in it, and answer."""
    unreadable: Unreadable | None = None
    events: Sequence[Event]
    try:
        body = read_body(receipt.header("content-type"), receipt.body)
        asks, greeting = mapping.greeting(body, receipt)
        if asks:
            return _greeted(receiver, receipt, greeting)
        events = mapping.read(body, receipt, apply_tests=receiver.applies_tests)
    except Unreadable as error:
        unreadable, events = error, [_unreadable(receipt, error)]
        receipt = replace(receipt, verdict=f"unreadable: {error}")
    try:
        if receipt.source == INTERCOM:
            destinations.heard(receiver.db)
        received = receiver.store(Delivery(receipt, events, _wait(receiver, mapping, events)))
    except StoreUnavailable as error:
        log.error("a receipt could not be stored", reason=str(error))
        return _refused(503, "it could not be stored; send it again")
    ids = [event.id for event in received.events]
    if unreadable is not None:
        return _refused(unreadable.status, str(unreadable), events=ids)
    log.info("received", events=ids, duplicates=sum(one.duplicate for one in received.events))
    if mapping.reception.ack is not None:
        return _acknowledged(mapping.reception.ack)
    answer: dict[str, Json] = {"events": ids}
    if ids and all(event.duplicate for event in received.events):
        answer["duplicate"] = True
    return jsonify(answer)


def _greeted(receiver: Receiver, receipt: Receipt, greeting: Json) -> Response:
    """Keep a question, which is no event, and answer it."""
    try:
        receiver.store(Delivery(replace(receipt, verdict="handshake"), (), 0.0))
    except StoreUnavailable as error:
        log.error("a receipt could not be stored", reason=str(error))
        return _refused(503, "it could not be stored; send it again")
    log.info("greeted")
    return handshakes.answer(greeting)


def _acknowledged(ack: Ack) -> Response:
    """Give the answer that the sender wants to hear."""
    return Response(ack.body, ack.status, content_type=ack.type if ack.body else None)


def _wait(receiver: Receiver, mapping: SourceMapping, events: Sequence[Event]) -> float:
    """Give for how many seconds to wait for more: of several events the most urgent decides."""
    if receiver.fold is None:
        return 0.0
    return min((mapping.wait(event.type, receiver.fold) for event in events), default=0.0)


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


def _without_secrets(receipt: Receipt, secrets: Sequence[str]) -> Receipt:
    """Leave out what a reader of the database, or of an event, could sign in with."""

    def shown(name: str, value: str) -> str:
        return HIDDEN if hides(name, value, secrets) else value

    headers = [(name, shown(name, value)) for name, value in receipt.headers]
    query = {name: shown(name, value) for name, value in receipt.query.items()}
    return replace(receipt, headers=headers, query=query)


def _refused(status: int, reason: str, **more: Json) -> Response:
    write = log.error if status >= 500 else log.warning
    write("refused", status=status, reason=reason, **more)
    response = jsonify({"error": reason, **more})
    response.status_code = status
    if status == 503:
        response.headers.update(_COME_BACK)
    return response
