"""One write of a contact or company: values fitted, the body built, a bad attribute left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.errors import IntercomRefused
from bridge.model import CompanyChange, Json, PersonChange, Shadow
from handlers import truth
from handlers.answers import CUSTOM
from handlers.attributes import Fitting, blamed
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
    nothing is left both are empty. Where Intercom refuses because of an attribute the registry is
    read again, in case it was archived or renamed meanwhile; an attribute that is no better then
    is left out with a remark.
    """
    fitting = Fitting(change, work)
    fitting.look_again(fields)
    rest = dict(fields)
    refreshed = False
    while True:
        ready = fitting.fitted(rest)
        if shadow is not None:
            ready = truth.differing(shadow, ready)
            if not ready:
                return {}, {}
        try:
            return send(body(ready)), {name: rest[name] for name in ready}
        except IntercomRefused as refused:
            bad = blamed(refused, ready)
            if not bad:
                raise
            first, refreshed = not refreshed, True
            if first and fitting.have_changed(bad):
                continue
            for name in bad:
                fitting.leave_out(name, refused)
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
