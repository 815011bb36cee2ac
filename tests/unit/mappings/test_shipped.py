"""What the shipped mappings promise beyond their examples."""

from __future__ import annotations

import copy
import hmac
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SECOND
from bridge.errors import BadSignature, ExpressionError
from bridge.mapping.examples import load_examples
from bridge.mapping.lint import lint
from bridge.mapping.mapping import Mapping
from bridge.model import Json, Mapped, Receipt
from bridge.sources.schemes import scheme_for
from bridge.sources.verify import verify

Make = Callable[[str, Json], tuple[Any, Mapped]]

HOSTILE: tuple[Json, ...] = (None, 7, 10**400, [], {}, "a\x00b", "x" * 100_000, True)


def payload(mapping: Mapping, file: str) -> Json:
    found = [one.payload for one in load_examples(mapping) if Path(one.path).stem == file]
    assert len(found) == 1
    return copy.deepcopy(found[0])


def test_check_has_nothing_to_say(mapping: Mapping) -> None:
    """No error and no warning: types told, identifiers in order, an example for each route."""
    assert [str(one) for one in lint(mapping, examples_required=True)] == []


def test_only_addresses_that_belong_to_nobody_are_shown(mapping: Mapping) -> None:
    """Examples must not name a real person's address or a real site."""
    for example in load_examples(mapping):
        text = example.body.decode()
        hosts = re.findall(r"(?:@|https?://)([\w.-]+)", text)
        assert all(host.lower().endswith(("example.com", ".example")) for host in hosts), (
            example.path
        )


def test_examples_say_what_follows(mapping: Mapping) -> None:
    """Each example states its calls, so that a further call never goes unnoticed."""
    for example in load_examples(mapping):
        assert example.calls is not None, example.path
        assert example.about, example.path


# --- Stripe --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("customer.created", "customer.updated"),
        ("customer.updated", "customer.deleted"),
        ("customer.subscription.created", "customer.subscription.updated"),
        ("customer.subscription.updated", "customer.subscription.deleted"),
        ("invoice.payment_failed", "invoice.paid"),
    ],
)
def test_events_of_one_second_keep_their_order(
    stripe: Mapping, make: Make, older: str, newer: str
) -> None:
    """Stripe's times are whole seconds, so the kind of event decides which fact is newer."""
    body = payload(stripe, "customer-created")
    first, _ = make("stripe", {**body, "type": older})
    second, _ = make("stripe", {**body, "type": newer})
    assert first.time == second.time
    assert first.version < second.version


def test_test_mode_is_told_from_live_mode(stripe: Mapping) -> None:
    """An event of test mode, or of a sender that does not say, never reaches a live workspace."""
    body = payload(stripe, "customer-created")
    without = {name: value for name, value in body.items() if name != "livemode"}
    receipt = Receipt("stripe", 1_767_225_600 * SECOND, [], {}, b"")
    skips = [
        stripe.read(one, receipt)[0].skip for one in (body, {**body, "livemode": False}, without)
    ]
    assert skips[0] is None
    assert "test event" in (skips[1] or "")
    assert "test event" in (skips[2] or "")


def test_customers_of_connected_accounts_are_left_alone(stripe: Mapping) -> None:
    """They are other businesses' customers, not ours."""
    body = {**payload(stripe, "customer-created"), "account": "acct_1RwKfJ9dRmTzXbQe"}
    [event] = stripe.read(body, Receipt("stripe", 1_767_225_600 * SECOND, [], {}, b""))
    assert "not wanted" in (event.skip or "")


def test_billing_by_use_has_no_quantity_and_tiers_no_price(stripe: Mapping, make: Make) -> None:
    """What the new plan does not have is emptied rather than left over from the old one."""
    body = payload(stripe, "subscription-trial")
    item = body["data"]["object"]["items"]["data"][0]
    del item["quantity"]
    item["price"].update(unit_amount=None, unit_amount_decimal=None, billing_scheme="tiered")
    [user] = make("stripe", body)[1].people
    assert user.set["custom_attributes.stripe_quantity"] is None
    assert user.set["custom_attributes.stripe_plan_price"] is None


