"""One write of a contact or company: values fitted, the body built, a bad attribute left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import IntercomRefused
from bridge.model import CompanyChange, Json, PersonChange, Shadow, TargetKind
from handlers import truth
from handlers.answers import CUSTOM
from handlers.attributes import blamed, fitted
from handlers.work import Work

Send = Callable[[dict[str, Any]], dict[str, Any]]
Written = tuple[dict[str, Any], dict[str, Json]]


def write(
    send: Send,
    fields: Mapping[str, Json],
    change: PersonChange | CompanyChange,
    shadow: Shadow | None,
    work: Work,
) -> Written:
    """Send the fields, fitted to their types: give the answer, and what of them was sent.

    `shadow` is None for what is to be made; else what it holds already is not sent, and where
    nothing is left both are empty. An attribute that Intercom refuses is left out with a remark,
    once the registry was read again in case it was archived or renamed meanwhile.
    """
    model: TargetKind = "company" if isinstance(change, CompanyChange) else "contact"
    rest = dict(fields)
    refreshed = False
    while True:
        ready = fitted(rest, change, model, work)
        if shadow is not None:
            ready = truth.differing(shadow, ready)
            if not ready:
                return {}, {}
        try:
            return send(body(ready)), {name: rest[name] for name in ready}
        except IntercomRefused as refused:
            name = blamed(refused, ready)
            if name is None:
                raise
            if refreshed:
                work.warn(f"{name} left out: {refused}")
                del rest[name]
            else:
                work.attributes.refresh(work.intercom, model)
                refreshed = True


def body(fields: Mapping[str, Json]) -> dict[str, Any]:
    """Give the request body of flat fields: custom attributes go into an object of their own."""
    plain = {name: value for name, value in fields.items() if not name.startswith(CUSTOM)}
    custom = {
        name.removeprefix(CUSTOM): value
        for name, value in fields.items()
        if name.startswith(CUSTOM)
    }
    return {**plain, "custom_attributes": custom} if custom else plain
