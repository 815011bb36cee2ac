"""Who may use the API: a bearer token of the configuration, compared in constant time."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from flask import Response, jsonify, request

NO_TOKEN = (
    "BRIDGE_ADMIN_TOKEN is not set: the API is closed. "  # noqa: S105
    "Set it to a secret of 32 characters or more"
)


def admitted(admin: Mapping[str, str], read: Mapping[str, str] | None = None) -> str | Response:
    """Give the name of the token that the request bears, or the answer that refuses it.

    `read` are the tokens that may read only; given where nothing is changed. 503 where there are
    no tokens, 401 where the request bears none of them.
    """
    tokens = [*admin.items(), *(read or {}).items()]
    if not tokens:
        response = jsonify({"error": NO_TOKEN})
        response.status_code = 503
        return response
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    borne = given.strip().encode() if scheme.lower() == "bearer" else b""
    fit = [name for name, token in tokens if compare_digest(token.encode(), borne)]
    if fit:
        return fit[0]
    variables = "BRIDGE_ADMIN_TOKEN" + (" or BRIDGE_READ_TOKEN" if read is not None else "")
    response = jsonify({"error": f"Authorization: Bearer must be a token of {variables}"})
    response.status_code = 401
    response.headers["WWW-Authenticate"] = 'Bearer realm="bridge"'
    return response
