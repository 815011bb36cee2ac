"""What an example says against what happened: each difference in words, at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bridge.mapping.example import ExpectedCall, Holdings
from bridge.model import Json

_START_UP = {
    ("GET", "/me"),
    ("GET", "/data_attributes"),
    ("POST", "/data_attributes"),
    ("GET", "/tags"),
    ("GET", "/subscription_types"),
}
_ID = re.compile(r"/[0-9a-f]{24}(?=/|$)")
_EXTERNAL_ID = re.compile(r"(?<=/find_by_external_id/).+")


def counts(served: Mapping[str, Json]) -> bool:
    """Say whether a call is an event's own, and not one that only the first event needs."""
    return (served["method"], served["path"]) not in _START_UP


def compare_calls(
    wanted: Sequence[ExpectedCall], made: Sequence[Mapping[str, Json]]
) -> Iterator[str]:
    """Tell how the calls made differ from those expected, in order; ids do not matter."""
    expected = [_general(str(call)) for call in wanted]
    actual = [_general(f"{served['method']} {served['path']}") for served in made]
    if expected != actual:
        yield f"calls: expected {_listed(expected)}; made were {_listed(actual)}"
        return
    for call, served in zip(wanted, made, strict=True):
        if call.body is not None:
            yield from lacking(served["body"], call.body, str(call))


def compare_holdings(wanted: Holdings, held: Mapping[str, Json]) -> Iterator[str]:
    """Tell what Intercom was expected to hold and does not; `held` as the sandbox tells it."""
    events = [
        {**event, "event_name": event["name"]}
        for contact in held["contacts"]
        for event in contact.get("events", ())
    ]
    there = {**held, "events": events}
    for kind in ("contacts", "companies", "events"):
        for one in getattr(wanted, kind):
            yield from _nearest(there[kind], one, kind)
    for tag in wanted.tags:
        if tag not in held["tags"]:
            yield f"tags: {tag!r} is not there (there are: {_listed(held['tags'])})"


def _nearest(held: Sequence[Json], wanted: Json, kind: str) -> list[str]:
    """Give what the likest of those held lacks; nothing where one has all that is wanted."""
    found = [list(lacking(one, wanted, kind)) for one in held]
    return min(found, key=len, default=[f"{kind}: there is none, expected {dict(wanted)}"])


def lacking(whole: Json, part: Json, place: str) -> Iterator[str]:
    """Tell what of `part` is not in `whole`: names by name, lists in any order.

    A null in `part` says that the name must be absent or empty.
    """
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        for name, value in part.items():
            yield from lacking(whole.get(name), value, f"{place} {name}")
    elif isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        for one in part:
            if all(any(lacking(each, one, place)) for each in whole):
                yield f"{place}: expected {one!r} in {_listed(whole)}"
    elif whole != part:
        yield f"{place}: expected {part!r}, it is {whole!r}"


def _general(call: str) -> str:
    return _EXTERNAL_ID.sub("{external_id}", _ID.sub("/{id}", call))


def _listed(values: Sequence[Json]) -> str:
    return ", ".join(map(str, values)) or "none"
