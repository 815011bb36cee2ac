"""How a person or company is printed: what they are known by, and where each field comes from."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from bridge.clock import SECOND, Micros, clock_face
from bridge.model import Json, Origin, Run
from bridge.store.events import EventRow
from bridge.store.people import Profile
from handlers.answers import ARCHIVED, CUSTOM, GONE
from handlers.origins import FILLED, origins

WIDTH = 100

_PARTS = {"": "FIELD", CUSTOM: "CUSTOM ATTRIBUTE", "tag:": "TAG", "company:": "COMPANY"}
_SWITCH = {
    "tag:": {True: "on", False: "off"},
    "company:": {True: "attached", False: "detached"},
}
_DATES = ("_at", "_date", "_since", "_start", "_end")
"""How fields of Unix seconds are named; only Intercom knows which attributes are dates."""

_EARLIEST = 10**8
_INDENT = "    "

Row = tuple[str, str, str, str, str]
_WIDEST = (28, WIDTH, 14, 19, 8)
"""How wide each column may get; the second, the value, gives way where they do not fit."""


def lines(profile: Profile) -> Iterator[str]:
    """Give all there is to know, line by line, in columns of one width."""
    told = [
        *_head(profile),
        *_sections(profile),
        *_duplicates(profile),
        *_events(profile.events),
    ]
    widths = _widths([one for one in told if isinstance(one, tuple)])
    for one in told:
        yield one if isinstance(one, str) else "  ".join(_cells(one, widths)).rstrip()


def _head(profile: Profile) -> Iterator[Row | str]:
    shadow = profile.shadow
    state = ", gone: deleted, or merged into another" if shadow.get(GONE) else ""
    state = state or (", archived" if shadow.get(ARCHIVED) else "")
    yield f"{shadow.get('role') or profile.target.kind} {profile.target.id} in Intercom{state}"
    yield ""
    yield "KNOWN BY", "VALUE", "FROM", "SINCE (UTC)", "EVENT"
    for one in profile.links:
        named = one.identifier.name, one.identifier.value
        yield *named, one.source, clock_face(one.created_at), _id(one.event_id)


def _sections(profile: Profile) -> Iterator[Row | str]:
    found = origins(profile.shadow, profile.runs, profile.links)
    latest = max((one.confirmed_at for one in found if one.confirmed_at is not None), default=None)
    for prefix, title in _PARTS.items():
        rows = [one for one in found if _part(one) == prefix]
        if rows:
            yield ""
            yield title, "VALUE", "FROM", "AT (UTC)", "EVENT"
        for one in rows:
            yield from _origin(one, prefix, profile, latest)
    yield ""
    if latest is not None:
        yield f"Confirmed by Intercom at {clock_face(latest)}, where nothing else is said."
    if any(one.why.endswith(FILLED) for one in found):
        yield f"*{FILLED}"
    yield from _routes(found)


def _part(one: Origin) -> str:
    return next((part for part in _PARTS if part and one.field.startswith(part)), "")


def _origin(
    one: Origin, prefix: str, profile: Profile, latest: Micros | None
) -> Iterator[Row | str]:
    name = one.field.removeprefix(prefix)
    shown = profile.companies.get(name, name)
    if one.said is None:
        yield shown, _value(one.value, one.field), "", "", ""
    else:
        value, source, at, event = _said(one.said)
        yield shown, value, source + "*" * one.why.endswith(FILLED), at, event
    for other in one.others:
        yield "  but", *_said(other)
    note = _note(one, profile, latest)
    yield from textwrap.wrap(note, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _said(run: Run) -> tuple[str, str, str, str]:
    value = _value(run.value, run.field)
    return value, run.source, clock_face(run.first.time), _id(run.event_id)


def _note(one: Origin, profile: Profile, latest: Micros | None) -> str:
    """Say what goes without saying of most fields: who else speaks, and what Intercom makes of it.

    Of a field that was cleared nothing is seen, where all that Intercom holds is known.
    """
    told = [one.why] if one.others else []
    if one.confirmed_at is None and not (one.value is None and profile.shadow.complete):
        told.append("not seen at Intercom yet")
    elif one.confirmed_at is not None and clock_face(one.confirmed_at) != clock_face(latest or 0):
        told.append(f"confirmed by Intercom at {clock_face(one.confirmed_at)}")
    if one.drift:
        told.append(f"{one.drift}; there: {_value(one.value, one.field)}")
    return _plain("; ".join(told))


def _routes(found: Sequence[Origin]) -> Iterator[str]:
    """Say by which route each event spoke."""
    runs = [run for one in found for run in (one.said, *one.others) if run is not None]
    routes = {(run.event_id or 0, run.source, run.route) for run in runs if run.route}
    for event_id, source, route in sorted(routes, reverse=True):
        event = f" in event {event_id}" if event_id else ""
        yield _cut(_plain(f"{source}{event}: {route}"), WIDTH)


def _value(value: Json, field: str) -> str:
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return _SWITCH.get(field.partition(":")[0] + ":", {}).get(value, json.dumps(value))
    if isinstance(value, int) and field.endswith(_DATES) and value > _EARLIEST:
        return clock_face(value * SECOND)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _duplicates(profile: Profile) -> Iterator[str]:
    if profile.duplicates:
        yield ""
    for one in profile.duplicates:
        other = f"`bridge people show --intercom-id {one.other(profile.target).id}`"
        if one.how == "joined":
            yield f"Became one with {one.other(profile.target).id} at {clock_face(one.found_at)}"
        elif one.settled_at is None:
            yield f"May be there twice: shares {one.name} with {other}"


def _events(events: Sequence[EventRow]) -> Iterator[str]:
    if events:
        yield ""
        yield "The newest events that spoke of it, and are still kept:"
    for one in events:
        reason = f": {one.reason}" if one.reason else ""
        named = f"{one.id}  {clock_face(one.time)}  {one.source} {one.type}"
        yield _cut(_plain(f"{_INDENT}{named}  {one.state.value}{reason}"), WIDTH)


def _id(event_id: int | None) -> str:
    return "" if event_id is None else str(event_id)


# --- the table ------------------------------------------------------------------------------------


def _widths(rows: Sequence[Row]) -> list[int]:
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths = [min(pair) for pair in zip(longest, _WIDEST, strict=True)]
    over = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    widths[1] -= max(over, 0)
    return widths


def _cells(row: Row, widths: Sequence[int]) -> Iterator[str]:
    for cell, width in zip(row, widths, strict=True):
        yield f"{_cut(_plain(cell), width):<{width}}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _plain(text: str) -> str:
    """Take out what a terminal would obey: values are what senders wrote."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
