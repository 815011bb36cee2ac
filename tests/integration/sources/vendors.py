"""The vendors' own libraries: those that sign as the vendor does, and those that only verify.

Python's come with the development requirements; those of npm are run by node, where both are there.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

Headers = dict[str, str]

BODY = json.dumps({"id": "evt_1", "object": "event", "name": "Zoë 🙂"}, ensure_ascii=False)
OTHER = "whsec_" + base64.b64encode(b"another secret of the same length").decode()
SECRET = "whsec_" + base64.b64encode(b"the secret that the two parties share").decode()
SENT_AT = 1_700_000_000
URL = "https://bridge.example.com/hooks/crm"
NODE = Path(__file__).with_name("node")


def library(name: str) -> Any:
    """Import a vendor's library; only where nobody relies on the tests may it be missing."""
    if os.environ.get("CI"):
        return __import__(name, fromlist=["*"])
    return pytest.importorskip(name, reason=f"{name} is not installed: make test installs it")


def node(name: str, secret: str, body: str, headers: Mapping[str, str]) -> Any:
    """Ask a library of npm; skip where node or the library is not there."""
    if shutil.which("node") is None or not (NODE / "node_modules").is_dir():
        pytest.skip(f"node is missing, or `npm install --no-package-lock` in {NODE.name}/")
    asked = {"library": name, "secret": secret, "body": body, "headers": dict(headers)}
    ran = subprocess.run(
        ["node", str(NODE / "vendor.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(ran.stdout)["answer"]


# --- libraries that sign ------------------------------------------------------------------------


@dataclass(frozen=True)
class Signer:
    """How a vendor's own code signs BODY at SENT_AT; `join` stands between two signatures."""

    scheme: str
    library: str
    sign: Callable[[str], Headers]
    timed: bool = True
    join: str = ""


def by_stripe(secret: str) -> Headers:
    make = library("stripe").WebhookSignature.generate_signature_header
    return {"stripe-signature": make(BODY, secret, SENT_AT)}


def _moment() -> datetime:
    # Both libraries of Standard Webhooks read a naive time as UTC.
    return datetime.fromtimestamp(SENT_AT, UTC).replace(tzinfo=None)


def by_standardwebhooks(secret: str) -> Headers:
    made = library("standardwebhooks").Webhook(secret).sign("msg_1", _moment(), BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(SENT_AT), "webhook-signature": made}


def by_svix(secret: str) -> Headers:
    made = library("svix.webhooks").Webhook(secret).sign("msg_1", _moment(), BODY)
    return {"svix-id": "msg_1", "svix-timestamp": str(SENT_AT), "svix-signature": made}


def by_hubspot(version: str) -> Callable[[str], Headers]:
    def sign(secret: str) -> Headers:
        make = library("hubspot.utils.signature").Signature.get_signature
        ts = str(SENT_AT * 1000)
        made = make(secret, BODY, version, URL, "POST", ts)
        if version == "v3":
            return {"x-hubspot-signature-v3": made, "x-hubspot-request-timestamp": ts}
        return {"x-hubspot-signature": made}

    return sign


def by_paddle(secret: str) -> Headers:
    make = library("paddle_billing.Notifications.PaddleSignature").PaddleSignature.calculate_hmac
    made = make(secret, f"{SENT_AT}:{BODY}".encode()).hexdigest()
    return {"paddle-signature": f"ts={SENT_AT};h1={made}"}


def by_octokit(secret: str) -> Headers:
    made: Headers = node("octokit sign", secret, BODY, {})
    return made


SIGNERS: Mapping[str, Signer] = {
    "stripe": Signer("stripe", "stripe", by_stripe, join=","),
    "standard-webhooks": Signer(
        "standard-webhooks", "standardwebhooks", by_standardwebhooks, join=" "
    ),
    "standard-webhooks by svix": Signer("standard-webhooks", "svix", by_svix, join=" "),
    "svix": Signer("svix", "svix", by_svix, join=" "),
    "clerk": Signer("clerk", "svix", by_svix, join=" "),
    "hubspot": Signer("hubspot", "hubspot-api-client", by_hubspot("v3")),
    "hubspot-v1": Signer("hubspot-v1", "hubspot-api-client", by_hubspot("v1"), timed=False),
    "hubspot-v2": Signer("hubspot-v2", "hubspot-api-client", by_hubspot("v2"), timed=False),
    "paddle": Signer("paddle", "paddle-python-sdk", by_paddle, join=";"),
    "github": Signer("github", "@octokit/webhooks-methods", by_octokit, timed=False),
}


# --- libraries that verify ----------------------------------------------------------------------


@dataclass(frozen=True)
class Verifier:
    """How a vendor's own code judges a body with its headers (in lower case) now."""

    scheme: str
    library: str
    judge: Callable[[str, str, Headers], object]
    timed: bool = True
    secret: str = SECRET
    other: str = OTHER

    def accepts(self, body: str, headers: Headers, secret: str) -> bool:
        """Say whether the vendor's code takes it; it refuses with false, or with an error."""
        try:
            return self.judge(secret, body, headers) is not False
        except (pytest.skip.Exception, ImportError):
            raise
        except Exception:  # whatever a vendor's library raises is a refusal
            return False


def stripe_judges(secret: str, body: str, headers: Headers) -> object:
    return library("stripe").Webhook.construct_event(body, headers["stripe-signature"], secret)


def standardwebhooks_judges(secret: str, body: str, headers: Headers) -> object:
    return library("standardwebhooks").Webhook(secret).verify(body, headers)


def svix_judges(secret: str, body: str, headers: Headers) -> object:
    return library("svix.webhooks").Webhook(secret).verify(body, headers)


def hubspot_judges(version: str) -> Callable[[str, str, Headers], object]:
    def judge(secret: str, body: str, headers: Headers) -> object:
        made = headers["x-hubspot-signature-v3" if version == "v3" else "x-hubspot-signature"]
        judged = library("hubspot.utils.signature").Signature.is_valid
        ts = headers.get("x-hubspot-request-timestamp")
        return judged(made, secret, body, URL, "POST", version, ts)

    return judge


def paddle_judges(secret: str, body: str, headers: Headers) -> object:
    verifier = library("paddle_billing.Notifications.Verifier").Verifier(300)
    key = library("paddle_billing.Notifications.Secret").Secret(secret)
    named = {"Paddle-Signature": headers["paddle-signature"]}
    return verifier.verify(SimpleNamespace(headers=named, body=body.encode()), key)


def workos_judges(secret: str, body: str, headers: Headers) -> object:
    client = library("workos").WorkOSClient(api_key="none", client_id="none")
    # Its own header has a space behind the comma; its verifier reads no other.
    made = headers["workos-signature"].replace(",", ", ")
    client.webhooks.verify_header(event_body=body, event_signature=made, secret=secret)
    return True


def gocardless_judges(secret: str, body: str, headers: Headers) -> object:
    library("gocardless_pro.webhooks")._verify_signature(body, secret, headers["webhook-signature"])
    return True


def by_node(name: str) -> Callable[[str, str, Headers], object]:
    return lambda secret, body, headers: node(name, secret, body, headers)


VERIFIERS: Mapping[str, Verifier] = {
    "stripe": Verifier("stripe", "stripe", stripe_judges),
    "standard-webhooks": Verifier("standard-webhooks", "standardwebhooks", standardwebhooks_judges),
    "standard-webhooks by svix": Verifier("standard-webhooks", "svix", svix_judges),
    "svix": Verifier("svix", "svix", svix_judges),
    "clerk": Verifier("clerk", "svix", svix_judges),
    "clerk by clerk": Verifier("clerk", "@clerk/backend", by_node("@clerk/backend")),
    "hubspot": Verifier("hubspot", "hubspot-api-client", hubspot_judges("v3")),
    "hubspot-v1": Verifier("hubspot-v1", "hubspot-api-client", hubspot_judges("v1"), timed=False),
    "hubspot-v2": Verifier("hubspot-v2", "hubspot-api-client", hubspot_judges("v2"), timed=False),
    "paddle": Verifier("paddle", "paddle-python-sdk", paddle_judges),
    "workos": Verifier("workos", "workos", workos_judges),
    "gocardless": Verifier("gocardless", "gocardless_pro", gocardless_judges, timed=False),
    "github": Verifier(
        "github",
        "@octokit/webhooks-methods",
        by_node("@octokit/webhooks-methods"),
        timed=False,
    ),
    "webflow": Verifier("webflow", "webflow-api", by_node("webflow-api")),
    "chargebee": Verifier(
        "chargebee",
        "chargebee",
        by_node("chargebee"),
        timed=False,
        secret="bridge:a:b",
        other="bridge:other",
    ),
}
