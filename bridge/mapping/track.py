"""Makes a data event of what the payload tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from bridge.clock import Micros
from bridge.mapping.blocks import TrackBlock
from bridge.mapping.expressions import metadata, plain
from bridge.mapping.fit import is_blank
from bridge.mapping.functions.time import parse_time
from bridge.mapping.identify import Unusable, exact_text
from bridge.mapping.targets import MOST_METADATA
from bridge.mapping.value import Scope
from bridge.model import Json, TrackChange


def track(block: TrackBlock | None, scope: Scope, time: Micros) -> TrackChange | None:
    """Give the data event of a block, None where there is none; `time` is the event's."""
    if block is None or not scope.holds(block.when):
        return None
    name = _event_name(block, scope)
    if not name:
        return None
    return TrackChange(name, _metadata(block, scope), _happened(block, scope, time))


def _event_name(block: TrackBlock, scope: Scope) -> str:
    told = scope.soft(block.name)
    try:
        name = (exact_text(told) or "").strip()
    except Unusable as error:
        scope.warn(block.name, f"the name of the data event {error}: it is not sent")
        return ""
    if block.only and name and not any(fnmatchcase(name, one) for one in block.only):
        scope.warn(block.name, "the name of the data event is not in `only`: it is not sent")
        return ""
    return name.replace("\x00", "").replace(".", "-").replace("$", "-")


def _happened(block: TrackBlock, scope: Scope, time: Micros) -> Micros:
    if block.time is None:
        return time
    moment = parse_time(plain(scope.soft(block.time)))
    if moment is None:
        scope.warn(block.time, "`time` of the data event cannot be read: the event's is used")
    return time if moment is None else moment


def _metadata(block: TrackBlock, scope: Scope) -> Mapping[str, Json]:
    told: dict[str, Json] = {key: scope.soft(one) for key, one in block.metadata.items()}
    if block.all_metadata is not None:
        everything = scope.soft(block.all_metadata)
        told = everything if isinstance(everything, dict) else {}
    flat = {key: one for key, one in flattened(told) if not is_blank(one)}
    lists = [key for key, one in flat.items() if isinstance(one, list)]
    for key in lists:
        del flat[key]
    if lists:
        scope.warn(block.name, f"metadata {_quoted(lists)}: a list is left out")
    rest = list(flat)[MOST_METADATA:]
    if rest:
        scope.warn(block.name, f"metadata {_quoted(rest)} left out: Intercom keeps {MOST_METADATA}")
    return {key: flat[key] for key in list(flat)[:MOST_METADATA]}


def flattened(value: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Give the leaves of nested metadata with dotted names.

    Money `{amount, currency}` and links `{url, value}` are leaves: Intercom shows them as such.
    """
    for key, one in value.items():
        leaf = metadata(one)
        if isinstance(leaf, dict) and set(leaf) not in ({"amount", "currency"}, {"url", "value"}):
            yield from flattened(leaf, f"{prefix}{key}.")
        else:
            yield prefix + key, leaf


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
