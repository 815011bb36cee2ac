"""What several functions share: equality as JMESPath means it, texts of scalars, bounded walks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal

from bridge.errors import ExpressionError
from bridge.mapping.functions.registry import LONGEST
from bridge.mapping.money import Money, number_of, plain
from bridge.model import Json

DEEPEST = 200
"""Levels of nesting that a value may have where it is walked as a whole."""


def survey(value: Json) -> bool:
    """Walk a value as a whole; False where it holds NaN or Infinity.

    Raises ExpressionError where it is too deep or too large to walk: an expression can refer to
    the same list many times over, so that a small value in memory is a huge one when written out.
    """
    level, seen, depth = [value], 1, 1
    while level:
        if any(type(one) is float and not math.isfinite(one) for one in level):
            return False
        holders = [one for one in level if isinstance(one, list | dict)]
        seen, depth = seen + sum(map(len, holders)), depth + 1
        if seen > LONGEST or depth > DEEPEST:
            raise ExpressionError(
                f"The value is too large: over {DEEPEST} levels deep or {LONGEST:,} values."
            )
        level = [inner for one in holders for inner in _parts(one)]
    return True


def _parts(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value


def walkable(value: Json) -> Json:
    """Give the value back where it may be walked as a whole, else raise ExpressionError."""
    if isinstance(value, list | dict):
        survey(value)
    return value


def equal(left: Json, right: Json) -> bool:
    """Compare as JMESPath does: true is not 1, at any depth; Money equals its number."""
    if isinstance(right, list | dict) and type(left) is type(right) and len(left) == len(right):
        walkable(right)
    return same(left, right)


def same(left: Json, right: Json) -> bool:
    """Compare as `equal` does, where one of the values is known to be walkable."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, Money) != isinstance(right, Money):
        return bool(_bare(left) == _bare(right))
    return bool(left == right)


def _bare(value: Json) -> Json:
    if isinstance(value, Money):
        return value.amount
    return Decimal(repr(value)) if isinstance(value, float) and math.isfinite(value) else value


def text_of(value: Json) -> str:
    """Give a value as text: a scalar as one writes it, a list or object as JSON, keys sorted."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        value = number_of(Decimal(repr(value)))
    if isinstance(value, Money | Decimal):
        return str(value)
    try:
        written = json.dumps(
            plain(walkable(value)),
            ensure_ascii=False,
            sort_keys=True,
            allow_nan=False,
            separators=(",", ":"),
        )
    except ValueError as error:  # CPython prints no integer of more than 4,300 digits
        raise ExpressionError("A number in it cannot be written as text.") from error
    return bounded(written)


def bounded(text: str) -> str:
    """Give the text back, or raise ExpressionError where it is longer than any use of it."""
    if len(text) > LONGEST:
        raise too_long()
    return text


def too_long() -> ExpressionError:
    """Make the error for a result that would be too large."""
    return ExpressionError(f"The result would be over {LONGEST:,} characters or values long.")


def is_blank(value: Json) -> bool:
    """Say whether there is nothing in it: null, blank text, an empty list or object."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == [] or value == {}
