"""Fits a value to the type Intercom keeps a field in, or says why it does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bridge.clock import seconds
from bridge.mapping.expressions import plain
from bridge.mapping.functions.time import parse_time
from bridge.mapping.identify import Unusable
from bridge.model import Json

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value as it goes to Intercom; `remark` says what was lost on the way, if anything."""

    value: Json
    remark: str = ""


def fit(value: Json, wanted: str) -> Fitted:
    """Fit a value to `string`, `integer`, `float`, `boolean` or `date`; raise Unusable."""
    return _FITS[wanted](plain(value))


def is_blank(value: Json) -> bool:
    """Say whether a value is null or text of white space: it leaves Intercom alone."""
    return value is None or (isinstance(value, str) and not value.strip())


def _string(value: Json) -> Fitted:
    if isinstance(value, str):
        return Fitted(value.replace("\x00", ""))
    if isinstance(value, bool):
        return Fitted("true" if value else "false")
    if isinstance(value, (int, float)):
        return Fitted(str(value))
    raise Unusable("is a list or an object, not text")


def _number(value: Json) -> Decimal:
    if isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except ArithmeticError:
            raise Unusable("is text, not a number") from None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        raise Unusable("is no number")
    if not number.is_finite() or abs(number) > LARGEST:
        raise Unusable("is too large a number")
    return number


def _integer(value: Json) -> Fitted:
    number = _number(value)
    whole = int(number.to_integral_value(ROUND_HALF_UP))
    if whole == number:
        return Fitted(whole)
    return Fitted(whole, f"{number:f} was rounded to {whole}: Intercom keeps a whole number")


def _float(value: Json) -> Fitted:
    number = _number(value)
    if isinstance(value, int):
        return Fitted(value)
    result = float(number)
    if not math.isfinite(result):
        raise Unusable("is too large a number")
    return Fitted(int(result) if result.is_integer() and abs(result) < 2**53 else result)


_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _boolean(value: Json) -> Fitted:
    if isinstance(value, bool):
        return Fitted(value)
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word not in _WORDS:
        raise Unusable("is neither true nor false")
    return Fitted(_WORDS[word])


def _date(value: Json) -> Fitted:
    moment = parse_time(value)
    if moment is None:
        raise Unusable("is no date: Unix seconds, milliseconds or ISO 8601 are")
    return Fitted(seconds(moment))


_FITS: Mapping[str, Callable[[Json], Fitted]] = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "date": _date,
}
