"""Money from what billing systems send: amounts in minor units, and prices that recur."""

from __future__ import annotations

from decimal import Decimal
from functools import partial, reduce

from bridge.errors import ExpressionError
from bridge.mapping.functions.kinds import Number
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.money import (
    EXACT,
    PRECISE,
    Money,
    amount_of,
    number_of,
    of_major,
    of_minor,
)
from bridge.model import Json

# A year has 12 months, 52 weeks and 365 days: the convention of revenue metrics, exact as a ratio.
_PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


@function(
    gives="float",
    name="money",
    examples=[
        Example("money(`1250`, 'eur')", 12.5),
        Example("money(`500`, 'JPY')", 500),
        Example("money('12345', 'KWD')", 12.345),
        Example("money(`500`, 'ISK', 'stripe')", 5),
        Example("money('12.5', 'EUR', 'major')", 12.5),
        Example("money(`1250`, body.currency)", None, {"body": {}}),
        Example("money(`1250`, 'euro')", None, warns=True),
    ],
)
def money_(
    amount: str | Number, currency: str, counted: str = "iso", *, context: Context
) -> Money | None:
    """Make Money of an amount in minor units (cents) and its currency (ISO 4217).

    The currency says how many decimals it has: EUR 2, JPY 0, KWD 3. The third argument 'stripe'
    counts as Stripe does, which differs for ISK, UGX and MGA; 'major' is for amounts in whole
    euros. Null and a warning where the amount is no number or the currency no three-letter code.
    """
    if counted not in ("iso", "stripe", "major"):
        raise ExpressionError("money() takes 'iso', 'stripe' or 'major' as its third argument.")
    exact = amount_of(amount)
    make = of_major if counted == "major" else partial(of_minor, stripe=counted == "stripe")
    made = None if exact is None else make(exact, currency)
    if made is None:
        context.warn("money() was given no amount, or no three-letter currency.")
    return made


_SEAT = {"recurring": {"interval": "month"}, "unit_amount": 1000, "currency": "eur"}
_YEARLY = {"recurring": {"interval": "year"}, "unit_amount": 12000, "currency": "eur"}
_METERED = {**_SEAT, "recurring": {"interval": "month", "usage_type": "metered"}}


@function(
    gives="float",
    examples=[
        Example("monthly(body)", 30, {"body": [{"price": _SEAT, "quantity": 3}]}),
        Example("monthly(body)", 20, {"body": [{"price": _SEAT}, {"price": _YEARLY}]}),
        Example("monthly(body)", None, {"body": [{"price": _METERED}]}, warns=True),
        Example("monthly(body)", None, {"body": []}),
    ],
)
def monthly(items: list[Json], *, context: Context) -> Money | None:
    """Give what subscription items of Stripe's shape cost a month, as Money.

    Each item is `{price: {unit_amount or unit_amount_decimal, currency, recurring: {interval,
    interval_count}}, quantity}`; a year counts as 12 months, 52 weeks or 365 days, a missing
    quantity as 1. Null and a warning where an item is metered, tiered or not understood, or
    where currencies differ. Discounts and taxes are not part of it.
    """
    costs = [_a_month(item) for item in items]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        context.warn("monthly() cannot tell the price of a metered, tiered or unknown item: null.")
        return None
    if len({cost.currency for cost in known}) > 1:
        context.warn("monthly() was given items of different currencies: null.")
        return None
    return reduce(Money.__add__, known) if known else None


@function(
    gives="float",
    examples=[
        Example("per_month(money(`12000`, 'EUR'), 'year')", 10),
        Example("per_month(money(`1200`, 'EUR'), 'week', `2`)", 26),
        Example("per_month(money(`900`, 'EUR'), body.interval)", None, {"body": {}}),
        Example("per_month(money(`900`, 'EUR'), 'once')", None, warns=True),
        Example("per_month(money(`900`, 'EUR'), 'month', `1.5`)", None, warns=True),
    ],
)
def per_month(
    amount: Money, interval: str, count: str | Number = 1, *, context: Context
) -> Money | None:
    """Give what an amount is a month that is due every `interval` (day, week, month, year).

    `count` is how many intervals lie between: 3 for every third month. A year counts as 12 months,
    52 weeks or 365 days. Null and a warning where the interval is not understood.
    """
    every = amount_of(count)
    ratio = None if every is None or every != int(every) else _ratio(interval, int(every))
    if ratio is None:
        context.warn("per_month() was given an interval that it does not know: null.")
        return None
    return _share(amount, ratio)


