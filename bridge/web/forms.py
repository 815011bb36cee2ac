"""Forms of browsers: taken from the sites allowed, so often from one address, without proof.

A plain form gets a page or is sent on to one; a script's request gets JSON and may read it. A
robot that fills the honeypot is told what a person is told, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from flask import Request, Response, jsonify, redirect, render_template

from bridge.clock import Micros
from bridge.errors import Unreadable
from bridge.mapping.form import Form
from bridge.model import OPEN, Receipt
from bridge.sources.body import dump, read_body
from bridge.web.body import whole
from bridge.web.headers import headers_of
from bridge.web.visitors import Visitors

log = structlog.get_logger()

_KEPT_HEADERS = ("origin", "referer", "user-agent", "accept-language")
_LONGEST_HEADER = 500
_REMEMBERED = "600"  # seconds for which a browser remembers that it may send


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: by whom, under which rules."""

    source: str
    form: Form
    request: Request
    max_body: int

    @property
    def origin(self) -> str | None:
        """Give the site it was sent from, where that is allowed.

        Browsers tell it; where a page keeps it back, its address tells.
        """
        told = self.request.headers.get("Origin", "null")
        if told == "null":
            parts = urlsplit(self.request.headers.get("Referer", ""))
            told = f"{parts.scheme}://{parts.netloc}"
        return told if told in self.form.origins else None

    @property
    def wants_page(self) -> bool:
        """Say whether a person looks at the answer, and not a script."""
        mode = self.request.headers.get("Sec-Fetch-Mode")
        if mode is not None:
            return mode == "navigate"
        return "text/html" in self.request.headers.get("Accept", "")


def receive(
    sent: Sent, visitors: Visitors, now: Micros, store: Callable[[Receipt], Response]
) -> Response:
    """Take a form and answer as its sender can read it; `store` keeps it and answers for that."""
    if sent.origin is None:
        return _foreign(sent)
    address = sent.request.remote_addr
    if not visitors.admit(sent.source, address, sent.form.per_minute, now):
        return _shared(sent, _refused(sent, 429, "too many forms from here: wait a minute"))
    try:
        receipt = _receipt(sent, now)
    except Unreadable as error:
        return _shared(sent, _refused(sent, error.status, str(error)))
    if receipt is None:
        log.info("a form was not kept: its honeypot is filled")
        return _shared(sent, _taken(sent))
    answer = store(receipt)
    if answer.status_code >= 400:
        told = "it could not be taken just now: please send it again"
        return _shared(sent, _refused(sent, answer.status_code, told))
    return _shared(sent, _taken(sent))


def may_send(sent: Sent) -> Response:
    """Answer a browser that asks whether a script may send here."""
    if sent.origin is None:
        return _foreign(sent)
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "POST"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
    answer.headers["Access-Control-Max-Age"] = _REMEMBERED
    return _shared(sent, answer)


def _receipt(sent: Sent, now: Micros) -> Receipt | None:
    """Read a form and keep of it what is wanted; None where a robot filled it.

    What is stored is what was kept, not what was sent: nobody proves who sends a form, and what
    nobody asked for is nobody's to store.
    """
    asked = sent.request
    body = read_body(asked.headers.get("Content-Type"), whole(asked, sent.max_body))
    if not isinstance(body, dict):
        raise Unreadable("a form is an object of names and values")
    if sent.form.is_robot(body):
        return None
    headers = [
        (name, value[:_LONGEST_HEADER])
        for name, value in headers_of(asked)
        if name in _KEPT_HEADERS
    ]
    headers.append(("content-type", "application/json"))
    query = {name: asked.args[name] for name in sent.form.fields if name in asked.args}
    return Receipt(sent.source, now, headers, query, dump(sent.form.kept(body)), verdict=OPEN)


def _taken(sent: Sent) -> Response:
    if not sent.wants_page:
        return jsonify({"received": True})
    if sent.form.redirect:
        # The address is the mapping's alone: nothing a visitor sends can lead elsewhere.
        return redirect(sent.form.redirect, 303)  # type: ignore[return-value]
    return Response(render_template("form.html", title="Thank you", told="We have received it."))


def _foreign(sent: Sent) -> Response:
    return _refused(sent, 403, "this site may not send here: see `origins` in the mapping")


def _refused(sent: Sent, status: int, reason: str) -> Response:
    log.warning("refused", status=status, reason=reason)
    if sent.wants_page:
        title = "This could not be sent"
        answer = Response(render_template("form.html", title=title, told=reason), status)
    else:
        answer = jsonify({"error": reason})
        answer.status_code = status
    if status in (429, 503):
        answer.headers["Retry-After"] = "60"
    return answer


def _shared(sent: Sent, answer: Response) -> Response:
    """Let a script of the site read the answer; no other site may."""
    if sent.origin is not None:
        answer.headers["Access-Control-Allow-Origin"] = sent.origin
        answer.headers["Vary"] = "Origin"
    return answer
