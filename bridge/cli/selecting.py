"""The options by which commands are told which events are meant."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from bridge.cli.since import SINCE
from bridge.model import State
from bridge.store.selection import Selection

_OPTIONS = (
    click.option(
        "--state",
        type=click.Choice([state.value for state in State]),
        help="In this state only.",
    ),
    click.option("--source", help="Of this source only."),
    click.option("--type", help="Of this type only, such as customer.created."),
    click.option("--subject", help="About this subject only, such as cus_123."),
    click.option("--since", type=SINCE, help="Received since: 2h, 3d, 2025-09-01."),
    click.option("--until", type=SINCE, help="Received before: 2h, 3d, 2025-09-02."),
)
_NAMES = Selection.__dataclass_fields__.keys()


def selecting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them as `chosen`, a Selection."""

    @wraps(command)
    def told(**options: Any) -> None:
        given = {name: options.pop(name) for name in _NAMES}
        given["state"] = State(given["state"]) if given["state"] else None
        command(chosen=Selection(**given), **options)

    decorated: Callable[..., None] = told
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
