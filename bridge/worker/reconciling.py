"""Reconciling: the people and companies known to the store are read again, the longest ago first.

At a low rate, one at a time and under its hold. Each that was read counts as confirmed, so that a
run that is interrupted goes on with the rest.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bridge.clock import Clock, Micros
from bridge.errors import Busy, IntercomMerged, IntercomNotFound, IntercomRefused, LeaseLost
from bridge.intercom import calls
from bridge.intercom.attributes import Attributes
from bridge.intercom.calls.ask import listed
from bridge.intercom.client import Client
from bridge.model import Json, Target, TargetKind
from bridge.store import readings, stale
from bridge.store.database import Database
from bridge.store.laneless import LanelessLedger, no_event
from bridge.worker.patience import Patience
from handlers import Work, drift, identifiers
from handlers.answers import ARCHIVED, GONE, INTERCOM
from handlers.drift import Drift

KIND = "reconcile"
"""The reading under which it is kept how far a run is."""

_LEASE = 60.0
_BATCH = 100
_COMPANIES_A_PAGE = 50


@dataclass(slots=True)
class Reconciled:
    """What a run found: how many it read, and what it has to tell of them.

    `edits` are fields that somebody changed at Intercom: they stay. `gone` and `merged` are ids,
    `busy` how many were being written and are left for the next run.
    """

    contacts: int = 0
    companies: int = 0
    edits: int = 0
    busy: int = 0
    gone: list[str] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    drifts: list[Drift] = field(default_factory=list)

    @property
    def left(self) -> list[Drift]:
        """Give the drift that is still there."""
        return [one for one in self.drifts if not one.done]


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Reads again whom the store knows; `repair` says whether drift is mended.

    `search_lag` is in seconds: what was seen more recently needs no confirming. `show` hears how
    far it is.
    """

    db: Database
    workspace: str
    client: Client
    attributes: Attributes
    patience: Patience
    clock: Clock
    search_lag: float
    repair: bool
    show: Callable[[str, int, int], None]
    found: Reconciled = field(default_factory=Reconciled)
    _tags: dict[str, str] = field(default_factory=dict)

    def run(self, since: Micros | None = None) -> Reconciled:
        """Read whoever was not confirmed since then, or since the run that goes on began.

        Raises BridgeError where it cannot go on.
        """
        reading = readings.get(self.db, self.workspace, KIND)
        if reading is None or reading.ended_at is not None:
            reading = readings.begin(self.db, self.workspace, KIND)
        before = stale.moment(self.db, since or reading.began_at, self.search_lag)
        done, total = 0, stale.count(self.db, before)
        for target in self._targets(before):
            self.patience.ask(partial(self._one, target))
            done += 1
            self.show("record", done, max(total, done))
        readings.advance(
            self.db, self.workspace, reading, cursor="", done=done, total=done, ended=True
        )
        return self.found

    def _targets(self, before: Micros) -> Iterator[Target]:
        kinds: tuple[TargetKind, ...] = ("contact", "company")
        for kind in kinds:
            place = stale.BEGIN
            while page := stale.after(self.db, kind, before, place, _BATCH):
                yield from (Target(kind, one.target_id) for one in page)
                place = page[-1]

    # --- one of them ----------------------------------------------------------------------------

    def _one(self, target: Target) -> None:
        event = no_event(self.db.destination, INTERCOM, self.clock())
        ledger = LanelessLedger(
            self.db,
            event,
            owner=f"reconcile {secrets.token_hex(8)}",
            lease=_LEASE,
            workspace=self.workspace,
        )
        work = Work(
            event,
            ledger,
            self.client,
            self.attributes,
            self.clock,
            self.patience.tell,
            route=KIND,
        )
        try:
            identifiers.hold(target, work)
            self._read(target, work)
            ledger.save()
        except (Busy, LeaseLost):
            self.found.busy += 1
        finally:
            ledger.release()

    def _read(self, target: Target, work: Work) -> None:
        """Read, compare and mend; nothing is counted before all of it is done."""
        if work.ledger.shadow(target).get(GONE):
            work.ledger.see(work.ledger.shadow(target))
            return
        get = calls.get_contact if target.kind == "contact" else calls.get_company
        try:
            answer = get(self.client, target.id)
            marks = dict.fromkeys(self._marks(target, answer), True)
        except (IntercomNotFound, IntercomMerged) as gone:
            self._gone(target, gone, work)
            return
        edits = drift.see(target, answer, marks, work)
        found = drift.drift(target, work)
        self.found.drifts += drift.repair(found, work) if self.repair else found
        self.found.edits += edits
        if target.kind == "contact":
            self.found.contacts += 1
        else:
            self.found.companies += 1

    def _gone(self, target: Target, gone: IntercomRefused, work: Work) -> None:
        shadow = work.ledger.shadow(target)
        if shadow.get(ARCHIVED):
            work.ledger.see(shadow)
            return
        if isinstance(gone, IntercomMerged) and gone.into is not None:
            self.found.merged[target.id] = gone.into
        else:
            self.found.gone.append(target.id)
        identifiers.forget(target, gone, work)

    # --- tags and edges -------------------------------------------------------------------------

    def _marks(self, target: Target, answer: Mapping[str, Any]) -> Iterator[str]:
        """Give the tags and edges that an answer shows, asking for those it leaves out."""
        if target.kind == "company":
            tags = (answer.get("tags") or {}).get("tags") or []
            yield from (f"tag:{str(tag['name']).casefold()}" for tag in tags)
            return
        for tag_id in self._ids(answer, "tags", partial(self._all_tags, target.id)):
            yield f"tag:{self._tag_name(tag_id)}"
        for company_id in self._ids(answer, "companies", partial(self._all_companies, target.id)):
            yield f"company:{company_id}"

    def _ids(
        self, answer: Mapping[str, Any], key: str, everything: Callable[[], Sequence[Json]]
    ) -> list[str]:
        shown = answer.get(key) or {}
        items = everything() if shown.get("has_more") else listed(dict(shown))
        return [str(item["id"]) for item in items]

    def _all_tags(self, contact_id: str) -> Sequence[Json]:
        return calls.list_contact_tags(self.client, contact_id)

    def _all_companies(self, contact_id: str) -> Sequence[Json]:
        found: list[Json] = []
        while True:
            number = len(found) // _COMPANIES_A_PAGE + 1
            page = calls.list_contact_companies(self.client, contact_id, number, _COMPANIES_A_PAGE)
            found += page
            if len(page) < _COMPANIES_A_PAGE:
                return found

    def _tag_name(self, tag_id: str) -> str:
        """Give a tag's name as it is compared; one that is new is asked for."""
        if tag_id not in self._tags:
            tags = calls.list_tags(self.client)
            self._tags.update((str(tag["id"]), str(tag["name"]).casefold()) for tag in tags)
        return self._tags.get(tag_id, tag_id)