@function(
    gives="float",
    examples=[
        Example("times(money(`1250`, 'EUR'), `3`)", 37.5),
        Example("times(`2`, '1.5')", 3),
        Example("times(money(`1250`, 'EUR'), body.quantity)", None, {"body": {}}),
    ],
)
def times(
    value: Number | Money, factor: str | Number, *, context: Context
) -> Number | Money | None:
    """Give that many times a number or Money."""
    exact, by = amount_of(value.amount if isinstance(value, Money) else value), amount_of(factor)
    if exact is None or by is None:
        context.warn("times() was given what is no number: null.")
        return None
    if isinstance(value, Money):
        return value.times(by)
    return number_of(EXACT.multiply(exact, by))


@function(
    gives="float",
    examples=[
        Example("minus(money(`1250`, 'EUR'), money(`250`, 'EUR'))", 10),
        Example("minus(money(`1250`, 'EUR'), `0`)", 12.5),
        Example("minus(`3`, `1`)", 2),
        Example("minus(`3`, body.less)", None, {"body": {}}),
        Example("minus(money(`1`, 'EUR'), money(`1`, 'USD'))", None, warns=True),
    ],
)
def minus(left: Number | Money, right: Number | Money, *, context: Context) -> Json:
    """Give the first less the second: numbers, or Money of one currency.

    The number 0, which the sum of an empty list is, can be taken from Money, and Money from it.
    Null and a warning where currencies differ.
    """
    units = {one.currency for one in (left, right) if isinstance(one, Money)}
    plain_ = [one for one in (left, right) if not isinstance(one, Money)]
    if len(units) > 1 or (units and any(plain_)):
        context.warn("minus() was given different currencies, or Money and a number: null.")
        return None
    first, second = (one.amount if isinstance(one, Money) else one for one in (left, right))
    exact = [amount_of(first), amount_of(second)]
    if exact[0] is None or exact[1] is None:
        return None
    rest = EXACT.subtract(exact[0], exact[1])
    return Money(rest, units.pop()) if units else number_of(rest)


def _a_month(item: Json) -> Money | None:
    price = _object(item, "price")
    unit, recurring = _unit_price(price), _object(price, "recurring")
    quantity = amount_of(item.get("quantity", 1)) if isinstance(item, dict) else None
    ratio = _times_a_month(recurring)
    if unit is None or quantity is None or ratio is None:
        return None
    if recurring.get("usage_type") == "metered" or price.get("transform_quantity"):
        return None
    return _share(unit.times(quantity), ratio)


def _share(amount: Money, ratio: tuple[int, int]) -> Money:
    factor, of = ratio
    return Money(PRECISE.divide(amount.times(Decimal(factor)).amount, Decimal(of)), amount.currency)


def _unit_price(price: dict[str, Json]) -> Money | None:
    exact = amount_of(price.get("unit_amount_decimal"))
    exact = amount_of(price.get("unit_amount")) if exact is None else exact
    currency = price.get("currency")
    if exact is None or not isinstance(currency, str):
        return None
    return of_minor(exact, currency, stripe=True)


def _times_a_month(recurring: dict[str, Json]) -> tuple[int, int] | None:
    """Give how often it is due in a month, as a ratio; None where that cannot be told."""
    return _ratio(recurring.get("interval"), recurring.get("interval_count", 1))


def _ratio(interval: Json, count: Json) -> tuple[int, int] | None:
    if not isinstance(interval, str) or interval not in _PER_YEAR:
        return None
    if type(count) is not int or not 0 < count <= 10_000:
        return None
    return _PER_YEAR[interval], 12 * count


def _object(value: Json, key: str) -> dict[str, Json]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}
