"""Requests signed by the vendors' own libraries are judged rightly, and ours satisfy them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from bridge.clock import SECOND, Micros, system_clock
from bridge.errors import BadSignature
from bridge.model import Receipt
from bridge.sources.presets import PROVEN
from bridge.sources.schemes import PRESETS
from bridge.sources.sign import sign
from bridge.sources.verify import verify

from .vendors import (
    BODY,
    OTHER,
    SECRET,
    SENT_AT,
    SIGNERS,
    URL,
    VERIFIERS,
    Headers,
    Signer,
    Verifier,
)


@dataclass(frozen=True)
class Sent:
    """What arrives in a case, and what is known of it: the reason of a refusal, "" for none."""

    headers: Headers
    body: str = BODY
    at: Micros = SENT_AT * SECOND
    secrets: tuple[str, ...] = (SECRET,)
    reason: str = ""


def signature_name(headers: Headers) -> str:
    return next(name for name in headers if "signature" in name)


def joined(signer: Signer, first: str, second: str) -> Headers:
    """Both signatures in one header, as while the sender rotates its secret."""
    headers, more = signer.sign(first), signer.sign(second)
    name = signature_name(headers)
    # behind a timestamp in the same header stands the signature alone
    extra = more[name] if signer.join == " " else more[name].partition(signer.join)[2]
    return headers | {name: headers[name] + signer.join + extra}


def cut(headers: Headers) -> Headers:
    """A signature without its last characters."""
    name = signature_name(headers)
    return headers | {name: headers[name][:-4]}


UNREADABLE = "is malformed|matches no secret|should hold|does not begin"

CASES: dict[str, Callable[[Signer], Sent]] = {
    "valid": lambda by: Sent(by.sign(SECRET)),
    "wrong secret": lambda by: Sent(by.sign(OTHER), reason="matches no secret"),
    "tampered": lambda by: Sent(
        by.sign(SECRET), BODY.replace("evt_1", "evt_2"), reason="matches no"
    ),
    "re-serialised": lambda by: Sent(
        by.sign(SECRET), json.dumps(json.loads(BODY)), reason="rewrites"
    ),
    "missing": lambda _: Sent({}, reason="is missing"),
    "malformed": lambda by: Sent(dict.fromkeys(by.sign(SECRET), "?"), reason=UNREADABLE),
    "truncated": lambda by: Sent(cut(by.sign(SECRET)), reason="matches no secret"),
    "rotated here": lambda by: Sent(by.sign(SECRET), secrets=(OTHER, SECRET)),
    "retired": lambda by: Sent(by.sign(SECRET), secrets=(OTHER,), reason="matches no secret"),
}
TIMED: dict[str, Callable[[Signer], Sent]] = {
    "five minutes old": lambda by: replace(Sent(by.sign(SECRET)), at=(SENT_AT + 300) * SECOND),
    "expired": lambda by: Sent(by.sign(SECRET), at=(SENT_AT + 7200) * SECOND, reason="2 h old"),
    "from the future": lambda by: Sent(
        by.sign(SECRET), at=(SENT_AT - 7200) * SECOND, reason="2 h in the future"
    ),
}
LISTED: dict[str, Callable[[Signer], Sent]] = {
    "rotated there, ours is new": lambda by: Sent(joined(by, OTHER, SECRET)),
    "rotated there, ours is old": lambda by: Sent(joined(by, SECRET, OTHER)),
}
ALL = CASES | TIMED | LISTED


def pairs() -> Iterator[tuple[str, str]]:
    """Each vendor's library with the cases that its scheme can have."""
    for name, signer in SIGNERS.items():
        cases = CASES | (TIMED if signer.timed else {}) | (LISTED if signer.join else {})
        yield from ((name, case) for case in cases)


@pytest.mark.parametrize(("signer", "case"), list(pairs()))
def test_a_request_signed_by_the_vendor_is_judged_rightly(signer, case):
    """The vendor's own code signs, ours judges."""
    scheme, sent = PRESETS[SIGNERS[signer].scheme], ALL[case](SIGNERS[signer])
    receipt = Receipt("crm", sent.at, list(sent.headers.items()), {}, sent.body.encode())
    if sent.reason:
        with pytest.raises(BadSignature, match=sent.reason):
            verify(scheme, receipt, sent.secrets, url=URL)
    else:
        verify(scheme, receipt, sent.secrets, url=URL)


def ours(by: Verifier, secret: str, at: Micros) -> Headers:
    made = sign(PRESETS[by.scheme], secret, BODY.encode(), at, id="msg_1", url=URL)
    return {name.lower(): value for name, value in made.items()}


@pytest.mark.parametrize("name", VERIFIERS)
def test_what_we_sign_is_accepted_by_the_vendor(name):
    """An example is sent as the vendor would send it; the wrong secret is refused there too."""
    by, now = VERIFIERS[name], system_clock()
    made = ours(by, by.secret, now)
    assert by.accepts(BODY, made, by.secret)
    assert not by.accepts(BODY, ours(by, by.other, now), by.secret)


@pytest.mark.parametrize("name", VERIFIERS)
def test_what_the_vendor_refuses_we_refuse(name):
    """A changed body, an old request, a secret that is not ours: no vendor is stricter."""
    by, now = VERIFIERS[name], system_clock()
    made = ours(by, by.secret, now)
    old = ours(by, by.secret, now - 7200 * SECOND)
    for body, headers, secret in (
        (BODY, made, by.secret),
        (BODY + " ", made, by.secret),
        (BODY, old, by.secret),
        (BODY, made, by.other),
        (BODY, dict.fromkeys(made, "?"), by.secret),
    ):
        receipt = Receipt("crm", now, list(headers.items()), {}, body.encode())
        try:
            verify(PRESETS[by.scheme], receipt, [secret], url=URL)
        except BadSignature:
            continue
        assert by.accepts(body, headers, secret)


def test_what_the_docs_call_proven_is_proven_here():
    """By scheme, the vendor's own libraries that sign or verify above."""
    found: dict[str, set[str]] = {}
    for by in (*SIGNERS.values(), *VERIFIERS.values()):
        found.setdefault(by.scheme, set()).add(by.library)
    assert found == {scheme: set(names) for scheme, names in PROVEN.items()}
