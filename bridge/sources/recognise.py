"""Recognises the signature scheme of a sender by the headers of a captured request."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Json
from bridge.sources.presets import PRESETS, Scheme

_COMMON = frozenset({"x-signature"})
"""Headers of many senders, and so of none."""

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
"""Headers that carry a secret as it is: they belong in no file."""


def recognised(headers: Mapping[str, str]) -> tuple[str, Mapping[str, Json]] | None:
    """Give the scheme and its parameters, None where no header is known; names in lower case."""
    fitting = [(_weight(scheme, headers), scheme.name) for scheme in PRESETS.values()]
    best = max(fitting, key=lambda one: one[0])
    if best[0]:
        return best[1], {}
    authorization = headers.get("authorization", "").partition(" ")[0].lower()
    if authorization == "basic":
        return "basic", {}
    if authorization == "bearer":
        return "token", {"place": "bearer"}
    return ("hmac", {"header": "X-Signature"}) if "x-signature" in headers else None


def _weight(scheme: Scheme, headers: Mapping[str, str]) -> int:
    """Give how many of the scheme's headers are there; 0 unless all that it needs are."""
    families = [scheme.header, scheme.ts_header, scheme.id_header]
    needed = [[name.lower() for name in family] for family in families if family]
    if scheme.kind not in ("hmac", "hash") or not needed or _COMMON & set(needed[0]):
        return 0
    places = [next((i for i, name in enumerate(one) if name in headers), None) for one in needed]
    if None in places:
        return 0
    # of two names for the same, the scheme whose own name is there fits better
    return 10 * len(needed) - sum(place or 0 for place in places)


def secret_headers(scheme: Scheme) -> frozenset[str]:
    """Give the headers, in lower case, that prove the sender: made anew for every request."""
    own = (*scheme.header, *scheme.ts_header, *scheme.id_header)
    return SECRET_HEADERS | {name.lower() for name in own}
