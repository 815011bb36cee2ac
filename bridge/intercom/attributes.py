"""The registry of data attributes: which custom fields the workspace has, and of which type.

Intercom refuses a whole contact for one unknown attribute or wrong type, so every value is fitted
before it is sent.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from bridge.errors import IntercomRefused
from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.model import Json, TargetKind

Model = TargetKind

FRESH_SECONDS = 600.0
"""Age at which the registry is read again: people create, archive and restore attributes."""

TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
FALSE = frozenset({"false", "no", "off", "0", "f", "n"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """One data attribute: `data_type` is string, integer, float, boolean or date.

    `options` are the only values allowed where there are any.
    """

    model: Model
    name: str
    data_type: str
    options: tuple[str, ...] = ()
    custom: bool = True
    api_writable: bool = True
    archived: bool = False


class Attributes:
    """The data attributes of a workspace, read now and then and shared between threads.

    `client` is used for reading; the calls that create go through the client given to `create`, so
    that they are recorded with the event they were made for. `monotonic` is in seconds.
    """

    def __init__(
        self,
        client: Client | Callable[[], Client],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[Model, dict[str, Attribute]] = {}
        self._refused: dict[tuple[Model, str], IntercomRefused] = {}
        self._read_at: dict[Model, float] = {}

    def get(self, model: Model, name: str) -> Attribute | None:
        """Give the custom attribute of that name, None where the workspace has none.

        Reads the registry on first use and where it is old; raises what `Client.send` raises.
        """
        with self._lock:
            return self._of(model).get(name)

    def create(self, client: Client, model: Model, name: str, data_type: str) -> Attribute:
        """Create a custom attribute and remember it.

        Where another process created it meanwhile, that one is given. Raises IntercomRefused where
        the name is taken by the other model or is not allowed; that is asked once per reading.
        """
        with self._lock:
            if name not in self._of(model):
                if earlier := self._refused.get((model, name)):
                    raise IntercomRefused(str(earlier), status=earlier.status, code=earlier.code)
                self._make(client, model, name, data_type)
            return self._known[model][name]

    def refresh(self, client: Client, model: Model) -> None:
        """Read the registry of one model again."""
        with self._lock:
            self._read(client, model)

    def _of(self, model: Model) -> dict[str, Attribute]:
        if self._monotonic() - self._read_at.get(model, -math.inf) > FRESH_SECONDS:
            self._read(self._client if isinstance(self._client, Client) else self._client(), model)
            self._refused = {key: told for key, told in self._refused.items() if key[0] != model}
        return self._known[model]

    def _read(self, client: Client, model: Model) -> None:
        self._known[model] = _listed(client, model)
        self._read_at[model] = self._monotonic()

    def _make(self, client: Client, model: Model, name: str, data_type: str) -> None:
        try:
            made = calls.create_attribute(client, name, model, data_type)
        except IntercomRefused as refused:
            self._read(client, model)
            if name not in self._known[model]:
                self._refused[model, name] = refused
                raise
        else:
            self._known[model][name] = _attribute({"model": model, "name": name, **made})


def _listed(client: Client, model: Model) -> dict[str, Attribute]:
    found = (_attribute(item) for item in calls.list_attributes(client, model))
    return {each.name: each for each in found if each.custom and each.model == model}


def _attribute(item: Mapping[str, Any]) -> Attribute:
    return Attribute(
        model=item["model"],
        name=str(item["name"]),
        data_type=str(item.get("data_type", "string")),
        options=tuple(_option(option) for option in item.get("options") or ()),
        custom=bool(item.get("custom", True)),
        api_writable=bool(item.get("api_writable", True)),
        archived=bool(item.get("archived", False)),
    )


def _option(option: Any) -> str:
    return str(option.get("value", "")) if isinstance(option, Mapping) else str(option)


# --- fitting a value to a type ------------------------------------------------------------------


def fit(value: Json, attribute: Attribute) -> Json:
    """Give the value as the attribute's type wants it; None (clear the field) stays None.

    A number is rounded for an integer; a date becomes Unix seconds. Raises ValueError with the
    reason in words where the value cannot be read as that type.
    """
    if value is None:
        return None
    if attribute.archived:
        raise ValueError("the attribute is archived at Intercom")
    if not attribute.api_writable:
        raise ValueError("Intercom does not let the attribute be written")
    fitted = _FITS.get(attribute.data_type, _text)(value)
    if attribute.options:
        return _one_of(fitted, attribute.options)
    return fitted


def _one_of(value: Json, options: tuple[str, ...]) -> str:
    wanted = _text(value)
    if wanted in options:
        return wanted
    alike = [option for option in options if option.casefold() == wanted.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    raise ValueError(f"{_quoted(value)} is none of the options: {', '.join(options)}")


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
    number = int(_number(value).to_integral_value(ROUND_HALF_EVEN))
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
