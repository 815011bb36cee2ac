"""Signature schemes as rows of data: how each vendor proves that a request is its own.

A new vendor is a new row of `PRESETS`; the engine that judges (verify.py) and the one that signs
(sign.py) read the same rows, so that they cannot disagree.

Ed25519 (Standard Webhooks' `v1a`) is left out: it needs a library of its own, and every vendor
listed here also signs symmetrically. Items of versions that a row does not pick are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

Kind = Literal["hmac", "hash", "basic", "token", "open"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one kind of sender proves itself; field names are those a mapping uses.

    `header` lists where the signature (or token) may be, the first that is there counts;
    `ts_header` and `id_header` run parallel to it, so that families of headers stay together.
    A header that holds several items is split at `sep`, an item into name and value at `kv`;
    `pick` says which items are signatures: a name, or `#1+` for all from the second on; `ts_item`
    says likewise which is the timestamp. `prefix` stands before a signature and is not part of it.
    `template` is what is signed. `key_prefix` and `key_decode` tell how a secret becomes a key.
    `ts_unit` is `s` or `ms` since 1970; `tolerance` is in seconds, to both sides.
    `place` is where a token lives; `query` the name of its parameter in the URL.
    `known_from` is where we know all this from.
    """

    name: str
    kind: Kind
    known_from: str = ""
    header: tuple[str, ...] = ()
    alg: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    sep: str = ""
    kv: str = "="
    pick: str = ""
    template: str = "{body}"
    key_prefix: str = ""
    key_decode: str = "text"
    ts_header: tuple[str, ...] = ()
    ts_item: str = ""
    ts_unit: str = "s"
    tolerance: int = 300
    id_header: tuple[str, ...] = ()
    place: str = ""
    query: str = "token"

    @property
    def timed(self) -> bool:
        """Say whether requests carry a signed time, so that their age is judged."""
        return bool(self.ts_header or self.ts_item)

    @property
    def signs_url(self) -> bool:
        """Say whether the public URL is signed too: without it nothing can be verified."""
        return "{url}" in self.template

    @property
    def placeholders(self) -> frozenset[str]:
        """Give the names in braces of the template."""
        return frozenset(re.findall(r"\{(\w*)\}", self.template))


_BASIC = Scheme("basic", "basic", "RFC 7617", key_decode="user:password")
_STRIPE = Scheme(
    "stripe",
    "hmac",
    "stripe-python 16.1.0",
    header=("Stripe-Signature",),
    sep=",",
    pick="v1",
    ts_item="t",
    template="{ts}.{body}",
)
_STANDARD = Scheme(
    "standard-webhooks",
    "hmac",
    "standardwebhooks 1.1.0, svix 2.9.1",
    header=("webhook-signature", "svix-signature"),
    ts_header=("webhook-timestamp", "svix-timestamp"),
    id_header=("webhook-id", "svix-id"),
    sep=" ",
    kv=",",
    pick="v1",
    encoding="base64",
    template="{id}.{ts}.{body}",
    key_prefix="whsec_",
    key_decode="base64",
)
_SVIX = replace(
    _STANDARD,
    name="svix",
    header=_STANDARD.header[::-1],
    ts_header=_STANDARD.ts_header[::-1],
    id_header=_STANDARD.id_header[::-1],
)
_HUBSPOT = Scheme(
    "hubspot",
    "hmac",
    "hubspot-api-client 12.0.0",
    header=("X-HubSpot-Signature-v3",),
    ts_header=("X-HubSpot-Request-Timestamp",),
    ts_unit="ms",
    encoding="base64",
    template="{method}{url}{body}{ts}",
)
_HUBSPOT_1 = Scheme(
    "hubspot-v1",
    "hash",
    "hubspot-api-client 12.0.0",
    header=("X-HubSpot-Signature",),
    template="{secret}{body}",
)


def _plain(name: str, known_from: str, *header: str, **fields: str) -> Scheme:
    """Make the row of a vendor whose one header holds the HMAC of the body."""
    return replace(Scheme(name, "hmac", known_from, header=header), **fields)  # type: ignore[arg-type]


