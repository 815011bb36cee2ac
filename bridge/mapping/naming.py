"""Custom attributes that a payload names itself: names cleaned, types told by the values. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bridge.mapping.expressions import Money, plain
from bridge.mapping.fields import ATTRIBUTE, ATTRIBUTE_PREFIX, MOST_ATTRIBUTES
from bridge.mapping.fit import fit, is_blank
from bridge.mapping.identify import Unusable
from bridge.model import Json

_UNFIT = re.compile(r"[^\w \-€$£¥]+")
_A_DATE = 100_000_000
"""Unix seconds in 1973: a whole number below it, in a field called `…_at`, is none."""

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Named:
    """What a payload's own names write: values and types by field, and what was left out.

    `standard` are names of Intercom's own fields: a second one beside it would only confuse.
    """

    standard: Collection[str] = ()
    fields: dict[str, Json] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    _bent: list[str] = field(default_factory=list)
    _left_out: dict[str, list[str]] = field(default_factory=dict)

    @property
    def remarks(self) -> Iterator[str]:
        """Say what was bent, and what was left out and why, the names of each reason together."""
        yield from self._bent
        for reason, names in self._left_out.items():
            told = ", ".join(f"`{name[:60]}`" for name in names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield f"{told}{more} left out: {reason}"

    def read(self, name: str, value: Json, told: str | None) -> None:
        """Take one attribute in; `told` is its type where the mapping declares it."""
        own = cleaned(name)
        kind = told or type_of(own, value)
        if is_blank(value):
            return
        if not own:
            self._leave(name, "Intercom takes letters, digits, spaces, `_` and `-` in a name")
        elif own in self.standard:
            self._leave(name, "it is a field of Intercom's own, to be named in `set`")
        elif ATTRIBUTE_PREFIX + own in self.fields:
            self._leave(name, f"another name comes to `{own}` too")
        elif kind is None:
            self._leave(name, "a list or an object is no value of an attribute")
        elif len(self.fields) >= MOST_ATTRIBUTES:
            self._leave(name, f"Intercom keeps {MOST_ATTRIBUTES} attributes")
        else:
            self._fit(name, ATTRIBUTE_PREFIX + own, value, kind)

    def _fit(self, name: str, field: str, value: Json, kind: str) -> None:
        try:
            fitted = fit(value, kind)
        except Unusable as error:
            self._leave(name, f"it {error}")
            return
        self.fields[field], self.types[field] = fitted.value, kind
        if fitted.remark:
            self._bent.append(f"`{name[:60]}`: {fitted.remark}")

    def _leave(self, name: str, reason: str) -> None:
        self._left_out.setdefault(reason, []).append(name)


def named(
    told: Mapping[str, Json], types: Mapping[str, str], standard: Collection[str] = ()
) -> Named:
    """Give what an object writes; the same whatever the order of its keys.

    A name that is right as it stands comes before one that has to be cleaned. `types` are those
    the mapping declares; `standard` are the names of Intercom's own fields.
    """
    found = Named(standard)
    for name in sorted(told, key=lambda one: (cleaned(one) != one, one)):
        found.read(name, told[name], types.get(cleaned(name)))
    return found


def cleaned(name: str) -> str:
    """Give a name as Intercom takes it, `_` for what it does not; blank where nothing is left."""
    own = _UNFIT.sub("_", name).strip()
    return own if own.strip("_- ") and ATTRIBUTE.fullmatch(own) else ""


def type_of(name: str, value: Json) -> str | None:
    """Give the type of an attribute that nothing but its value tells; None: it can be none.

    An amount is a float, for the next one may have cents; a whole number in `…_at` is a date, as
    Intercom's own convention has it. Text stays text, even where it looks like a date.
    """
    if isinstance(value, Money):
        return "float"
    number = plain(value)
    if isinstance(number, int) and name.endswith("_at") and abs(number) >= _A_DATE:
        return "date"
    names: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "float"}
    return names.get(type(number))
