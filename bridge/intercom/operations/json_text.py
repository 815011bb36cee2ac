"""JSON that comes as text inside a parameter, read strictly."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from bridge.model import Json


def read(text: str) -> Json:
    """Read one JSON value; ValueError says in words what is wrong.

    Refused: NaN, Infinity, numbers too large, names given twice, halves of surrogate pairs,
    absurd nesting.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_float, parse_constant=_no_number
        )
        dump(value).encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no text") from None
    return value


def dump(value: Json) -> str:
    """Write a value as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("gives a name twice in one object")
    return found


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("holds a number that is too large")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not JSON")
