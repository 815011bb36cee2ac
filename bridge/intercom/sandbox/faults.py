"""Faults one can order: what a network and a busy service do now and then, on demand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, get_args

from bridge.model import Json

Kind = Literal["lose", "status", "delay", "drip", "throttle"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for the calls of a method and path prefix ('' is any), `times` often (0: always).

    `lose`: the call is carried out, the connection is cut without an answer. `status`: `status` is
    answered, after carrying the call out where `after` is true. `delay`: `seconds` pass first.
    `drip`: the answer comes byte by byte, `seconds` apart. `throttle`: 429 for this resource only.
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
    return Fault(**document)
