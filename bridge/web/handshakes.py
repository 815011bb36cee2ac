"""Questions that senders ask before they take an address, answered once they are verified."""

from __future__ import annotations

import hmac

from flask import Request, Response, jsonify

from bridge.clock import Micros
from bridge.errors import BadSignature
from bridge.model import Json, Receipt
from bridge.sources.verify import verify
from bridge.web.endpoint import Endpoint
from bridge.web.headers import headers_of

LONGEST = 1000
"""Characters that are sent back."""


def by_get(endpoint: Endpoint, asked: Request, now: Micros) -> Response:
    """Send back the parameter that the mapping names, as text that no browser takes for a page.

    Who signs bodies cannot sign this question; there the parameter `token` proves the sender, where
    the mapping names one.
    """
    served = endpoint.served
    if served is None:
        return _refused(503, endpoint.problem)
    handshake = served.mapping.reception.handshake
    if handshake is None or not handshake.get:
        return _refused(405, "webhooks are sent by POST")
    query = asked.args.to_dict()
    if handshake.token:
        offered = query.get(handshake.token, "").encode()
        verdicts = [hmac.compare_digest(one.encode(), offered) for one in served.secrets]
        if not any(verdicts):
            return _refused(
                401, f"the parameter {handshake.token} is not the secret of this source"
            )
    if served.scheme.kind in ("token", "basic"):
        receipt = Receipt(endpoint.source, now, headers_of(asked), query, b"")
        try:
            verify(served.scheme, receipt, served.secrets, method="GET")
        except BadSignature as error:
            return _refused(401, str(error))
    told = query.get(handshake.get, "")
    if not 0 < len(told) <= LONGEST:
        return _refused(400, f"the parameter {handshake.get} is missing, or too long")
    return answer(told)


def answer(value: Json) -> Response:
    """Give an answer as the sender wants it: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return Response(value, content_type="text/plain; charset=utf-8")
    return jsonify(value)


def _refused(status: int, reason: str) -> Response:
    response = jsonify({"error": reason})
    response.status_code = status
    if status == 405:
        response.headers["Allow"] = "POST"
    return response