_ROWS = (
    Scheme("open", "open"),
    Scheme("hmac", "hmac", header=("X-Signature",)),
    _BASIC,
    Scheme("token", "token", "RFC 6750", place="bearer"),
    _STRIPE,
    _STANDARD,
    _SVIX,
    replace(_SVIX, name="clerk", known_from="@clerk/backend 3.25.0"),
    replace(
        _STRIPE,
        name="calendly",
        known_from="developer.calendly.com",
        header=("Calendly-Webhook-Signature",),
    ),
    replace(
        _STRIPE,
        name="workos",
        known_from="workos-python 10.8.0",
        header=("WorkOS-Signature",),
        ts_unit="ms",
    ),
    replace(
        _STRIPE,
        name="paddle",
        known_from="paddle-python-sdk 1.16.1",
        header=("Paddle-Signature",),
        sep=";",
        pick="h1",
        ts_item="ts",
        template="{ts}:{body}",
    ),
    replace(
        _STRIPE,
        name="recurly",
        known_from="recurly-client-ruby 05fa008d",
        header=("recurly-signature",),
        pick="#1+",
        ts_item="#0",
        ts_unit="ms",
    ),
    Scheme(
        "webflow",
        "hmac",
        "webflow-api 3.3.4",
        header=("x-webflow-signature",),
        ts_header=("x-webflow-timestamp",),
        ts_unit="ms",
        template="{ts}:{body}",
    ),
    Scheme(
        "close",
        "hmac",
        "developer.close.com",
        header=("close-sig-hash",),
        ts_header=("close-sig-timestamp",),
        template="{ts}{body}",
        key_decode="hex",
    ),
    _HUBSPOT,
    _HUBSPOT_1,
    replace(_HUBSPOT_1, name="hubspot-v2", template="{secret}{method}{url}{body}"),
    _plain("attio", "docs.attio.com", "Attio-Signature", "X-Attio-Signature"),
    _plain("cal", "cal.com/docs", "X-Cal-Signature-256"),
    _plain("github", "octokit webhooks 6.0.0", "X-Hub-Signature-256", prefix="sha256="),
    _plain("gocardless", "gocardless_pro 3.22.0", "Webhook-Signature"),
    _plain("intercom", "developers.intercom.com", "X-Hub-Signature", prefix="sha1=", alg="sha1"),
    _plain("lemonsqueezy", "docs.lemonsqueezy.com", "X-Signature"),
    _plain("segment", "segment.com/docs", "X-Signature", alg="sha1"),
    _plain("shopify", "shopify-api 13.1.0", "X-Shopify-Hmac-Sha256", encoding="base64"),
    _plain("tally", "tally.so/help/webhooks", "Tally-Signature", encoding="base64"),
    _plain(
        "typeform",
        "typeform.com/developers",
        "Typeform-Signature",
        prefix="sha256=",
        encoding="base64",
    ),
    replace(_BASIC, name="chargebee", known_from="chargebee-node basicAuthValidator"),
    replace(_BASIC, name="pipedrive", known_from="pipedrive.readme.io"),
)

PRESETS: Mapping[str, Scheme] = MappingProxyType({row.name: row for row in _ROWS})
"""Every scheme a mapping can name."""

PROVEN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stripe": ("stripe",),
        "standard-webhooks": ("standardwebhooks", "svix"),
        "svix": ("svix",),
        "clerk": ("@clerk/backend", "svix"),
        "hubspot": ("hubspot-api-client",),
        "hubspot-v1": ("hubspot-api-client",),
        "hubspot-v2": ("hubspot-api-client",),
        "paddle": ("paddle-python-sdk",),
        "workos": ("workos",),
        "gocardless": ("gocardless_pro",),
        "github": ("@octokit/webhooks-methods",),
        "webflow": ("webflow-api",),
        "chargebee": ("chargebee",),
    }
)
"""By scheme the vendor's own libraries that sign requests of the tests, or verify ours there."""
