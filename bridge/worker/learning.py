"""Learning a workspace: every contact and every company is read once and taken into the store.

Contacts come in the order in which they were made, so that none can slip past while it is read, and
a reading that is interrupted goes on where it was. Companies come by scrolling, which Intercom
cannot resume, and which alone lists all of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from bridge.clock import SECOND, Clock
from bridge.errors import BridgeError, Busy, IntercomBusy, IntercomNotFound, IntercomRefused
from bridge.intercom import calls
from bridge.intercom.attributes import Attributes
from bridge.intercom.calls.ask import listed as items_of
from bridge.intercom.calls.ask import next_cursor
from bridge.intercom.client import Client
from bridge.model import TargetKind
from bridge.store import duplicates, pages, readings
from bridge.store.database import Database
from bridge.store.laneless import LanelessLedger, no_event
from bridge.store.readings import Reading
from bridge.worker.patience import Patience
from handlers import Work
from handlers.answers import INTERCOM
from handlers.listed import compare, listed

Item = Mapping[str, Any]
Show = Callable[[TargetKind, int, int], None]
"""Hears how many of about how many (0: nobody knows) were read."""

_PER_PAGE = 150
_ALL = {"field": "created_at", "operator": ">", "value": 0}
_AS_MADE = {"field": "created_at", "order": "ascending"}
_BUSY_TURNS = 600
_BUSY_SECONDS = 0.1
_SCROLL_SECONDS = 60.0
"""An abandoned scroll ends by itself after so long; until then Intercom begins no other."""

_SOME = 100
"""Ids of unlisted contacts that a report names."""


@dataclass(slots=True)
class Learnt:
    """What one run read: people, companies, links that are new, users that share an identifier.

    `unlisted` are contacts that the store knows and Intercom no longer lists: archived or deleted.
    """

    users: int = 0
    leads: int = 0
    companies: int = 0
    links: int = 0
    duplicates: int = 0
    unlisted: int = 0
    unlisted_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Learning:
    """Reads one workspace. `search_lag` is in seconds; the client should make way for others."""

    db: Database
    workspace: str
    client: Client
    patience: Patience
    clock: Clock
    search_lag: float
    show: Show
    learnt: Learnt = field(default_factory=Learnt)

    def run(self, *, again: bool = False) -> Learnt:
        """Read what was not read yet, or everything `again`; give what was found.

        Raises BridgeError where it cannot go on; begun anew it goes on where it was.
        """
        contacts = self._read("contact", again, self._contacts)
        self._read("company", again, self._companies)
        self.learnt.duplicates = duplicates.find_shared(self.db, self.workspace, INTERCOM)
        before = contacts.began_at - int(self.search_lag * SECOND)
        self.learnt.unlisted, self.learnt.unlisted_ids = readings.unlisted(self.db, before, _SOME)
        return self.learnt

    def _read(self, kind: TargetKind, again: bool, read: Callable[[Reading], Reading]) -> Reading:
        reading = readings.get(self.db, self.workspace, kind)
        if reading is None or again:
            reading = self._begin(kind)
        return read(reading) if reading.ended_at is None else reading

    def _begin(self, kind: TargetKind) -> Reading:
        return readings.begin(self.db, self.workspace, kind)

    # --- contacts -------------------------------------------------------------------------------

    def _contacts(self, reading: Reading) -> Reading:
        restarts = 0
        while reading.ended_at is None:
            try:
                answer = self.patience.ask(partial(self._page, reading.cursor))
            except IntercomRefused as refused:
                # Intercom may not know a cursor any more.
                restarts += 1
                if not reading.cursor or refused.status != 400 or restarts > 3:
                    raise
                reading = self._begin("contact")
                continue
            reading = self._keep(reading, items_of(answer), answer, next_cursor(answer) or "")
        return reading

    def _page(self, cursor: str) -> dict[str, Any]:
        return calls.search_contacts(
            self.client, _ALL, per_page=_PER_PAGE, starting_after=cursor or None, sort=_AS_MADE
        )

    # --- companies ------------------------------------------------------------------------------

    def _companies(self, reading: Reading) -> Reading:
        for tries in count(1):
            try:
                return self._scroll(self._begin("company") if reading.done else reading)
            except (IntercomBusy, IntercomRefused) as error:
                if not _scrolls_again(error) or self.patience.schedule.is_exhausted(tries):
                    raise
                self.patience.wait(tries, _SCROLL_SECONDS, str(error))
                reading = self._begin("company")
        raise AssertionError("the counting ends never")

    def _scroll(self, reading: Reading) -> Reading:
        """Scroll from the beginning: a page that is lost on its way cannot be asked for again."""
        name = None
        while reading.ended_at is None:
            answer = self.patience.ask(
                partial(calls.scroll_companies, self.client, name),
                repeats=lambda busy: busy.status == 429,
            )
            found = items_of(answer, "companies")
            name = str(answer.get("scroll_param") or "")
            reading = self._keep(reading, found, answer, name if found else "")
        return reading

    # --- both -----------------------------------------------------------------------------------

    def _keep(self, reading: Reading, items: Sequence[Item], answer: Item, cursor: str) -> Reading:
        """Take a page into the store and note that it is there; the last one has no cursor."""
        kind: TargetKind = "contact" if reading.kind == "contact" else "company"
        self._take(kind, items)
        done = reading.done + len(items)
        total = max(int(answer.get("total_count") or 0), done)
        reading = readings.advance(
            self.db,
            self.workspace,
            reading,
            cursor=cursor,
            done=done,
            total=total,
            ended=not cursor,
        )
        self._count(kind, items)
        self.show(kind, done, total if answer.get("total_count") else 0)
        return reading

    def _take(self, kind: TargetKind, items: Sequence[Item]) -> None:
        """Keep every item; whom a worker is at work on a moment later."""
        rest = {str(item["id"]): item for item in items}
        for _ in range(_BUSY_TURNS):
            page = [listed(kind, item, self.clock()) for item in rest.values()]
            owner = f"learn {secrets.token_hex(8)}"
            kept = pages.keep(self.db, self.workspace, INTERCOM, owner, page)
            self.learnt.links += kept.links
            unequal = [
                one for one in kept.differing if not self._compared(kind, rest[one.target.id])
            ]
            rest = {one.target.id: rest[one.target.id] for one in (*kept.busy, *unequal)}
            if not rest:
                return
            self.patience.sleep(_BUSY_SECONDS)
        raise BridgeError(
            f"{len(rest)} of this page are at work all the time: run `bridge learn` again later, "
            "it goes on where it stopped"
        )

    def _compared(self, kind: TargetKind, item: Item) -> bool:
        """Compare one item with what is known; say whether nobody else was at it."""
        event = no_event(self.db.destination, INTERCOM, self.clock())
        owner = f"learn {secrets.token_hex(8)}"
        ledger = LanelessLedger(
            self.db, event, owner=owner, lease=pages.LEASE, workspace=self.workspace
        )
        work = Work(
            event, ledger, self.client, Attributes(self.client), self.clock, self.patience.tell
        )
        try:
            compare(kind, item, work)
            ledger.save()
        except Busy:
            return False
        finally:
            ledger.release()
        return True

    def _count(self, kind: TargetKind, items: Sequence[Item]) -> None:
        if kind == "company":
            self.learnt.companies += len(items)
            return
        users = sum(item.get("role") == "user" for item in items)
        self.learnt.users += users
        self.learnt.leads += len(items) - users


def _scrolls_again(error: IntercomBusy | IntercomRefused) -> bool:
    """Say whether a scroll from the beginning may well succeed, a minute later."""
    return (
        isinstance(error, IntercomBusy | IntercomNotFound)
        or "scroll" in str(error).partition(":")[2]
    )
