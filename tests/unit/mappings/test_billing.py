"""What the mappings of billing systems promise beyond their examples."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.mapping.examples import load_examples
from bridge.model import Json, Mapped
from tests.unit.mappings.conftest import shipped

Make = Callable[[str, Json], tuple[Any, Mapped]]


def payload(source: str, file: str) -> Json:
    found = [one for one in load_examples(shipped(source)) if Path(one.path).stem == file]
    return copy.deepcopy(found[0].payload)


def attribute(mapped: Mapped, name: str) -> Json:
    [user] = mapped.people
    return user.set[f"custom_attributes.{name}"]


@pytest.mark.parametrize(
    ("status", "monthly"),
    [("active", 400), ("past_due", 400), ("trialing", 0), ("paused", 0), ("canceled", 0)],
)
def test_paddle_counts_what_is_billed(make: Make, status: str, monthly: float) -> None:
    """Neither a trial nor a pause brings revenue."""
    body = payload("paddle", "subscription-created")
    body["data"]["status"] = status
    assert attribute(make("paddle", body)[1], "paddle_mrr") == monthly


def test_paddle_leaves_out_what_is_bought_once(make: Make) -> None:
    """An item that does not recur has no billing cycle."""
    body = payload("paddle", "subscription-created")
    body["data"]["items"][1]["recurring"] = False
    body["data"]["items"][1]["price"]["billing_cycle"] = None
    assert attribute(make("paddle", body)[1], "paddle_mrr") == 300


@pytest.mark.parametrize(("currency", "monthly"), [("JPY", 40000), ("USD", 400)])
def test_paddle_tells_amounts_in_the_smallest_unit(
    make: Make, currency: str, monthly: float
) -> None:
    """Yen have none smaller."""
    body = payload("paddle", "subscription-created")
    for item in body["data"]["items"]:
        item["price"]["unit_price"]["currency_code"] = currency
    assert attribute(make("paddle", body)[1], "paddle_mrr") == monthly


def test_paddle_adds_up_no_two_currencies(make: Make) -> None:
    """The field is emptied, with a remark."""
    body = payload("paddle", "subscription-created")
    body["data"]["items"][0]["price"]["unit_price"]["currency_code"] = "USD"
    mapped = make("paddle", body)[1]
    assert attribute(mapped, "paddle_mrr") is None
    assert any("currencies" in one for one in mapped.warnings)


def test_chargebee_events_of_one_second_are_ordered_by_version(make: Make) -> None:
    """`resource_version` counts milliseconds; `occurred_at` whole seconds."""
    body = payload("chargebee", "subscription-created")
    later = copy.deepcopy(body)
    later["content"]["subscription"]["resource_version"] += 1
    first, second = (make("chargebee", one)[0] for one in (body, later))
    assert first.time == second.time
    assert first.version < second.version


def test_chargebee_without_amounts_has_no_revenue_to_tell(make: Make) -> None:
    """An item billed by use has no amount: unknown, not 0."""
    body = payload("chargebee", "subscription-second-resumed")
    del body["content"]["subscription"]["subscription_items"][0]["amount"]
    assert attribute(make("chargebee", body)[1], "chargebee_mrr") is None


@pytest.mark.parametrize(
    ("source", "file", "subject"),
    [
        ("paddle", "customer-created", "ctm_01k6br89shp7xpaenx22h8qetw"),
        ("paddle", "subscription-created", "ctm_01k6br89shp7xpaenx22h8qetw"),
        ("paddle", "adjustment-created", "ctm_01k6br89shp7xpaenx22h8qetw"),
        ("chargebee", "customer-created", "AzqYvZU8Xk2mN1Qp"),
        ("chargebee", "subscription-created", "AzqYvZU8Xk2mN1Qp"),
        ("chargebee", "invoice-deleted", "AzqYvZU8Xk2mN1Qp"),
    ],
)
def test_all_events_of_a_customer_are_of_one_subject(
    make: Make, source: str, file: str, subject: str
) -> None:
    """Only so can their rows add up."""
    assert make(source, payload(source, file))[0].subject == subject
