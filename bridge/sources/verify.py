"""The engine that judges whether a request is its source's own, by the row of its scheme.

It fails closed: what cannot be read, is missing or comes twice is refused, and a secret that is
empty matches nothing. Reasons are written for the operator and never hold a secret, a signature
or a piece of the body. Age is judged against the time of receipt, on both sides, and only after
the signature: "4 h old" is then known to be true.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.clock import SECOND, Micros
from bridge.errors import BadSignature
from bridge.model import Receipt
from bridge.sources.keys import keys_of
from bridge.sources.schemes import Scheme
from bridge.sources.signature import Parts, signature, wire


@dataclass(frozen=True, slots=True)
class _Request:
    receipt: Receipt
    path_token: str | None
    url: str
    method: str


def verify(
    scheme: Scheme,
    receipt: Receipt,
    secrets: Sequence[str],
    *,
    path_token: str | None = None,
    url: str = "",
    method: str = "POST",
) -> None:
    """Return if one of the secrets proves the request; raise BadSignature with the reason if not.

    `secrets` are those of `secrets_of`, any of which will do. `path_token` is what followed the
    source's name in the path, `url` the public URL as the sender knows it (for schemes that sign
    it, never from the Host header). Raises SecretMissing where a secret cannot be a key.
    """
    request = _Request(receipt, path_token, url, method)
    if scheme.kind == "open":
        return
    if scheme.kind in ("hmac", "hash"):
        _judge_signature(scheme, request, secrets)
    else:
        offered = _login(receipt) if scheme.kind == "basic" else _token(scheme, request)
        if not _matches(keys_of(scheme, secrets), [offered]):
            what = "user name and password" if scheme.kind == "basic" else "token"
            raise BadSignature(
                f"the {what} sent match no secret of this source: set the same on both sides"
            )


def _judge_signature(scheme: Scheme, request: _Request, secrets: Sequence[str]) -> None:
    family, value = _signature_header(request.receipt, scheme.header)
    items = _items(scheme, value)
    ts = _timestamp(scheme, request.receipt, family, items)
    parts = Parts(
        body=request.receipt.body,
        ts=ts.encode(),
        id=wire(_companion(request.receipt, scheme.id_header, family)),
        method=request.method.encode(),
        url=request.url.encode(),
    )
    offered = _offered(scheme, items, scheme.header[family])
    expected = [signature(scheme, key, parts) for key in keys_of(scheme, secrets)]
    if not _matches(expected, offered):
        raise BadSignature(
            f"{scheme.header[family]} matches no secret of this source: compare the secret with "
            "the sender's; a proxy that rewrites the body also causes this"
        )
    if scheme.timed:
        _check_age(scheme, int(ts), request.receipt.received_at)


def _matches(expected: Iterable[bytes], offered: Iterable[bytes]) -> bool:
    # A list, not a generator: every pair is compared, so that the time taken tells nothing.
    verdicts = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in offered]
    return any(verdicts)


# --- headers ------------------------------------------------------------------------------------


def _signature_header(receipt: Receipt, names: Sequence[str]) -> tuple[int, str]:
    """Give the first header that is there, and its place in the list."""
    for place, name in enumerate(names):
        if (value := _single(receipt, name)) is not None:
            return place, value
    raise BadSignature(
        f"the header {' or '.join(names)} is missing: is signing switched on at the sender?"
    )


def _single(receipt: Receipt, name: str) -> str | None:
    values = [value for key, value in receipt.headers if key == name.lower()]
    if len(values) > 1:
        raise BadSignature(
            f"the header {name} was sent {len(values)} times; it is not told which one counts"
        )
    return values[0] if values else None


def _companion(receipt: Receipt, names: Sequence[str], family: int) -> str:
    """Give the header that goes with the signature's: id and time come from the same family."""
    if not names:
        return ""
    name = names[min(family, len(names) - 1)]
    value = _single(receipt, name)
    if not value:
        raise BadSignature(f"the header {name} is missing")
    return value


# --- items of a signature header ----------------------------------------------------------------


def _items(scheme: Scheme, value: str) -> list[str]:
    items = value.split(scheme.sep) if scheme.sep else [value]
    return [item.strip() for item in items]


