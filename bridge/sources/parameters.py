"""Readers of the parameters a mapping may give to a signature scheme: one per name.

Each takes the value as it stands in the mapping and gives the scheme's own, or raises ValueError
saying what may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bridge.model import Json

Reader = Callable[[Json], object]

_PLACEHOLDERS = ("body", "ts", "id", "method", "url")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_ITEM = re.compile(r"#\d{1,2}\+?|[^#\s]\S{0,49}")


def _one_of(*choices: str) -> Reader:
    def read(value: Json) -> str:
        if value not in choices or not isinstance(value, str):
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return read


def _text(value: Json) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise ValueError("must be text of at most 100 characters")
    return value


def _word(value: Json) -> str:
    if not _text(value):
        raise ValueError("must not be empty")
    return _text(value)


def _headers(value: Json) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, list) else (value,)
    if not names or not all(isinstance(name, str) and _HEADER.fullmatch(name) for name in names):
        raise ValueError("must be the name of a header, or a list of names")
    return names


def _item(value: Json) -> str:
    if not isinstance(value, str) or not _ITEM.fullmatch(value):
        raise ValueError("must be the name of an item, or its place: #0 is the first, #1+ the rest")
    return value


def _seconds(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 7 * 86400:
        raise ValueError("must be a whole number of seconds from 1 to 604800")
    return value


def _template(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    for name in re.findall(r"\{(\w*)\}", value):
        if name not in _PLACEHOLDERS:
            known = ", ".join(f"{{{known}}}" for known in _PLACEHOLDERS)
            raise ValueError(f"{{{name}}} is unknown; there are {known}")
    return value


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "header": _headers,
        "alg": _one_of("sha256", "sha1", "sha512"),
        "encoding": _one_of("hex", "base64"),
        "prefix": _text,
        "sep": _word,
        "kv": _word,
        "pick": _item,
        "template": _template,
        "key_prefix": _text,
        "key_decode": _one_of("text", "base64", "hex"),
        "ts_header": _headers,
        "ts_item": _item,
        "ts_unit": _one_of("s", "ms"),
        "tolerance": _seconds,
        "id_header": _headers,
        "place": _one_of("header", "bearer", "query", "path"),
        "query": _word,
    }
)
"""From the name of a parameter to the function that reads it."""
