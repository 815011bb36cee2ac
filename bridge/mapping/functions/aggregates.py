"""What a list adds up to or has at its ends, of numbers, texts or Money, never of a mixture.

A list that holds a null has no sum, no largest and no order that one could rely on: null.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from functools import reduce

from bridge.errors import ExpressionError
from bridge.mapping.functions.kinds import Each, Number, kind_of
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.money import PRECISE, Money
from bridge.model import Json

_MONEY = {"body": [100, 250]}


@function(
    gives="float",
    name="sum",
    examples=[
        Example("sum(`[1, 2.5]`)", 3.5),
        Example("sum(`[]`)", 0),
        Example("sum(`[1, null]`)", None),
        Example("text(sum(body[].money(@, 'EUR')))", "3.50 EUR", _MONEY),
        Example("sum([money(`1`, 'EUR'), money(`1`, 'USD')])", None, warns=True),
    ],
)
def sum_(values: list[Json], *, context: Context) -> Number | Money | None:
    """Add numbers, or Money of one currency; 0 for an empty list.

    Null where the list holds a null; null and a warning where currencies differ.
    """
    kind = _kind("sum", values, ("number", "money"), context)
    if kind == "money":
        total: Money = reduce(Money.__add__, values)
        return total
    return _total(values) if kind or not values else None


def _total(values: list[Number]) -> Number | None:
    if all(isinstance(value, int) for value in values):
        return sum(values)
    try:
        return _finite(math.fsum(values))
    except OverflowError:
        return None


@function(
    gives="float",
    examples=[Example("avg(`[1, 2]`)", 1.5), Example("avg(`[]`)", None)],
)
def avg(values: list[Json], *, context: Context) -> Number | Money | None:
    """Give the mean of numbers, or of Money of one currency; null for an empty list."""
    total = sum_(values, context=context)
    if total is None or not values:
        return None
    if isinstance(total, Money):
        return Money(PRECISE.divide(total.amount, Decimal(len(values))), total.currency)
    try:
        return _finite(total / len(values))
    except OverflowError:
        return None


def _finite(value: Number) -> Number | None:
    return value if math.isfinite(value) else None


@function(
    name="max",
    examples=[
        Example("max(`[1, 3, 2]`)", 3),
        Example('max(`["a", "b"]`)', "b"),
        Example("max(`[]`)", None),
        Example("max(`[1, null]`)", None),
    ],
)
def max_(values: list[Json], *, context: Context) -> Number | str | Money | None:
    """Give the largest of numbers, texts or Money; null for an empty list or one with a null."""
    found = ranked("max", values, _itself, context)
    return found[-1] if found else None


@function(
    name="min",
    examples=[Example("min(`[1, 3, 2]`)", 1), Example("min(`[]`)", None)],
)
def min_(values: list[Json], *, context: Context) -> Number | str | Money | None:
    """Give the smallest of numbers, texts or Money; null for an empty list or one with a null."""
    found = ranked("min", values, _itself, context)
    return found[0] if found else None


_PLANS = {"body": [{"name": "a", "at": 2}, {"name": "b", "at": 5}, {"name": "c", "at": 1}]}


@function(examples=[Example("max_by(body, &at).name", "b", _PLANS)])
def max_by(values: list[Json], by: Each, *, context: Context) -> Json:
    """Give the element with the largest `&expression`; null where one of them is null."""
    found = ranked("max_by", values, by, context)
    return found[-1] if found else None


@function(examples=[Example("min_by(body, &at).name", "c", _PLANS)])
def min_by(values: list[Json], by: Each, *, context: Context) -> Json:
    """Give the element with the smallest `&expression`; null where one of them is null."""
    found = ranked("min_by", values, by, context)
    return found[0] if found else None


@function(examples=[Example("sort(`[3, 1, 2]`)", [1, 2, 3])])
def sort(values: list[Json], *, context: Context) -> list[Json] | None:
    """Give the list of numbers, texts or Money in rising order; null where it holds a null."""
    return ranked("sort", values, _itself, context)


@function(examples=[Example("sort_by(body, &at)[].name", ["c", "a", "b"], _PLANS)])
def sort_by(values: list[Json], by: Each, *, context: Context) -> list[Json] | None:
    """Give the list in rising order of an `&expression`; null where one of them is null."""
    return ranked("sort_by", values, by, context)


def _itself(value: Json) -> Json:
    return value


def ranked(
    name: str, values: list[Json], by: Callable[[Json], Json], context: Context
) -> list[Json] | None:
    """Give the values in rising order of their keys, equal ones in the order given."""
    keys = [by(value) for value in values]
    kind = _kind(name, keys, ("number", "string", "money"), context)
    if not kind:
        return None if values else []
    bare = [key.amount for key in keys] if kind == "money" else keys
    return [values[index] for index in sorted(range(len(values)), key=bare.__getitem__)]


def _kind(name: str, values: list[Json], allowed: tuple[str, ...], context: Context) -> str:
    """Give the one kind of all values; empty where there is none, a null or two currencies."""
    kinds = {kind_of(value) for value in values}
    if "null" in kinds or not kinds:
        return ""
    if len(kinds) > 1 or not kinds <= set(allowed):
        raise ExpressionError(
            f"{name}() takes a list of {', or of '.join(_PLURALS[one] for one in allowed)}, "
            f"not of {' and '.join(sorted(_PLURALS[one] for one in kinds))}."
        )
    if kinds == {"money"} and len({value.currency for value in values}) > 1:
        context.warn(f"{name}() was given Money of different currencies: null.")
        return ""
    return kinds.pop()


_PLURALS = {
    "number": "numbers",
    "string": "texts",
    "money": "Money",
    "boolean": "true and false",
    "array": "lists",
    "object": "objects",
    "expression": "&expressions",
}
