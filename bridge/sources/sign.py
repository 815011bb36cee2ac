"""Signing as the vendors do: for `bridge send`, examples and tests, by the rows that judge."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlencode

from bridge.clock import Micros
from bridge.errors import SecretMissing
from bridge.sources.keys import keys_of
from bridge.sources.schemes import Scheme
from bridge.sources.signature import Parts, signature


def sign(
    scheme: Scheme,
    secret: str,
    body: bytes,
    now: Micros,
    *,
    id: str,  # noqa: A002
    url: str = "",
    method: str = "POST",
) -> dict[str, str]:
    """Give the headers with which the vendor would send this body now, in its own spelling.

    `id` is the delivery's, for schemes that sign one; `url` the public URL, for those that sign it.
    Empty for open sources and for tokens kept in the URL (see `address`). Raises SecretMissing
    where the secret cannot be a key.
    """
    if scheme.kind == "open":
        return {}
    key = _key(scheme, secret)
    if scheme.kind == "basic":
        return {"Authorization": f"Basic {base64.b64encode(key).decode()}"}
    if scheme.kind == "token":
        return _token_header(scheme, secret)
    ts = str(now // (1000 if scheme.ts_unit == "ms" else 1_000_000)) if scheme.timed else ""
    parts = Parts(body, ts.encode(), id.encode(), method.encode(), url.encode())
    headers = {scheme.header[0]: _header(scheme, ts, signature(scheme, key, parts).decode())}
    headers |= dict.fromkeys(scheme.ts_header[:1], ts)
    return headers | dict.fromkeys(scheme.id_header[:1], id)


def address(scheme: Scheme, secret: str, url: str) -> str:
    """Give the URL to send to: with the token in it where the scheme keeps it there."""
    if scheme.place == "path":
        return f"{url.rstrip('/')}/{quote(scheme.prefix + secret, safe='')}"
    if scheme.place == "query":
        mark = "&" if "?" in url else "?"
        return f"{url}{mark}{urlencode({scheme.query: scheme.prefix + secret})}"
    return url


def _key(scheme: Scheme, secret: str) -> bytes:
    keys = keys_of(scheme, [secret])
    if not keys:
        raise SecretMissing(f"scheme {scheme.name} cannot sign without a secret")
    return keys[0]


def _token_header(scheme: Scheme, secret: str) -> dict[str, str]:
    if scheme.place == "bearer":
        return {"Authorization": f"Bearer {scheme.prefix}{secret}"}
    return {scheme.header[0]: scheme.prefix + secret} if scheme.place == "header" else {}


def _header(scheme: Scheme, ts: str, digest: str) -> str:
    items = [_item(scheme, scheme.pick, scheme.prefix + digest)]
    if scheme.ts_item:
        items.insert(0, _item(scheme, scheme.ts_item, ts))
    return scheme.sep.join(items)


def _item(scheme: Scheme, name: str, value: str) -> str:
    return f"{name}{scheme.kv}{value}" if name and not name.startswith("#") else value
