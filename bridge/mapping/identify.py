"""Which text can mean a person or company: identifiers cleaned of what senders fill gaps with."""

from __future__ import annotations

import re

from bridge.mapping.money import Money
from bridge.model import Json

PLACEHOLDERS = frozenset({"", "0", "undefined", "null", "none", "nan", "[object object]"})
"""What programs write where they have no id; compared without regard to case."""

LONGEST = 255
"""Characters; nothing longer has been seen to be an identifier, and databases index less."""

EMAIL = re.compile(r"[^@\s\x00-\x1f<>,;]+@[^@\s\x00-\x1f<>,;]+\.[^@\s\x00-\x1f<>,;.]+")


class Unusable(ValueError):
    """A value that cannot be what it should be; the message says why, never the value itself."""


def exact_text(value: Json) -> str | None:
    """Give text as it is and a number as exact text; None for null.

    Raises Unusable for what is neither: a list, an object, true, false, or money.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, Money)):
        raise Unusable(f"is {_kind(value)}, not text or a number")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    raise Unusable(f"is {_kind(value)}, not text or a number")


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", Money: "money"}
    return names.get(type(value), "of an unknown kind")


def usable(name: str, value: Json) -> str | None:
    """Give the text of an identifier; None where there is none or a placeholder stands for it.

    Raises Unusable where something is there that cannot identify anybody.
    """
    text = (exact_text(value) or "").strip()
    if text.casefold() in PLACEHOLDERS:
        return None
    if len(text) > LONGEST:
        raise Unusable(f"is longer than {LONGEST} characters")
    if "\x00" in text:
        raise Unusable("holds a NUL character")
    if name != "email":
        return text
    if not EMAIL.fullmatch(text):
        raise Unusable("does not look like an email address")
    return text.lower()
