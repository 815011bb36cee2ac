"""Money: an exact amount in major units and its currency, until it has to leave as a number.

Amounts stay Decimal through every sum, so that ten times 0.10 is 1; rounding to what the currency
can express happens once, at the field (`plain`) or the metadata (`metadata`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from bridge.model import Json

EXACT = Context(prec=3000, rounding=ROUND_HALF_UP)
"""Sums, products and shifts of amounts lose nothing, whatever a payload holds."""

PRECISE = Context(prec=60, rounding=ROUND_HALF_UP)
"""For quotients, which may have no end."""

_LARGEST = 10**500
_NEARLY = Decimal("1E-30")  # a third of a cent, three times, is a cent

# ISO 4217 (list one): every currency that has no two-decimal minor unit.
_WITHOUT_CENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: digits for digits, codes in _WITHOUT_CENTS.items() for code in codes.split()}
# Stripe counts ISK and UGX in hundredths although they have none, and MGA in whole ariary
# (docs.stripe.com/currencies, "Zero-decimal currencies" and "Special cases").
_STRIPE = {"ISK": 2, "UGX": 2, "MGA": 0}

_AMOUNT = re.compile(r"[+-]?\d{1,499}(\.\d{1,100})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units (12.50, not 1250) of a currency (ISO 4217, upper case)."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, other.amount), self.currency)

    def times(self, factor: Decimal) -> Money:
        """Give that many times this amount."""
        return Money(EXACT.multiply(self.amount, factor), self.currency)

    @property
    def minor(self) -> int:
        """Give the amount in whole minor units (cents), rounded half up."""
        scaled = EXACT.scaleb(self.amount, exponent(self.currency))
        return int(EXACT.quantize(scaled, _NEARLY).to_integral_value(ROUND_HALF_UP, EXACT))

    @property
    def rounded(self) -> Decimal:
        """Give the amount in major units, rounded to what the currency can express."""
        return EXACT.scaleb(Decimal(self.minor), -exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.rounded:f} {self.currency}"


def exponent(currency: str, *, stripe: bool = False) -> int:
    """Give how many decimals a currency's minor unit has, by ISO 4217 or as Stripe counts."""
    if stripe and currency in _STRIPE:
        return _STRIPE[currency]
    return _EXPONENTS.get(currency, 2)


def amount_of(value: Json) -> Decimal | None:
    """Read a number, or a text that is a plain decimal number, exactly.

    None where it is neither, or of 500 digits and more.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < _LARGEST else None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value) < _LARGEST else None
    if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def of_minor(minor: Decimal, currency: str, *, stripe: bool = False) -> Money | None:
    """Make Money of an amount in minor units; None where the currency is no three-letter code."""
    if not _CURRENCY.fullmatch(currency):
        return None
    code = currency.upper()
    return Money(EXACT.scaleb(minor, -exponent(code, stripe=stripe)), code)


def of_major(amount: Decimal, currency: str) -> Money | None:
    """Make Money of an amount in major units; None where the currency is no three-letter code."""
    return Money(amount, currency.upper()) if _CURRENCY.fullmatch(currency) else None


def plain(value: Json) -> Json:
    """Give a value as a field takes it: Money becomes its number of major units."""
    if isinstance(value, Money):
        return number_of(value.rounded)
    if isinstance(value, Decimal):
        return number_of(value)
    return _inside(value, plain)


def metadata(value: Json) -> Json:
    """Give a value as a data event's metadata takes it: Money as `{amount (minor), currency}`."""
    if isinstance(value, Money):
        return {"amount": value.minor, "currency": value.currency.lower()}
    if isinstance(value, Decimal):
        return number_of(value)
    return _inside(value, metadata)


def freeze(value: Json) -> Json:
    """Give a value as JSON that `thaw` turns back into the same value, Money included."""
    if isinstance(value, Money):
        return {"$money": [f"{value.amount:f}", value.currency]}
    if isinstance(value, Decimal):
        return number_of(value)
    return _inside(value, freeze)


def thaw(value: Json) -> Json:
    """Undo `freeze`."""
    match value:
        case {"$money": [str(amount), str(currency)], **rest} if not rest:
            exact = amount_of(amount)
            if exact is not None and _CURRENCY.fullmatch(currency):
                return Money(exact, currency)
    return _inside(value, thaw)


def number_of(amount: Decimal) -> int | float:
    """Give an int where the amount is whole (or too large for a float), else the nearest float."""
    if amount == amount.to_integral_value(context=EXACT):
        return int(amount)
    near = float(amount)
    return near if math.isfinite(near) else int(amount)


def _inside(value: Json, change: Json) -> Json:
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if isinstance(value, list):
        return [change(item) for item in value]
    return value
