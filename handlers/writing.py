"""One write of a contact or company: the body built, a bad attribute left out, the answer kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import IntercomRefused
from bridge.model import CompanyChange, Json, PersonChange, TargetKind
from handlers.answers import CUSTOM
from handlers.attributes import blamed, fitted
from handlers.work import Work


def write(
    send: Callable[[dict[str, Any]], dict[str, Any]],
    fields: Mapping[str, Json],
    change: PersonChange | CompanyChange,
    model: TargetKind,
    work: Work,
) -> dict[str, Any]:
    """Send the fields and give the answer; an attribute that Intercom does not know is dropped.

    The registry is read again once, in case the attribute was archived or renamed meanwhile.
    """
    rest = dict(fields)
    while True:
        ready = fitted(rest, change, model, work)
        try:
            return send(body(ready))
        except IntercomRefused as refused:
            name = blamed(refused, ready)
            if name is None:
                raise
            work.attributes.refresh(work.intercom, model)
            work.warn(f"{name} left out: {refused}")
            del rest[name]


def body(fields: Mapping[str, Json]) -> dict[str, Any]:
    """Give the request body of flat fields: custom attributes go into an object of their own."""
    plain = {name: value for name, value in fields.items() if not name.startswith(CUSTOM)}
    custom = {
        name.removeprefix(CUSTOM): value
        for name, value in fields.items()
        if name.startswith(CUSTOM)
    }
    return {**plain, "custom_attributes": custom} if custom else plain
