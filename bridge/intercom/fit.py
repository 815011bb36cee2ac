"""Fitting a value to the type that an attribute has at Intercom."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from bridge.intercom.attributes import Attribute
from bridge.model import Json

TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
FALSE = frozenset({"false", "no", "off", "0", "f", "n"})

LONGEST_TEXT = 255
"""Characters that Intercom keeps of a custom attribute's text."""

SHOWN_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value as Intercom can take it; `remark` says what was lost on the way, if anything."""

    value: Json
    remark: str = ""


def fit(value: Json, attribute: Attribute) -> Fitted:
    """Give the value as the attribute's type wants it; None (clear the field) stays None.

    A number is rounded for an integer, text is cut, a date becomes Unix seconds, an option is
    spelt as Intercom spells it. Raises ValueError with the reason in words where the value cannot
    be read as that type.
    """
    if value is None:
        return Fitted(None)
    if attribute.archived:
        raise ValueError("the attribute is archived at Intercom")
    if not attribute.api_writable:
        raise ValueError("Intercom does not let the attribute be written")
    fitted = _FITS.get(attribute.data_type, _text)(value)
    if attribute.options:
        return Fitted(_one_of(fitted, attribute.options))
    if isinstance(fitted, str) and len(fitted) > LONGEST_TEXT:
        return Fitted(fitted[:LONGEST_TEXT], f"cut to the {LONGEST_TEXT} characters Intercom keeps")
    return Fitted(fitted, _lost(value, fitted, attribute.data_type))


def _lost(value: Json, fitted: Json, data_type: str) -> str:
    if data_type == "integer" and _number(value) != fitted:
        return f"{value} was rounded to {fitted}: Intercom keeps a whole number"
    return ""


def _one_of(value: Json, options: tuple[str, ...]) -> str:
    wanted = _text(value)
    if wanted in options:
        return wanted
    alike = [option for option in options if option.casefold() == wanted.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    named = ", ".join(options[:SHOWN_OPTIONS]) + " …" * (len(options) > SHOWN_OPTIONS)
    raise ValueError(f"{_quoted(value)} is none of the options: {named}")


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        raise ValueError(f"{_kind(value)} is no text")
    return str(value)


def _number(value: Json) -> Decimal:
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{_kind(value)} is no number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{_quoted(value)} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{_quoted(value)} is no number")
    if number.adjusted() > MAX_DIGITS:
        raise ValueError("the number is too large for Intercom")
    return number


MAX_DIGITS = 300
"""A larger exponent is no float, and would take its length in digits as an integer."""

MAX_INTEGER = 2**63 - 1


def _integer(value: Json) -> int:
    number = int(_number(value).to_integral_value(ROUND_HALF_UP))
    if abs(number) > MAX_INTEGER:
        raise ValueError("the number is too large for Intercom")
    return number


def _float(value: Json) -> float:
    number = float(_number(value))
    if not math.isfinite(number):
        raise ValueError("the number is too large for Intercom")
    return number


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | str):
        word = str(value).strip().lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
    raise ValueError(f"{_quoted(value)} is neither true nor false")


def _date(value: Json) -> int:
    if isinstance(value, str) and not _is_number(value):
        return _instant(value)
    moment = _integer(value)
    # Milliseconds begin at 1e11: as seconds that would be the year 5138.
    return moment // 1000 if abs(moment) >= 10**11 else moment


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{_quoted(text)} is no date") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return math.floor(aware.timestamp())


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdigit()


_FITS: Mapping[str, Callable[[Json], Json]] = {
    "string": _text,
    "options": _text,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "date": _date,
    "datetime": _date,
}


def _quoted(value: Json) -> str:
    if isinstance(value, list | dict):
        return _kind(value)
    text = str(value)
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _kind(value: Json) -> str:
    names = {bool: "true or false", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
