"""Dry run: everything happens but writes, to Intercom as to what is known.

Reads are made, so that the plan is the one that would be carried out; what would be written is
answered here as Intercom would, as far as the next steps need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.intercom.refusal import is_write, mask
from bridge.model import Answer, Attempt, Call, Ending, Json, Outcome, State, TargetKind
from bridge.store.draft import Draft
from bridge.store.erasure import Trace
from bridge.store.ledger import Ledger
from bridge.store.payload_names import PayloadNames

_WOULD = {State.WAITING: "it would wait", State.PARKED: "it would be parked"}


class DryRun(Client):
    """A client that sends reads only; `plan` is told of every write that it keeps back."""

    def __init__(self, client: Client, plan: Callable[[Mapping[str, Json]], None]) -> None:
        vars(self).update(vars(client))
        self._inner = client
        self._plan = plan
        self._numbers = count(1)

    def send(self, call: Call) -> Answer:
        """Send a read; answer a write as if it had been carried out."""
        if not is_write(call):
            return self._inner.send(call)
        body = self._answer(call)
        self._plan(planned(call))
        return Answer(call, 200, body, {}, 0.0)

    def _answer(self, call: Call) -> dict[str, Any]:
        match call.method, call.path:
            case "POST", "/contacts":
                return {"type": "contact", "id": self._new_id(), **call.body}
            case "POST", "/companies":
                found = calls.find_company(self._inner, call.body["company_id"])
                return _overlaid(found or {"type": "company", "id": self._new_id()}, call.body)
            case "POST", "/data_attributes":
                return dict(call.body)
        return {}

    def _new_id(self) -> str:
        return f"dry-run-{next(self._numbers)}"


def _overlaid(found: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    attributes = found.get("custom_attributes", {}) | body.get("custom_attributes", {})
    return {**found, **body, "custom_attributes": attributes}


def planned(call: Call) -> dict[str, Json]:
    """Give what is kept of a call that was not made: where it would go and which fields it has."""
    return {
        "name": call.name,
        "method": call.method,
        "path": mask(call.path),
        "status": 0,
        "request_id": None,
        "ms": 0,
        "planned": True,
        "fields": sorted(call.body or {}),
    }


class DryNames(PayloadNames):
    """Says which names would be let in; none of them counts from then on."""

    def admit(self, kind: TargetKind, name: str, at_most: int) -> bool:
        """Say whether the attribute would be created."""
        with self.db.read() as connection:
            taken = self._taken(connection, kind)
        return name in taken or len(taken) < at_most

    def give_back(self, kind: TargetKind, name: str) -> None:
        """Take nothing away."""


class DryLedger(Ledger):
    """A ledger that reads and holds as any does, and drops what was gathered."""

    @property
    def names(self) -> PayloadNames:
        """Give the attributes that payloads brought; it adds none."""
        return DryNames(self.db, self.workspace)

    def save(self) -> None:
        """Keep what was gathered to this event's work alone."""

    def leave(self) -> None:
        """Make the events pending again, nothing else."""
        self._draft = Draft()
        super().leave()

    def wipe_at_end(self, own: Trace) -> None:
        """Wipe nothing."""

    def end(self, outcome: Outcome, attempt: Attempt, folded: Sequence[Ending] = ()) -> None:
        """Write the event's fate and its attempt, nothing else."""
        self._draft = Draft()
        super().end(outcome, attempt, folded)


def dry(outcome: Outcome, writes: int) -> Outcome:
    """Give the outcome of a dry run: what would have become of the event, as words.

    A failure stays one, and so does a retry: there is no plan yet.
    """
    if outcome.retry_in is not None or outcome.state in {State.FAILED, State.SKIPPED}:
        return outcome
    told = f"{writes} call{'s' if writes != 1 else ''} to Intercom would change something"
    if outcome.state in _WOULD:
        told = f"{_WOULD[outcome.state]}: {outcome.reason}"
    return replace(
        outcome,
        state=State.SKIPPED,
        reason=f"dry run: {told}. Replay it to apply it.",
        waits_for=(),
        due_by=None,
    )
