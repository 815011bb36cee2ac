"""The scheme of one source: the preset its mapping names, with the parameters set there.

`hmac` and `token` are presets whose every field a mapping may set; of the others only the
tolerated age can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType

from bridge.model import Verification
from bridge.sources.parameters import READERS
from bridge.sources.presets import PRESETS, Scheme

__all__ = ["PARAMETERS", "PRESETS", "Scheme", "scheme_for"]

_FREE: Mapping[str, frozenset[str]] = {
    "hmac": frozenset(READERS) - {"place", "query"},
    "token": frozenset({"place", "header", "query", "prefix"}),
}

PARAMETERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        row.name: _FREE.get(row.name, frozenset({"tolerance"} if row.timed else ()))
        for row in PRESETS.values()
    }
)
"""The parameters that a mapping may set beside `scheme` and `secret`, for each scheme."""


def scheme_for(verification: Verification) -> Scheme:
    """Give the scheme of a mapping's `verify:` block: the preset with the parameters set there.

    Raises ValueError naming what is wrong and what could stand there instead.
    """
    name = verification.scheme
    if name not in PRESETS:
        raise ValueError(
            f"scheme: {name!r} is unknown{_nearest(name)}; known: {', '.join(PRESETS)}"
        )
    if verification.secret is None and name != "open":
        raise ValueError(f"secret: scheme {name} needs the name of an environment variable")
    values = {key: _value(name, key, value) for key, value in verification.parameters.items()}
    scheme = replace(PRESETS[name], **values)  # type: ignore[arg-type]
    if scheme.timed and name == "hmac" and "template" not in values:
        scheme = replace(scheme, template="{ts}.{body}")
    _check(scheme)
    return scheme


def _nearest(name: str) -> str:
    near = get_close_matches(name, PRESETS, 1)
    return f", did you mean {near[0]!r}?" if near else ""


def _value(scheme: str, key: str, value: object) -> object:
    allowed = PARAMETERS[scheme]
    if key not in allowed:
        names = ", ".join(sorted(allowed)) or "none"
        raise ValueError(f"{key}: not a parameter of scheme {scheme} (it has: {names})")
    try:
        return READERS[key](value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _check(scheme: Scheme) -> None:
    """Refuse what could not be verified, or would be verified without meaning anything."""
    wrong = {
        "place: `header` needs the parameter header": scheme.place == "header"
        and not scheme.header,
        "header: name at least one": scheme.kind == "hmac" and not scheme.header,
        "template: without {body} anybody could change the body": scheme.kind == "hmac"
        and "body" not in scheme.placeholders,
        "template: a timestamp that is not signed proves nothing, add {ts}": scheme.timed
        and "ts" not in scheme.placeholders,
        "template: {ts} needs ts_header or ts_item": "ts" in scheme.placeholders
        and not scheme.timed,
        "template: {id} needs id_header": "id" in scheme.placeholders and not scheme.id_header,
        "ts_item, pick: they need sep, what stands between the items": not scheme.sep
        and bool(scheme.ts_item or scheme.pick),
    }
    problem = next((message for message, is_so in wrong.items() if is_so), None)
    if problem:
        raise ValueError(problem)
