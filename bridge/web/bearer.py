"""Who may use the API: a bearer token of the configuration, compared in constant time."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from flask import Response, jsonify, request

NO_TOKEN = (
    "BRIDGE_ADMIN_TOKEN is not set: the API is closed. "  # noqa: S105
    "Set it to a secret of 32 characters or more"
)


def admitted(tokens: Mapping[str, str]) -> str | Response:
    """Give the name of the token that the request bears, or the answer that refuses it.

    503 where there are no tokens, 401 where the request bears none of them.
    """
    if not tokens:
        response = jsonify({"error": NO_TOKEN})
        response.status_code = 503
        return response
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    borne = given.strip().encode() if scheme.lower() == "bearer" else b""
    fit = [name for name, token in tokens.items() if compare_digest(token.encode(), borne)]
    if fit:
        return fit[0]
    response = jsonify({"error": "Authorization: Bearer must be a token of BRIDGE_ADMIN_TOKEN"})
    response.status_code = 401
    response.headers["WWW-Authenticate"] = 'Bearer realm="bridge"'
    return response
