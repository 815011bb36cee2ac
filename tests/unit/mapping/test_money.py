"""Money stays exact until it leaves, and never adds up unlike currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.expressions import Context, Expression, compile_expression
from bridge.mapping.money import Money, amount_of, freeze, metadata, of_minor, plain, thaw
from bridge.model import Json


def evaluated(text: str, body: Json, context: Context | None = None) -> Json:
    """Evaluate an expression over `body`."""
    compiled = compile_expression(text, names=["body"])
    assert isinstance(compiled, Expression), compiled
    return compiled.evaluate({"body": body}, context or Context())


def item(amount: Json, interval: str = "month", count: int = 1, **more: Json) -> Json:
    """Make a subscription item of Stripe's shape."""
    recurring = {"interval": interval, "interval_count": count}
    return {"price": {"unit_amount": amount, "currency": "eur", "recurring": recurring}} | more


PRICE = item(1000)["price"]


@pytest.mark.parametrize(
    ("minor", "currency", "number"),
    [
        (1250, "eur", 12.5),
        (1200, "EUR", 12),
        (500, "jpy", 500),
        (12345, "KWD", 12.345),
        (12345, "CLF", 1.2345),
        ("1250.5", "usd", 12.51),
        (-1250, "usd", -12.5),
    ],
)
def test_a_field_gets_major_units_by_the_currency(minor: Json, currency: str, number: Json) -> None:
    """The currency says how many decimals there are; what it cannot express is rounded."""
    value = plain(evaluated(f"money(body, '{currency}')", minor))
    assert (value, type(value)) == (number, type(number))


def test_stripe_counts_a_few_currencies_in_its_own_way() -> None:
    """Whole krónur and shillings arrive in hundredths, ariary whole."""
    assert plain(evaluated("money(body, 'ISK', 'stripe')", 500)) == 5
    assert plain(evaluated("money(body, 'UGX', 'stripe')", 500)) == 5
    assert plain(evaluated("money(body, 'MGA', 'stripe')", 500)) == 500
    assert plain(evaluated("money(body, 'ISK')", 500)) == 500


def test_ten_times_ten_cents_is_one() -> None:
    """Sums are decimal."""
    assert plain(evaluated("sum(body[].money(@, 'EUR'))", [10] * 10)) == 1
    assert plain(evaluated("sum(body[].money(@, 'EUR'))", [10, 20])) == 0.3


def test_a_sum_of_unlike_currencies_is_null_and_a_warning() -> None:
    """Euros and dollars have no sum, no largest and no mean."""
    for name in ("sum", "avg", "max", "min"):
        context = Context()
        text = f"{name}([money(`1`, 'EUR'), money(`1`, 'USD')])"
        assert evaluated(text, None, context) is None
        assert "currencies" in context.warnings[0]


def test_money_compares_with_money_and_numbers() -> None:
    """In major units and exactly; unlike currencies do not compare."""
    body = {"spend": Money(Decimal("12.1"), "EUR"), "other": Money(Decimal("1"), "USD"), "n": 12.1}
    assert evaluated("body.spend == body.n", body) is True
    assert evaluated("body.spend > body.n", body) is False
    assert evaluated("body.spend > `12`", body) is True
    assert evaluated("body.spend > body.other", body) is None
    assert evaluated("body.spend == body.other", body) is False
    assert evaluated("contains([body.spend], body.n)", body) is True


@pytest.mark.parametrize(
    ("interval", "count", "amount", "number"),
    [
        ("month", 1, 1000, 10),
        ("month", 3, 3000, 10),
        ("year", 1, 12000, 10),
        ("year", 1, 10000, 8.33),
        ("week", 1, 1200, 52),
        ("day", 1, 1200, 365),
    ],
)
def test_a_price_is_brought_to_a_month(
    interval: str, count: int, amount: int, number: Json
) -> None:
    """A year has 12 months, 52 weeks or 365 days."""
    assert plain(evaluated("monthly(body)", [item(amount, interval, count)])) == number


def test_thirds_of_cents_are_rounded_after_the_sum_only() -> None:
    """Three yearly prices of two cents are half a cent a month, and that is a cent."""
    assert plain(evaluated("monthly(body)", [item(2, "year")] * 3)) == 0.01
    assert plain(evaluated("monthly(body)", [item(2, "year")])) == 0


def test_quantity_and_fractions_of_cents_count() -> None:
    """The exact unit price is preferred; three seats cost three times as much."""
    seats = item(1, quantity=300)
    seats["price"]["unit_amount_decimal"] = "0.5"
    assert plain(evaluated("monthly(body)", [seats])) == 1.5


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        {},
        item(None),
        item("NaN"),
        item(1000, "fortnight"),
        item(1000, count=0),
        item(1000, quantity=None),
        item(1000, quantity=[]),
        {
            "price": {
                **item(1000)["price"],
                "recurring": {"interval": "month", "usage_type": "metered"},
            }
        },
        {"price": PRICE | {"recurring": {"interval": "month", "usage_type": "metered"}}},
        {"price": PRICE | {"transform_quantity": {"divide_by": 10}}},
        {"price": PRICE | {"currency": 978}},
    ],
)
def test_what_cannot_be_priced_makes_the_whole_unknown(odd: Json) -> None:
    """Half a monthly spend would be a wrong one."""
    context = Context()
    assert evaluated("monthly(body)", [item(1000), odd], context) is None
    assert len(context.warnings) == 1


def test_metadata_has_minor_units_and_the_currency() -> None:
    """Data events carry money as Intercom shows it, wherever it stands."""
    made = evaluated("{total: money(body, 'JPY'), lines: [money(body, 'EUR')]}", 1250)
    assert metadata(made) == {
        "total": {"amount": 1250, "currency": "jpy"},
        "lines": [{"amount": 1250, "currency": "eur"}],
    }
    assert plain(made) == {"total": 1250, "lines": [12.5]}


@given(st.integers(-(10**30), 10**30), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_survives_being_kept(minor: int, currency: str) -> None:
    """What records keep is the same Money when it is read again."""
    money = of_minor(Decimal(minor), currency)
    assert thaw(freeze({"spend": [money]})) == {"spend": [money]}
    assert money is not None
    assert money.minor == minor


@pytest.mark.parametrize(
    "forged", [["1e9999999", "EUR"], ["NaN", "EUR"], ["1", "<b>"], ["1"], "1", [1, 2]]
)
def test_forged_money_in_a_payload_stays_data(forged: Json) -> None:
    """A sender that writes our notation does not crash a reader."""
    assert thaw({"$money": forged}) == {"$money": forged}


@pytest.mark.parametrize("text", ["1e9999999", "1" * 500, "NaN", "Infinity", "1,5", "", "٣", "0x1"])
def test_an_amount_is_a_plain_decimal(text: str) -> None:
    """No exponent can make a short text a huge number."""
    assert amount_of(text) is None
