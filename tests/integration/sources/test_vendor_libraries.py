"""Requests signed by the vendors' own libraries are judged rightly, and ours satisfy them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
import standardwebhooks
import stripe
import svix.webhooks

from bridge.clock import SECOND, Micros, system_clock
from bridge.errors import BadSignature
from bridge.model import Receipt
from bridge.sources.presets import PROVEN
from bridge.sources.schemes import PRESETS
from bridge.sources.sign import sign
from bridge.sources.verify import verify

BODY = json.dumps({"id": "evt_1", "object": "event", "name": "Zoë 🙂"}, ensure_ascii=False)
OTHER = "whsec_" + base64.b64encode(b"another secret of the same length").decode()
SECRET = "whsec_" + base64.b64encode(b"the secret that the two parties share").decode()
SENT_AT = 1_700_000_000


@dataclass(frozen=True)
class Sent:
    """What arrives in a case, and what is known of it: the reason of a refusal, "" for none."""

    headers: dict[str, str]
    body: str = BODY
    at: Micros = SENT_AT * SECOND
    secrets: tuple[str, ...] = (SECRET,)
    reason: str = ""


# --- the vendors' own code ----------------------------------------------------------------------


def by_stripe(secret: str) -> dict[str, str]:
    make = stripe.WebhookSignature.generate_signature_header
    return {"stripe-signature": make(BODY, secret, SENT_AT)}


def by_standardwebhooks(secret: str) -> dict[str, str]:
    # Both libraries read a naive time as UTC.
    moment = datetime(2023, 11, 14, 22, 13, 20)
    made = standardwebhooks.Webhook(secret).sign("msg_1", moment, BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(SENT_AT), "webhook-signature": made}


def by_svix(secret: str) -> dict[str, str]:
    moment = datetime(2023, 11, 14, 22, 13, 20)
    made = svix.webhooks.Webhook(secret).sign("msg_1", moment, BODY)
    return {"svix-id": "msg_1", "svix-timestamp": str(SENT_AT), "svix-signature": made}


SIGNERS: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "stripe": ("stripe", by_stripe),
    "standard-webhooks": ("standard-webhooks", by_standardwebhooks),
    "standard-webhooks by svix": ("standard-webhooks", by_svix),
    "svix": ("svix", by_svix),
    "clerk": ("clerk", by_svix),
}


def test_what_the_docs_call_proven_is_proven_here() -> None:
    """By scheme, the vendor's own libraries that sign the requests below."""
    libraries = {by_stripe: "stripe", by_standardwebhooks: "standardwebhooks", by_svix: "svix"}
    found: dict[str, set[str]] = {}
    for scheme, by in SIGNERS.values():
        found.setdefault(scheme, set()).add(libraries[by])
    assert found == {scheme: set(names) for scheme, names in PROVEN.items()}


def signature_name(headers: dict[str, str]) -> str:
    return next(name for name in headers if name.endswith("signature"))


def joined(headers: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Both signatures in one header, as while the sender rotates its secret."""
    name = signature_name(headers)
    extra = more[name].partition(",")[2] if name.startswith("stripe") else " " + more[name]
    mark = "," if name.startswith("stripe") else ""
    return headers | {name: headers[name] + mark + extra}


CASES: dict[str, Callable[[Callable[[str], dict[str, str]]], Sent]] = {
    "valid": lambda by: Sent(by(SECRET)),
    "five minutes old": lambda by: replace(Sent(by(SECRET)), at=(SENT_AT + 300) * SECOND),
    "wrong secret": lambda by: Sent(by(OTHER), reason="matches no secret"),
    "tampered": lambda by: Sent(by(SECRET), BODY.replace("evt_1", "evt_2"), reason="matches no"),
    "re-serialised": lambda by: Sent(by(SECRET), json.dumps(json.loads(BODY)), reason="rewrites"),
    "expired": lambda by: Sent(by(SECRET), at=(SENT_AT + 7200) * SECOND, reason="2 h old"),
    "from the future": lambda by: Sent(
        by(SECRET), at=(SENT_AT - 7200) * SECOND, reason="2 h in the future"
    ),
    "missing": lambda by: Sent({}, reason="is missing"),
    "malformed": lambda by: Sent(dict.fromkeys(by(SECRET), "?"), reason="is malformed"),
    "truncated": lambda by: Sent(
        {name: value[:-4] if "sig" in name else value for name, value in by(SECRET).items()},
        reason="matches no secret",
    ),
    "rotated here": lambda by: Sent(by(SECRET), secrets=(OTHER, SECRET)),
    "rotated there, ours is new": lambda by: Sent(joined(by(OTHER), by(SECRET))),
    "rotated there, ours is old": lambda by: Sent(joined(by(SECRET), by(OTHER))),
    "retired": lambda by: Sent(by(SECRET), secrets=(OTHER,), reason="matches no secret"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("signer", SIGNERS)
def test_a_request_signed_by_the_vendor_is_judged_rightly(signer, case):
    """The vendor's own code signs, ours judges."""
    scheme, by = SIGNERS[signer]
    sent = CASES[case](by)
    receipt = Receipt("crm", sent.at, list(sent.headers.items()), {}, sent.body.encode())
    if sent.reason:
        with pytest.raises(BadSignature, match=sent.reason):
            verify(PRESETS[scheme], receipt, sent.secrets)
    else:
        verify(PRESETS[scheme], receipt, sent.secrets)


@pytest.mark.parametrize("name", ["svix", "clerk", "standard-webhooks"])
def test_what_we_sign_is_accepted_by_svix(name):
    """An example is sent as Svix would send it."""
    made = sign(PRESETS[name], SECRET, BODY.encode(), system_clock(), id="msg_1")
    svix.webhooks.Webhook(SECRET).verify(BODY, made)
    with pytest.raises(svix.webhooks.WebhookVerificationError):
        svix.webhooks.Webhook(OTHER).verify(BODY, made)


def test_what_we_sign_is_accepted_by_standardwebhooks():
    """An example is sent as the specification says."""
    scheme = PRESETS["standard-webhooks"]
    made = sign(scheme, SECRET, BODY.encode(), system_clock(), id="msg_1")
    assert standardwebhooks.Webhook(SECRET).verify(BODY, made) == json.loads(BODY)


def test_what_we_sign_is_accepted_by_stripe():
    """An example is sent as Stripe would send it."""
    made = sign(PRESETS["stripe"], SECRET, BODY.encode(), system_clock(), id="")
    event = stripe.Webhook.construct_event(BODY.encode(), made["Stripe-Signature"], SECRET)
    assert event.id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(BODY.encode(), made["Stripe-Signature"], OTHER)
