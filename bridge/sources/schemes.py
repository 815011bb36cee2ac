"""The scheme of one source: the preset its mapping names, with the parameters set there.

`hmac` and `token` are presets whose every field a mapping may set; of the others only the
tolerated age can be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    if verification.secret is not None and name == "open":
        raise ValueError("secret: an open source has none; its requests would not be verified")
    values = {key: _value(name, key, value) for key, value in verification.parameters.items()}
    scheme = replace(PRESETS[name], **values)  # type: ignore[arg-type]
    if scheme.timed and name == "hmac" and "template" not in values:
        scheme = replace(scheme, template="{ts}.{body}")
    _check(scheme, values)
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


def _check(scheme: Scheme, given: Mapping[str, object]) -> None:
    """Refuse what could not be verified, or would be verified without meaning anything."""
    rules = _TOKEN_RULES if scheme.kind == "token" else _SIGNATURE_RULES
    for message, broken in rules if given else ():
        if broken(scheme, given):
            raise ValueError(message)


Rule = tuple[str, Callable[[Scheme, Mapping[str, object]], bool]]

_SIGNATURE_RULES: tuple[Rule, ...] = (
    (
        "template: without {body} anybody could change the body",
        lambda scheme, _: "body" not in scheme.placeholders,
    ),
    (
        "template: a timestamp that is not signed proves nothing, add {ts}",
        lambda scheme, _: scheme.timed and "ts" not in scheme.placeholders,
    ),
    (
        "template: {ts} needs ts_header or ts_item",
        lambda scheme, _: "ts" in scheme.placeholders and not scheme.timed,
    ),
    (
        "template: {id} needs id_header",
        lambda scheme, _: "id" in scheme.placeholders and not scheme.id_header,
    ),
    (
        "ts_header, ts_item: the timestamp is in one place, give one of them",
        lambda scheme, _: bool(scheme.ts_header and scheme.ts_item),
    ),
    (
        "tolerance, ts_unit: they need ts_header or ts_item",
        lambda scheme, given: not scheme.timed and bool({"tolerance", "ts_unit"} & given.keys()),
    ),
    (
        "ts_item, pick: they need sep, what stands between the items",
        lambda scheme, _: not scheme.sep and bool(scheme.ts_item or scheme.pick),
    ),
)
_TOKEN_RULES: tuple[Rule, ...] = (
    (
        "place: a token in a header needs the parameter header",
        lambda scheme, _: scheme.place == "header" and not scheme.header,
    ),
    (
        "header: it needs place: header",
        lambda scheme, _: scheme.place != "header" and bool(scheme.header),
    ),
    (
        "query: it needs place: query",
        lambda scheme, given: scheme.place != "query" and "query" in given,
    ),
)
