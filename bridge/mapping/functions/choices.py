"""Which value to take: the first that is there, the one a table gives; and what kind it is."""

from __future__ import annotations

import re
from typing import Any

from bridge.mapping.functions.kinds import ABSENT, Absent, Number, kind_of
from bridge.mapping.functions.registry import Context, Example, function
from bridge.mapping.functions.values import text_of
from bridge.model import Json

_WORD = re.compile(r"[\w .:/-]{1,40}")
"""What may be quoted in a warning: a status or a plan, no address and no long text."""


@function(
    passes=True,
    takes_null=True,
    examples=[
        Example("not_null(body.a, body.b, 'none')", 2, {"body": {"a": None, "b": 2}}),
        Example("not_null(body.a)", None, {"body": {}}),
    ],
)
def not_null(*values: Any) -> Json:
    """Give the first value that is not null; blank text, 0 and false are values."""
    return next((value for value in values if value is not None), None)


@function(
    passes=True,
    takes_null=True,
    examples=[Example("or_clear(body.phone)", "1", {"body": {"phone": "1"}})],
)
def or_clear(value: Any) -> Json:
    """Clear the field where the sender says that it is empty; only as a whole `set` value.

    Missing in the payload: the field is left alone. Null or blank: it is cleared. Else: written.
    """
    return value


@function(
    gives="string",
    name="type",
    takes_null=True,
    examples=[
        Example("type('a')", "string"),
        Example("type(`null`)", "null"),
        Example("type(money(`1`, 'EUR'))", "money"),
    ],
)
def type_(value: Any) -> str:
    """Name the kind of a value: string, number, boolean, array, object, null or money."""
    return kind_of(value)


_STATUS = {"status": {"active": "Paying", "true": "Yes"}}


@function(
    gives="string",
    examples=[
        Example("lookup('active', 'status')", "Paying"),
        Example("lookup('odd', 'status')", "odd", warns=True),
        Example("lookup('odd', 'status', 'Other')", "Other"),
        Example("lookup(`true`, 'status')", "Yes"),
        Example("lookup(body.status, 'status')", None, {"body": {}}),
    ],
)
def lookup(
    value: str | bool | Number, table: str, default: Any | Absent = ABSENT, *, context: Context
) -> Json:
    """Give what a table of the mapping has for a value.

    Without an entry: the third argument, or the value itself and a warning.
    """
    rows = context.tables.get(table, {})
    key = text_of(value)
    if key in rows:
        return rows[key]
    if default is not ABSENT:
        return default
    shown = f"'{key}'" if _WORD.fullmatch(key) else "the value given"
    context.warn(f"lookup(): table '{table}' has no entry for {shown}; it was taken as it is.")
    return value
