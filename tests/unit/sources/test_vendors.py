"""Each vendor's row, against its formula written out by hand and the vectors it publishes."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from bridge.clock import SECOND
from bridge.model import Receipt
from bridge.sources.schemes import PRESETS
from bridge.sources.sign import sign
from bridge.sources.verify import verify

NOW = 1_700_000_000_123_000
URL = "https://bridge.example.com/hooks/crm"
BODY = b'{"name": "Zo\xc3\xab"}'
KEY = b"pdl_ntfset_secret"


def hmac_hex(text: bytes, key: bytes = KEY, alg: str = "sha256") -> str:
    return hmac.new(key, text, alg).hexdigest()


def hmac_base64(text: bytes) -> str:
    return base64.b64encode(hmac.new(KEY, text, hashlib.sha256).digest()).decode()


TIMED = b"1700000000."
TIMED_MS = b"1700000000123."

ROWS = {
    "attio": {"Attio-Signature": hmac_hex(BODY)},
    "cal": {"X-Cal-Signature-256": hmac_hex(BODY)},
    "calendly": {"Calendly-Webhook-Signature": f"t=1700000000,v1={hmac_hex(TIMED + BODY)}"},
    "github": {"X-Hub-Signature-256": f"sha256={hmac_hex(BODY)}"},
    "gocardless": {"Webhook-Signature": hmac_hex(BODY)},
    "hubspot": {
        "X-HubSpot-Signature-v3": hmac_base64(b"POST" + URL.encode() + BODY + b"1700000000123"),
        "X-HubSpot-Request-Timestamp": "1700000000123",
    },
    "hubspot-v1": {"X-HubSpot-Signature": hashlib.sha256(KEY + BODY).hexdigest()},
    "hubspot-v2": {
        "X-HubSpot-Signature": hashlib.sha256(KEY + b"POST" + URL.encode() + BODY).hexdigest()
    },
    "intercom": {"X-Hub-Signature": f"sha1={hmac_hex(BODY, alg='sha1')}"},
    "lemonsqueezy": {"X-Signature": hmac_hex(BODY)},
    "paddle": {"Paddle-Signature": f"ts=1700000000;h1={hmac_hex(b'1700000000:' + BODY)}"},
    "recurly": {"recurly-signature": f"1700000000123,{hmac_hex(TIMED_MS + BODY)}"},
    "segment": {"X-Signature": hmac_hex(BODY, alg="sha1")},
    "shopify": {"X-Shopify-Hmac-Sha256": hmac_base64(BODY)},
    "tally": {"Tally-Signature": hmac_base64(BODY)},
    "typeform": {"Typeform-Signature": f"sha256={hmac_base64(BODY)}"},
    "webflow": {
        "x-webflow-signature": hmac_hex(b"1700000000123:" + BODY),
        "x-webflow-timestamp": "1700000000123",
    },
    "workos": {"WorkOS-Signature": f"t=1700000000123, v1={hmac_hex(TIMED_MS + BODY)}"},
    "chargebee": {"Authorization": "Basic cGRsX250ZnNldF9zZWNyZXQ6"},
    "pipedrive": {"Authorization": "Basic cGRsX250ZnNldF9zZWNyZXQ6"},
}


def judge(name, headers, secret, body=BODY, at=NOW) -> None:
    pairs = [(key.lower(), value) for key, value in headers.items()]
    verify(PRESETS[name], Receipt(name, at, pairs, {}, body), [secret], url=URL)


@pytest.mark.parametrize("name", ROWS)
def test_a_request_signed_by_the_documented_formula_is_accepted(name):
    """The formula is the vendor's, the arithmetic is written out beside it."""
    secret = KEY.decode() + (":" if PRESETS[name].kind == "basic" else "")
    judge(name, ROWS[name], secret)


def test_every_vendor_has_its_line_here():
    """A row without a line would be a row nobody checked; the rest have tests of their own."""
    own = {
        "open",
        "hmac",
        "basic",
        "token",
        "stripe",
        "standard-webhooks",
        "svix",
        "clerk",
        "close",
    }
    assert set(PRESETS) == own | set(ROWS)


def test_the_key_of_close_is_decoded_from_hex():
    """Close shows its key as hex and signs with the bytes."""
    digest = hmac_hex(b"1700000000" + BODY, bytes.fromhex("00ff10"))
    judge("close", {"close-sig-hash": digest, "close-sig-timestamp": "1700000000"}, "00ff10")


def test_recurly_may_sign_with_several_keys():
    """While a key is being changed more signatures follow the first."""
    good = hmac_hex(TIMED_MS + BODY)
    judge("recurly", {"recurly-signature": f"1700000000123,{'0' * 64},{good}"}, KEY.decode())


def test_paddle_may_sign_with_several_keys():
    """Paddle's own Node library looks at the last only; any will do here."""
    good = hmac_hex(b"1700000000:" + BODY)
    for first, second in ((good, "0" * 64), ("0" * 64, good)):
        judge("paddle", {"Paddle-Signature": f"ts=1700000000;h1={first};h1={second}"}, KEY.decode())


def test_the_vector_github_publishes_is_accepted():
    """docs.github.com, "Validating webhook deliveries"."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"X-Hub-Signature-256": f"sha256={digest}"}
    judge("github", headers, "It's a Secret to Everybody", b"Hello, World!")


def test_the_vector_svix_publishes_is_accepted():
    """docs.svix.com, "Verifying webhooks manually"."""
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for name in ("svix", "clerk", "standard-webhooks"):
        judge(name, headers, secret, b'{"test": 2432232314}', 1_614_265_330 * SECOND)


def test_standard_webhooks_are_sent_under_both_names():
    """`svix` and `clerk` are sent as svix-*, which is all that Clerk's own library accepts."""
    made = {
        name: sorted(sign(PRESETS[name], "AAAA", BODY, NOW, id="msg_1"))
        for name in ("standard-webhooks", "svix", "clerk")
    }
    svix = ["svix-id", "svix-signature", "svix-timestamp"]
    assert made == {
        "standard-webhooks": ["webhook-id", "webhook-signature", "webhook-timestamp"],
        "svix": svix,
        "clerk": svix,
    }
