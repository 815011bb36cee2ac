"""The search of contacts: queries of one filter or of groups of filters.

Operators, limits and the day-wise comparison of times as in Intercom's description 2.16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bridge.intercom.sandbox.model import Contact, Refusal, invalid
from bridge.model import Json

DAY = 86_400
MOST_FILTERS = 15
TIMES = frozenset({"created_at", "updated_at", "signed_up_at", "last_seen_at"})
TEXTS = frozenset({"id", "role", "name", "avatar", "owner_id", "phone", "email", "external_id"})
ORDERS = ("ascending", "descending")

Test = Callable[[Contact], bool]


def matching(contacts: Iterable[Contact], query: Json) -> list[Contact]:
    """Give the contacts that a query matches; a Refusal where it cannot be read."""
    test = _test(query, depth=1)
    return [contact for contact in contacts if test(contact)]


def address(query: Json) -> str | None:
    """Give the e-mail address that every match must have, None where it is open.

    It spares reading everybody; the query itself is what decides.
    """
    grouped = isinstance(query, dict) and query.get("operator") == "AND"
    parts = query.get("value") if grouped else [query]
    for each in parts if isinstance(parts, list) else ():
        if isinstance(each, dict) and (each.get("field"), each.get("operator")) == ("email", "="):
            value = each.get("value")
            return value if isinstance(value, str) and value else None
    return None


def ordered(contacts: list[Contact], sort: Mapping[str, Json]) -> list[Contact]:
    """Give the contacts in the order wanted: newest first where none is."""
    field = str(sort.get("field") or "created_at")
    order = sort.get("order", "descending")
    if order not in ORDERS:
        told = f"Invalid sort order '{order}'. Must be one of: {', '.join(ORDERS)}"
        raise Refusal(400, "invalid_sort_order", told)
    if field not in TIMES | TEXTS:
        raise invalid(f"Invalid sort field '{field}'")

    def place(contact: Contact) -> tuple[Any, ...]:
        value = getattr(contact, field)
        return (value is not None, value if value is not None else 0, contact.id)

    return sorted(contacts, key=place, reverse=order == "descending")


def _test(query: Json, depth: int) -> Test:
    if not isinstance(query, dict) or "operator" not in query or "value" not in query:
        raise invalid("query must have an operator and a value")
    if query["operator"] in ("AND", "OR"):
        return _group(query, depth)
    return _filter(query)


def _group(query: Mapping[str, Json], depth: int) -> Test:
    members = query["value"]
    if depth > 2 or not isinstance(members, list) or not members or len(members) > MOST_FILTERS:
        raise invalid(f"A query has at most 2 levels of 1 to {MOST_FILTERS} filters")
    tests = [_test(member, depth + 1) for member in members]
    joined = all if query["operator"] == "AND" else any
    return lambda contact: joined(test(contact) for test in tests)


def _filter(query: Mapping[str, Json]) -> Test:
    field, operator, wanted = str(query.get("field")), str(query["operator"]), query["value"]
    read = _reader(field)
    table = _TIME_OPERATORS if field in TIMES else _OPERATORS
    if field == "tag_id":
        table = _TAG_OPERATORS
    compare = table.get(operator)
    if compare is None:
        raise invalid(f"Invalid operator '{operator}' for field '{field}'")
    return lambda contact: compare(read(contact), wanted)


def _reader(field: str) -> Callable[[Contact], Any]:
    if field in TIMES | TEXTS or field == "unsubscribed_from_emails":
        return lambda contact: getattr(contact, field)
    if field == "tag_id":
        return lambda contact: contact.tags
    if field == "email_domain":
        return lambda contact: (contact.email or "").rpartition("@")[2]
    prefix, _, name = field.partition(".")
    if prefix == "custom_attributes" and name:
        return lambda contact: contact.custom_attributes.get(name)
    raise invalid(f"Invalid search field '{field}'")


def _same(held: Any, wanted: Any) -> bool:
    if isinstance(held, str) and isinstance(wanted, str):
        return held.casefold() == wanted.casefold()
    return bool(held == wanted)


def _among(held: Any, wanted: Any) -> bool:
    if not isinstance(wanted, list):
        raise invalid("IN and NIN want a list")
    return any(_same(held, each) for each in wanted)


def _has(held: Any, wanted: Any) -> bool:
    return _fold(wanted) in _fold(held)


def _fold(value: Any) -> str:
    return "" if value is None else str(value).casefold()


def _above(held: Any, wanted: Any) -> bool:
    try:
        return held is not None and bool(float(held) > float(wanted))
    except (TypeError, ValueError):
        return str(held) > str(wanted)


def _below(held: Any, wanted: Any) -> bool:
    return held is not None and not _above(held, wanted) and not _same(held, wanted)


def _day(moment: Any) -> int:
    try:
        return int(moment) // DAY
    except (TypeError, ValueError):
        raise invalid("A time is searched by UNIX timestamps") from None


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": _same,
    "!=": lambda held, wanted: not _same(held, wanted),
    "IN": _among,
    "NIN": lambda held, wanted: not _among(held, wanted),
    ">": _above,
    "<": _below,
    "~": _has,
    "!~": lambda held, wanted: not _has(held, wanted),
    "^": lambda held, wanted: _fold(held).startswith(_fold(wanted)),
    "$": lambda held, wanted: _fold(held).endswith(_fold(wanted)),
}
_TIME_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda held, wanted: held is not None and _day(held) == _day(wanted),
    ">": lambda held, wanted: held is not None and _day(held) > _day(wanted),
    "<": lambda held, wanted: held is not None and _day(held) < _day(wanted),
}
_TAG_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda held, wanted: str(wanted) in held,
    "!=": lambda held, wanted: str(wanted) not in held,
}