@pytest.mark.parametrize(
    ("changed", "monthly"),
    [
        ({}, 147),
        ({"pause_collection": {"behavior": "void"}}, 0),
        ({"status": "trialing"}, 0),
        ({"status": "past_due"}, 147),
        ({"discount": {"coupon": {"duration": "once", "percent_off": 50}}}, 147),
        ({"discount": {"coupon": {"duration": "forever", "percent_off": 12.5}}}, 128.63),
        ({"discounts": ["di_1"]}, 147),
    ],
)
def test_only_what_is_billed_every_month_is_revenue(
    stripe: Mapping, make: Make, changed: dict[str, Json], monthly: float
) -> None:
    """Neither a trial nor a pause; less a coupon that lasts, where Stripe tells its percent."""
    body = payload(stripe, "subscription-active")
    body["data"]["object"].update(changed)
    [user] = make("stripe", body)[1].people
    assert user.set["custom_attributes.stripe_mrr"] == monthly


@pytest.mark.parametrize(("currency", "monthly"), [("jpy", 14700), ("kwd", 14.7), ("eur", 147)])
def test_revenue_has_the_decimals_of_its_currency(
    stripe: Mapping, make: Make, currency: str, monthly: float
) -> None:
    """None for yen, three for dinars."""
    body = payload(stripe, "subscription-active")
    body["data"]["object"]["items"]["data"][0]["price"]["currency"] = currency
    [user] = make("stripe", body)[1].people
    assert user.set["custom_attributes.stripe_mrr"] == monthly


@pytest.mark.parametrize(
    ("interval", "count", "shown"),
    [
        ("month", 1, "monthly"),
        ("year", 1, "yearly"),
        ("month", 3, "quarterly"),
        ("week", 2, "2 week"),
    ],
)
def test_intervals_read_as_people_say_them(
    stripe: Mapping, make: Make, interval: str, count: int, shown: str
) -> None:
    """A usual interval has a word, an unusual one is shown as Stripe counts it."""
    body = payload(stripe, "subscription-trial")
    recurring = body["data"]["object"]["items"]["data"][0]["price"]["recurring"]
    recurring.update(interval=interval, interval_count=count)
    mapped = make("stripe", body)[1]
    assert mapped.people[0].set["custom_attributes.stripe_plan_interval"] == shown
    assert mapped.warnings == ()


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_subscription_that_never_began_is_no_news(
    stripe: Mapping, make: Make, status: str
) -> None:
    """Neither a user nor a data event comes of it, also where it was incomplete before."""
    body = payload(stripe, "subscription-first-payment")
    body["data"]["object"]["status"] = status
    assert make("stripe", body)[1].skipped


def test_a_start_told_twice_has_one_moment(stripe: Mapping, make: Make) -> None:
    """Created as active and updated to active: Intercom drops the repeat of name and second."""
    updated = payload(stripe, "subscription-first-payment")
    created = copy.deepcopy(updated)
    created["type"] = "customer.subscription.created"
    created["created"] -= 30
    [one], [other] = (make("stripe", body)[1].tracks for body in (created, updated))
    assert (one.name, one.time) == (other.name, other.time)


def test_a_refund_of_a_guest_is_skipped(stripe: Mapping, make: Make) -> None:
    """It names nobody who could be known: nothing to wait or to decide for."""
    body = payload(stripe, "charge-refunded")
    body["data"]["object"]["customer"] = None
    assert make("stripe", body)[1].skipped


# --- signup --------------------------------------------------------------------------------------


