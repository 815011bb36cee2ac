"""Column types that keep any text a sender may invent storable in both databases.

PostgreSQL refuses NUL in text, UTF-8 has no lone surrogates, and an index row has a limit of about
2,700 bytes. The types care for that on the way in, so that no query can forget it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

LONGEST_KEY = 200
"""Characters; a longer key is stored as its sha256."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def stored_key(text: str) -> str:
    """Give the form in which a key is stored: itself, or `sha256:…` where it is long or odd."""
    if len(text) <= LONGEST_KEY and not _UNSTORABLE.search(text):
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Key(TypeDecorator[str]):
    """Text that is compared and indexed: ordered by code point, as Python orders it."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compare bytes on PostgreSQL, whatever the locale, as SQLite does anyway."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store what can be stored."""
        return None if value is None else stored_key(value)


class Words(TypeDecorator[str]):
    """Text for people to read; what cannot be stored becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else _UNSTORABLE.sub("\ufffd", value)


class Name(Words):
    """Words that are also indexed: cut where an index could not hold them."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store and compare the first LONGEST_KEY characters."""
        return super().process_bind_param(value and value[:LONGEST_KEY], dialect)


class Document(TypeDecorator[Any]):
    """A JSON value as ASCII text: integers stay exact, NUL and surrogates stay escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Write JSON; NaN and Infinity are refused with ValueError."""
        return json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read JSON."""
        return None if value is None else json.loads(value)


Id = BigInteger().with_variant(Integer, "sqlite")
"""An identity: SQLite counts by itself only in a column whose type is INTEGER."""