def _picked(scheme: Scheme, items: Sequence[str], pick: str) -> list[str]:
    """Give the values of the items of that name, or at that place (`#0`, `#1+`)."""
    if not pick:
        return list(items)
    if pick.startswith("#"):
        first = int(pick.strip("#+"))
        return list(items[first:] if pick.endswith("+") else items[first : first + 1])
    pairs = [item.partition(scheme.kv) for item in items]
    return [value.strip() for name, _, value in pairs if name.strip() == pick]


def _offered(scheme: Scheme, items: Sequence[str], header: str) -> list[bytes]:
    picked = _picked(scheme, items, scheme.pick)
    offered = [
        wire(item.removeprefix(scheme.prefix))
        for item in picked
        if item.startswith(scheme.prefix) and item != scheme.prefix
    ]
    if not offered:
        form = f"{scheme.pick}{scheme.kv}" if scheme.pick else scheme.prefix
        raise BadSignature(f"{header} is malformed: it holds no signature of the form {form}…")
    return offered


# --- time ---------------------------------------------------------------------------------------


def _timestamp(scheme: Scheme, receipt: Receipt, family: int, items: Sequence[str]) -> str:
    if not scheme.timed:
        return ""
    if scheme.ts_item:
        found = _picked(scheme, items, scheme.ts_item)
    else:
        found = [_companion(receipt, scheme.ts_header, family).strip()]
    if len(found) != 1 or not re.fullmatch(r"[0-9]{1,16}", found[0]):
        where = scheme.header[family] if scheme.ts_item else " or ".join(scheme.ts_header)
        raise BadSignature(f"{where} is malformed: it must hold one timestamp, in digits")
    return found[0]


def _check_age(scheme: Scheme, ts: int, received_at: Micros) -> None:
    age = received_at - ts * (1000 if scheme.ts_unit == "ms" else SECOND)
    if abs(age) <= scheme.tolerance * SECOND:
        return
    how = f"{_words(age)} old" if age > 0 else f"{_words(-age)} in the future"
    raise BadSignature(
        f"the signature is right, but its timestamp is {how} and {scheme.tolerance} s are "
        "accepted: an old request sent again, or a clock that is wrong"
    )


def _words(span: Micros) -> str:
    seconds = span // SECOND
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# --- logins and tokens --------------------------------------------------------------------------


def _authorization(receipt: Receipt, scheme: str) -> str:
    """Give the credentials of the Authorization header; the scheme's case does not matter."""
    value = _single(receipt, "Authorization")
    if value is None:
        raise BadSignature(f"the header Authorization ({scheme}) is missing: set it at the sender")
    word, _, credentials = value.strip().partition(" ")
    if word.lower() != scheme.lower() or not credentials.strip():
        raise BadSignature(f"Authorization is malformed: it must be {scheme} and the credentials")
    return credentials.strip()


def _login(receipt: Receipt) -> bytes:
    credentials = _authorization(receipt, "Basic")
    try:
        return base64.b64decode(wire(credentials), validate=True)
    except binascii.Error:
        raise BadSignature("Authorization is malformed: what follows Basic is not base64") from None


def _token(scheme: Scheme, request: _Request) -> bytes:
    found: str | None
    match scheme.place:
        case "bearer":
            found = _authorization(request.receipt, "Bearer")
        case "query":
            found = request.receipt.query.get(scheme.query)
        case "path":
            found = request.path_token
        case _:
            found = _signature_header(request.receipt, scheme.header)[1].strip()
    if not found or not found.startswith(scheme.prefix):
        raise BadSignature(f"no token was sent where this source keeps it ({_spot(scheme)})")
    token = found.removeprefix(scheme.prefix)
    # A URL reaches us as text already decoded, a header as its bytes.
    in_url = scheme.place in ("query", "path")
    return token.encode("utf-8", "backslashreplace") if in_url else wire(token)


def _spot(scheme: Scheme) -> str:
    spots = {
        "query": f"?{scheme.query}=… in the URL",
        "path": "at the end of the URL's path",
        "header": f"header {' or '.join(scheme.header)}, {scheme.prefix}…",
        "bearer": "Authorization: Bearer …",
    }
    return spots[scheme.place]
