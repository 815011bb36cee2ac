"""Numbers and truth: read from text, round, and what they add to."""

from __future__ import annotations

import math
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from bridge.mapping.functions.kinds import Number
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.money import EXACT, Money, amount_of, number_of
from bridge.model import Json

_NUMBER = re.compile(r"[+-]?\d{1,1000}(\.\d{1,300})?([eE][+-]?\d{1,3})?", re.ASCII)
_TRUE = frozenset(("true", "yes", "y", "on", "1", "t"))
_FALSE = frozenset(("false", "no", "n", "off", "0", "f"))


@function(
    gives="float",
    examples=[
        Example("number('12.50')", 12.5),
        Example("number(' 7 ')", 7),
        Example("number(money(`1250`, 'EUR'))", 12.5),
        Example("number('1,234')", None, warns=True),
    ],
)
def number(value: str | Number | Money, *, context: Context) -> Number | None:
    """Read a number from text with a decimal point; whole numbers stay exact at any size.

    Null and a warning where the text is no number (thousands separators are not guessed at).
    """
    found = read_number(value)
    if found is None and not _blank(value):
        context.warn("number() was given a text that is no number.")
    return found


@function(
    gives="float",
    examples=[Example("to_number('1.5')", 1.5), Example("to_number(`[]`)", None)],
)
def to_number(value: Json) -> Number | None:
    """Read a number as `number` does, null for all else (JMESPath's own name for it)."""
    return None if isinstance(value, bool | list | dict) else read_number(value)


def read_number(value: Json) -> Number | None:
    """Give the number that a number, Money or text stands for, never NaN or Infinity."""
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, Money):
        return number_of(value.rounded)
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _of_text(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    found = float(text)
    return found if math.isfinite(found) else None


def _blank(value: Json) -> bool:
    return isinstance(value, str) and not value.strip()


@function(
    gives="integer",
    examples=[
        Example("integer('12.5')", 13),
        Example("integer(`-2.4`)", -2),
        Example("integer(money(`1999`, 'EUR'))", 20),
    ],
)
def integer(value: str | Number | Money, *, context: Context) -> int | None:
    """Give the nearest whole number, halves away from zero; of Money in major units."""
    exact = value.amount if isinstance(value, Money) else amount_of(number(value, context=context))
    return None if exact is None else int(exact.to_integral_value(ROUND_HALF_UP, EXACT))


@function(
    gives="boolean",
    name="bool",
    examples=[
        Example("bool('Yes')", True),
        Example("bool(`0`)", False),
        Example("bool('')", None),
        Example("bool('perhaps')", None, warns=True),
    ],
)
def bool_(value: str | bool | Number, *, context: Context) -> bool | None:
    """Read true or false: true/false, yes/no, on/off, y/n, t/f, 1/0 in any case.

    A number is true unless it is 0. Blank text gives null; other text null and a warning.
    """
    if not isinstance(value, str):
        return bool(value)
    word = value.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if word:
        context.warn("bool() was given a text that is neither true nor false.")
    return None


@function(name="abs", gives="float", examples=[Example("abs(`-5`)", 5)])
def abs_(value: Number | Money) -> Number | Money:
    """Give the number (or Money) without its sign."""
    if isinstance(value, Money):
        return Money(value.amount.copy_abs(), value.currency)
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


@function(gives="integer", examples=[Example("ceil(`1.2`)", 2)])
def ceil(value: Number) -> int | None:
    """Give the smallest whole number that is not below."""
    return _whole(value, ROUND_CEILING)


@function(gives="integer", examples=[Example("floor(`1.8`)", 1)])
def floor(value: Number) -> int | None:
    """Give the largest whole number that is not above."""
    return _whole(value, ROUND_FLOOR)


def _whole(value: Number, rounding: str) -> int | None:
    if isinstance(value, int):
        return value
    exact = amount_of(value)
    return None if exact is None else int(exact.to_integral_value(rounding, EXACT))
