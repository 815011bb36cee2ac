"""`bridge new`: a first mapping from captured payloads, which `bridge check` takes as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Bridge

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"

ORDER = {
    "eventId": "e-1",
    "eventType": "order.paid",
    "occurredAt": "2026-01-05T10:00:00Z",
    "buyer": {"id": 77, "e-mail": "no", "email": "noor@example.com", "firstName": "Noor"},
    "lines": [{"sku": "a: b # c", "price": 12.5}, {"sku": "NO"}],
    'it\'s "odd"\n': {"x y": None, "": 1, "empty": [], "12": "12:30", "=x": "=y", "e": 1e300},
}
ODD: dict[str, Any] = {
    "an order": ORDER,
    "no person": {"a": 1},
    "a link alone": {"type": "x", "id": "1", "customer_id": "c1"},
    "nothing": {},
    "a text": "text",
    "a number": 10**300,
    "deep": json.loads('{"a":' * 70 + "1" + "}" * 70),
    "words of YAML": {"type": "null", "id": "true", "email": "a@example.com", "time": "~"},
    "controls": {"email": "a@example.com", "name": "\x00\x85\u2028\ud83d\ude00", "t": "\t- a: b"},
    "a batch": [{"id": "1", "email": "a@example.com"}, {"id": "2", "x": 1}],
    "an empty batch": [],
    "a batch without people": [1, "x"],
    "very long": {"email": "a@example.com", "x": "y" * 20_000, "list": list(range(2000))},
    "many": {f"key {n}": {"a": n} for n in range(1000)},
}


def capture(name: str, payload: Any, headers: dict[str, str] | None = None) -> str:
    file = Path(name)
    file.write_text(json.dumps(payload))
    if headers:
        file.with_suffix(".headers.json").write_text(json.dumps(headers))
    return name


@pytest.mark.parametrize("name", ODD)
def test_what_is_written_holds_as_it_is(name: str, bridge: Bridge) -> None:
    """Whatever was captured: no problem, no remark, and the example ends as it says."""
    assert bridge("new", "acme", "--from", capture("captured.json", ODD[name])).code == 0
    said = bridge("check", "acme")
    assert said.out == "1 mapping, 1 example: 0 problems, 0 remarks\n"
    assert bridge("preview", "acme", "mappings/acme/captured.yaml").code == 0


def test_id_type_time_address_and_name_are_guessed(bridge: Bridge) -> None:
    """However the sender spells them; the paths and kinds of all else stand below."""
    bridge("new", "acme", "--from", capture("paid.json", ORDER))
    text = Path("mappings/acme.yaml").read_text()
    for line in (
        "  id: =body.eventId ",
        "  type: =body.eventType ",
        "  time: =body.occurredAt ",
        "  subject: =body.buyer.id ",
        "  - on: [order.paid]\n",
        "        acme_person: =body.buyer.id\n",
        "        email: =body.buyer.email\n",
        "        name: =body.buyer.firstName\n",
        "#   body.lines[0].price",
    ):
        assert line in text
    assert "secret: ACME_WEBHOOK_SECRET" in text


def test_several_payloads_make_one_mapping(bridge: Bridge) -> None:
    """With the types of all, and an example for each."""
    for kind in ("paid", "refunded"):
        capture(f"{kind}.json", {**ORDER, "eventId": kind, "eventType": f"order.{kind}"})
    bridge("new", "acme", "--from", "paid.json", "--from", "refunded.json")
    assert "  - on: [order.paid, order.refunded]\n" in Path("mappings/acme.yaml").read_text()
    assert bridge("check", "acme").out.startswith("1 mapping, 2 examples: 0 problems, 0 remarks")


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({"Stripe-Signature": "t=1,v1=x"}, "stripe"),
        (
            {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
            "standard-webhooks",
        ),
        ({"svix-id": "m", "svix-timestamp": "1", "svix-signature": "v1,x"}, "svix"),
        ({"Webhook-Signature": "x"}, "gocardless"),
        ({"X-Shopify-Hmac-Sha256": "x", "X-Shopify-Topic": "orders/paid"}, "shopify"),
        ({"Authorization": "Basic eDp5"}, "basic"),
        ({"Authorization": "Bearer canary-secret"}, "token"),
        ({"X-Signature": "x"}, "hmac"),
    ],
)
def test_the_scheme_is_recognised_by_its_headers(
    headers: dict[str, str], scheme: str, bridge: Bridge
) -> None:
    """Signatures and secrets are not kept; a check with them passes."""
    bridge("new", "acme", "--from", capture("paid.json", ORDER, headers))
    text = Path("mappings/acme.yaml").read_text() + Path("mappings/acme/paid.yaml").read_text()
    assert f"  scheme: {scheme} " in text
    assert "canary-secret" not in text
    assert "Basic" not in text
    assert bridge("check", "acme").code == 0


def test_headers_may_tell_id_and_type(bridge: Bridge) -> None:
    """Where the body does not; they may stand in a file of their own."""
    capture("paid.json", {"customer": {"email": "noor@example.com"}})
    told = {
        "X-Shopify-Hmac-Sha256": "x",
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Event-Id": "e",
    }
    Path("headers.json").write_text(json.dumps(told))
    bridge("new", "acme", "--from", "paid.json", "--headers", "headers.json")
    text = Path("mappings/acme.yaml").read_text()
    assert "  id: =headers.x_shopify_event_id " in text
    assert "  type: =headers.x_shopify_topic " in text
    assert "orders/paid" in text
    assert bridge("check", "acme").code == 0


def test_a_form_is_read_as_it_is_received(bridge: Bridge) -> None:
    """A captured body need not be JSON."""
    Path("form.txt").write_text("email=noor%40example.com&name=Noor")
    Path("form.headers.json").write_text('{"Content-Type": "application/x-www-form-urlencoded"}')
    assert bridge("new", "acme", "--from", "form.txt").code == 0
    assert "email: =body.email" in Path("mappings/acme.yaml").read_text()
    assert bridge("check", "acme").code == 0


@pytest.mark.parametrize("name", ["shop", "intercom", "operation", "Acme", "a/b", "../x"])
def test_nothing_is_overwritten(name: str, bridge: Bridge) -> None:
    """Neither a mapping nor a folder of examples; and the name must be one of a source."""
    capture("paid.json", ORDER)
    before = {path: path.read_bytes() for path in Path().rglob("*.yaml")}
    said = bridge("new", name, "--from", "paid.json")
    assert said.code == 1
    assert said.err.startswith("bridge: ")
    assert {path: path.read_bytes() for path in Path().rglob("*.yaml")} == before


def test_what_cannot_be_read_leaves_nothing_behind(bridge: Bridge) -> None:
    """Not half a mapping."""
    Path("bad.json").write_text('{"a": ')
    assert bridge("new", "acme", "--from", "bad.json").code == 1
    assert not Path("mappings/acme.yaml").exists()


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason=f"{PAYLOADS} is not here")
def test_every_captured_payload_makes_a_mapping_that_holds(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever vendors send as JSON, with the headers they send."""
    monkeypatch.setenv("BRIDGE_PUBLIC_URL", "https://bridge.example.com")  # HubSpot signs it
    found = {
        file.parent.name: file
        for file in PAYLOADS.glob("*/*.json")
        if file.suffixes[:-1] != [".headers"]
    }
    files = list(found.values())  # one of each vendor
    for number, file in enumerate(files):
        assert bridge("new", f"vendor{number}", "--from", str(file)).code == 0
    said = bridge("check", *(f"vendor{number}" for number in range(len(files))))
    assert said.out.splitlines()[-1].endswith("0 problems, 0 remarks"), said.out
