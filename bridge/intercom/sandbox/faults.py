"""Faults one can order: what a network and a busy service do now and then, on demand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, get_args

from bridge.model import Json

Kind = Literal["lose", "status", "delay", "drip", "throttle", "race"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for the calls of a method and path prefix ('' is any), `times` often (0: always).

    `lose`: the call is carried out, the connection is cut without an answer. `status`: `status` is
    answered, after carrying the call out where `after` is true. `delay`: `seconds` pass first.
    `drip`: the answer comes byte by byte, `seconds` apart. `throttle`: 429 for this resource alone,
    as the reference pages of version 2.17 tell. `race`: an upsert of a company is refused as if
    another request had just made it (intercom-node issue 461).
    """

    kind: Kind
    times: int = 1
    method: str = ""
    path: str = ""
    status: int = 500
    seconds: float = 0.1
    after: bool = False

    def meets(self, method: str, path: str) -> bool:
        """Say whether the fault is for this call."""
        if self.kind == "race" and (method, path) != ("POST", "/companies"):
            return False
        return self.method in {"", method} and path.startswith(self.path)


class Faults:
    """The faults ordered and not yet used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        with self._lock:
            self._ordered.append(fault)

    def clear(self) -> None:
        """Order no faults any more."""
        with self._lock:
            self._ordered.clear()

    def take(self, method: str, path: str) -> list[Fault]:
        """Give the faults that this call meets, at most one of each kind, and count them off."""
        with self._lock:
            met: dict[str, Fault] = {}
            left: list[Fault] = []
            for fault in self._ordered:
                if fault.kind in met or not fault.meets(method, path):
                    left.append(fault)
                    continue
                met[fault.kind] = fault
                if fault.times != 1:
                    left.append(replace(fault, times=max(0, fault.times - 1)))
            self._ordered = left
            return list(met.values())

    def listed(self) -> list[dict[str, Json]]:
        """Give the faults still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._ordered]


def read_fault(document: Mapping[str, Json]) -> Fault:
    """Give the fault that a JSON object describes; ValueError where it describes none."""
    known = {each.name for each in fields(Fault)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ValueError(f"A fault has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    if document.get("kind") not in get_args(Kind):
        raise ValueError(f"The kind of a fault is one of {', '.join(get_args(Kind))}.")
    fault = Fault(**document)
    if not 100 <= fault.status < 600 or fault.times < 0 or not 0 <= fault.seconds < 3600:
        raise ValueError("A fault has a status of HTTP, 0 times or more, and 0 to 3600 seconds.")
    return fault


SHORT = "KIND[=VALUE][:METHOD[:PATH[:TIMES]]]"
"""How a fault is written on one line: `lose:POST:/contacts:3`, `status=503`, `delay=2::/me:0`."""
VALUES = {"status": ("status", int), "after": ("status", int)} | dict.fromkeys(
    ("delay", "drip"), ("seconds", float)
)


def fault_of(text: str) -> Fault:
    """Give the fault written on one line; ValueError says what cannot be read.

    `after=503` is the status that comes once the call was carried out.
    """
    kind, method, path, times, *rest = (*text.split(":"), *[""] * max(0, 3 - text.count(":")))
    kind, _, value = kind.partition("=")
    document: dict[str, Json] = {"kind": "status" if kind == "after" else kind}
    document |= {"method": method.upper(), "path": path, "after": kind == "after"}
    try:
        if value:
            name, read = VALUES[kind]
            document[name] = read(value)
        if times:
            document["times"] = int(times)
    except (KeyError, ValueError):
        raise ValueError(f"{text!r} is no fault; one is written {SHORT}.") from None
    if rest:
        raise ValueError(f"{text!r} is no fault; one is written {SHORT}.")
    return read_fault(document)