def sent(body: bytes, now: str, secret: bytes) -> Receipt:
    """Give the receipt of a body signed as the mapping's comment says."""
    signature = hmac.new(secret, now.encode() + b"." + body, "sha256").hexdigest()
    headers = [("x-timestamp", now), ("x-signature", signature)]
    return Receipt("signup", 1_767_225_600 * SECOND, headers, {}, body)


def test_the_signature_that_the_comment_describes_is_accepted(signup: Mapping) -> None:
    """Five lines of Python on the sender's side are all it takes."""
    body = json.dumps(payload(signup, "registered")).encode()
    receipt = sent(body, "1767225600", b"a secret of the website")
    verify(scheme_for(signup.verification), receipt, ["a secret of the website"])


@pytest.mark.parametrize(
    ("now", "secret"),
    [("1767225600", b"another secret"), ("1767225000", b"a secret of the website")],
)
def test_another_secret_or_an_old_time_is_refused(signup: Mapping, now: str, secret: bytes) -> None:
    """A recorded request cannot be sent again ten minutes later."""
    receipt = sent(b"{}", now, secret)
    with pytest.raises(BadSignature):
        verify(scheme_for(signup.verification), receipt, ["a secret of the website"])


def test_the_comment_signs_as_the_test_does(signup: Mapping) -> None:
    """The lines that people copy are those that are tested here."""
    text = Path(signup.path).read_text()
    line = 'signature = hmac.new(secret, now.encode() + b"." + body, "sha256").hexdigest()'
    assert f"#   {line}\n" in text
    assert f"    {line}\n" in Path(__file__).read_text()


def test_a_reader_is_a_lead_and_a_registration_a_user(signup: Mapping, make: Make) -> None:
    """The role comes from what somebody did, never from what the payload calls it."""
    kinds = [make("signup", payload(signup, file))[1] for file in ("newsletter", "registered")]
    assert [mapped.people[0].kind for mapped in kinds] == ["lead", "user"]


def test_a_registration_without_a_company_touches_none(signup: Mapping, make: Make) -> None:
    """No id of a company, no company."""
    body = payload(signup, "registered")
    del body["company"]["id"]
    assert make("signup", body)[1].companies == ()


def test_a_number_without_a_country_is_kept_as_it_was_typed(signup: Mapping, make: Make) -> None:
    """Which country it belongs to is not guessed."""
    body = payload(signup, "registered")
    del body["user"]["country"]
    assert make("signup", body)[1].people[0].set["phone"] == "0170 1234567"


# --- any value may be wrong ----------------------------------------------------------------------


def places(value: Json) -> Iterator[tuple[Json, Json]]:
    """Give each holder and key inside a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@pytest.mark.parametrize(
    "wrong", HOSTILE, ids=["null", "7", "1e400", "[]", "{}", "NUL", "long", "true"]
)
def test_any_one_wrong_value_harms_only_its_own_event(
    mapping: Mapping, make: Make, wrong: Json
) -> None:
    """Each value replaced in turn: a Change with whole identifiers, or a failure with its place."""
    for body in one_per_type(mapping, make):
        for holder, key in list(places(body)):
            kept, holder[key] = holder[key], wrong
            check_outcome(make, mapping, body)
            holder[key] = kept


def one_per_type(mapping: Mapping, make: Make) -> list[Json]:
    """Give a payload of each type that the examples show."""
    payloads = (copy.deepcopy(example.payload) for example in load_examples(mapping))
    return list({make(mapping.source, one)[0].type: one for one in payloads}.values())


def check_outcome(make: Make, mapping: Mapping, body: Json) -> None:
    """Refuse anything but a Change that is sound and a failure that says where."""
    try:
        _, mapped = make(mapping.source, body)
    except ExpressionError as error:
        if mapping.path not in str(error):
            raise
        return
    for change in (*mapped.people, *mapped.companies):
        assert all(0 < len(one.value) <= 255 and "\x00" not in one.value for one in change.match)
        json.dumps(dict(change.set), allow_nan=False)
