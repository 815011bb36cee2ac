"""The registry of data attributes: which custom fields the workspace has, and of which type.

Intercom refuses a whole contact for one unknown attribute or wrong type, so every name is looked up
here, and every value fitted (fit.py), before it is sent.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.clock import SECOND, Clock, Micros, system_clock
from bridge.errors import IntercomRefused
from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.model import TargetKind

Model = TargetKind

FRESH_SECONDS = 600.0
"""Age at which the registry is read again: people create, archive and restore attributes."""

SKEW: Micros = 2 * SECOND
"""How far the clocks of this machine and of the database may be apart."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One data attribute: `data_type` is string, integer, float, boolean or date.

    `options` are the only values allowed where there are any; `label` is its name in the app.
    """

    model: Model
    name: str
    data_type: str
    options: tuple[str, ...] = ()
    custom: bool = True
    api_writable: bool = True
    archived: bool = False
    label: str = field(default="", compare=False)


class Attributes:
    """The data attributes of a workspace, read now and then and shared between threads.

    `client` is used for reading; the calls that create go through the client given to `create`, so
    that they are recorded with the event they were made for. `monotonic` is in seconds.
    `clock` tells the time that `refresh` compares with.
    """

    def __init__(
        self,
        client: Client | Callable[[], Client],
        monotonic: Callable[[], float] = time.monotonic,
        clock: Clock = system_clock,
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[Model, dict[str, Attribute]] = {}
        self._refused: dict[tuple[Model, str], IntercomRefused] = {}
        self._read_at: dict[Model, float] = {}
        self._seen_at: dict[Model, Micros] = {}

    def get(self, model: Model, name: str) -> Attribute | None:
        """Give the custom attribute of that name, None where the workspace has none.

        Reads the registry on first use and where it is old; raises what `Client.send` raises.
        """
        with self._lock:
            return self._of(model).get(name)

    def create(self, client: Client, model: Model, name: str, data_type: str) -> Attribute:
        """Create a custom attribute and remember it.

        Where another process created it meanwhile, that one is given. Raises IntercomRefused where
        the name is taken by the other model or is not allowed; that is asked once per reading.
        """
        with self._lock:
            if name not in self._of(model):
                if earlier := self._refused.get((model, name)):
                    raise IntercomRefused(str(earlier), status=earlier.status, code=earlier.code)
                self._make(client, model, name, data_type)
            return self._known[model][name]

    def refresh(self, client: Client, model: Model, since: Micros | None = None) -> None:
        """Read the registry of one model again, unless that was done after the moment `since`.

        What was refused before is then asked for again.
        """
        with self._lock:
            if since is None or self._seen_at.get(model, 0) <= since + SKEW:
                self._read(client, model)
                self._forgive(model)

    def _of(self, model: Model) -> dict[str, Attribute]:
        if self._monotonic() - self._read_at.get(model, -math.inf) > FRESH_SECONDS:
            self._read(self._client if isinstance(self._client, Client) else self._client(), model)
            self._forgive(model)
        return self._known[model]

    def _forgive(self, model: Model) -> None:
        self._refused = {key: told for key, told in self._refused.items() if key[0] != model}

    def _read(self, client: Client, model: Model) -> None:
        asked_at, seen_at = self._monotonic(), self._clock()
        self._known[model] = {each.name: each for each in listed(client, model)}
        self._read_at[model], self._seen_at[model] = asked_at, seen_at

    def _make(self, client: Client, model: Model, name: str, data_type: str) -> None:
        try:
            made = calls.create_attribute(client, name, model, data_type)
        except IntercomRefused as refused:
            self._read(client, model)
            if name not in self._known[model]:
                self._refused[model, name] = refused
                raise
        else:
            self._known[model][name] = _attribute({"model": model, "name": name, **made})


def listed(client: Client, model: Model) -> list[Attribute]:
    """Read the custom attributes of people or of companies, archived ones included."""
    found = (_attribute(item) for item in calls.list_attributes(client, model))
    return [each for each in found if each.custom and each.model == model]


def _attribute(item: Mapping[str, Any]) -> Attribute:
    return Attribute(
        model=item["model"],
        name=str(item["name"]),
        data_type=str(item.get("data_type", "string")),
        options=tuple(_option(option) for option in item.get("options") or ()),
        custom=bool(item.get("custom", True)),
        api_writable=bool(item.get("api_writable", True)),
        archived=bool(item.get("archived", False)),
        label=str(item.get("label") or ""),
    )


def _option(option: Any) -> str:
    return str(option.get("value", "")) if isinstance(option, Mapping) else str(option)
