"""What every mapping promises, tried on its examples: no payload breaks it.

Any value of a payload may be missing or of another kind, and names may come in any order. Whatever
comes, the event becomes Changes whose identifiers are whole, or an error with its place.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator

from bridge.errors import BridgeError, Unreadable
from bridge.mapping.example import Example
from bridge.mapping.lint import mapped, receipt_of
from bridge.mapping.mapping import Mapping
from bridge.model import Json, Mapped, Receipt
from bridge.sources.body import read_body

SAMPLE = 40
"""Places of a payload that are tried, at most, unless all are asked for."""

HOSTILE: tuple[Json, ...] = (
    *(None, 0, -1.5, 10**400, True, "", "a\0b", "x" * 100_000),
    *([], [[]], [None], {}, {"": None}),
)
"""What stands in the place of a value, each time another."""

Steps = tuple[str | int, ...]


def broken_by(mapping: Mapping, example: Example, *, sample: int = SAMPLE) -> Iterator[str]:
    """Tell which changed payloads of an example break the mapping; always the same are tried."""
    receipt = receipt_of(example)
    payload = _payload(receipt)
    if payload is None:
        return
    whole = list(_tried(mapping, receipt, payload, "as it is"))
    yield from whole
    if whole:
        return
    places = list(_places(payload))
    chosen = random.Random(example.title).sample(places, min(sample, len(places)))  # noqa: S311
    for number, steps in enumerate(sorted(chosen, key=places.index)):
        hostile = HOSTILE[number % len(HOSTILE)]
        yield from _tried(mapping, receipt, _without(payload, steps), f"without {_path(steps)}")
        what = f"with {repr(hostile)[:20]} as {_path(steps)}"
        yield from _tried(mapping, receipt, _with(payload, steps, hostile), what)
    if _outcome(mapping, receipt, _reversed(payload)) != _outcome(mapping, receipt, payload):
        yield "the order of names in the payload changes what becomes of it"


def _payload(receipt: Receipt) -> Json:
    try:
        return read_body(receipt.header("content-type"), receipt.body)
    except Unreadable:
        return None


def _tried(mapping: Mapping, receipt: Receipt, payload: Json, what: str) -> Iterator[str]:
    try:
        found = list(_mapped(mapping, receipt, payload))
    except Exception as error:  # whatever it is, it is what is looked for
        yield f"{what}: {type(error).__name__}, where the event should fail with its place"
        return
    matches = [change.match for one in found for change in one.people]
    matches += [change.match for one in found for change in one.companies]
    # no identifier at all parks the event; a blank one would find somebody else
    if not all(identifier.value for match in matches for identifier in match):
        yield f"{what}: a change with a blank identifier"


def _mapped(mapping: Mapping, receipt: Receipt, payload: Json) -> Iterator[Mapped]:
    for event in mapping.read(payload, receipt, apply_tests=True):
        if event.problem is None and event.skip is None:
            try:
                yield mapped(mapping, payload, event, receipt)
            except BridgeError:
                continue


def _outcome(mapping: Mapping, receipt: Receipt, payload: Json) -> list[Mapped]:
    return list(_mapped(mapping, receipt, payload))


def _places(value: Json, above: Steps = ()) -> Iterator[Steps]:
    keys = list(value) if isinstance(value, dict) else []
    for step in range(len(value)) if isinstance(value, list) else keys:
        yield (*above, step)
        yield from _places(value[step], (*above, step))


def _parent(payload: Json, steps: Steps) -> Json:
    for step in steps[:-1]:
        payload = payload[step]
    return payload


def _without(payload: Json, steps: Steps) -> Json:
    made = copy.deepcopy(payload)
    del _parent(made, steps)[steps[-1]]
    return made


def _with(payload: Json, steps: Steps, value: Json) -> Json:
    made = copy.deepcopy(payload)
    _parent(made, steps)[steps[-1]] = value
    return made


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(one) for one in value] if isinstance(value, list) else value


def _path(steps: Steps) -> str:
    return ".".join(map(str, steps))
