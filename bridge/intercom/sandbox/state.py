"""The sandbox's memory: a workspace of contacts, companies, tags, attributes and data events.

No HTTP here. One lock guards it all; the functions of the neighbouring modules are called with it
held.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator

from bridge.clock import SECOND, Clock, Micros, seconds, system_clock
from bridge.intercom.sandbox.faults import Faults
from bridge.intercom.sandbox.given import SUBSCRIPTION_TYPES, standard_attributes
from bridge.intercom.sandbox.journal import Exchange, Journal
from bridge.intercom.sandbox.limits import Window
from bridge.intercom.sandbox.model import (
    Company,
    Contact,
    DataEvent,
    Note,
    Rules,
    Tag,
)

Ids = Callable[[], str]
HISTORY = 50
"""States kept of one contact, for searches that lag."""


def random_id() -> str:
    """Give an id in the shape of Intercom's: 24 hexadecimal digits."""
    return secrets.token_hex(12)


def random_uuid() -> str:
    """Give what Intercom makes up as the external id of a lead."""
    return str(uuid.uuid4())


class Sandbox:
    """One workspace. `new_id` and `new_uuid` make ids, so that tests can foresee them."""

    def __init__(
        self,
        *,
        rules: Rules | None = None,
        clock: Clock = system_clock,
        new_id: Ids = random_id,
        new_uuid: Ids = random_uuid,
        workspace: str = "sandbox",
    ) -> None:
        self.rules = rules or Rules()
        self.clock = clock
        self.new_id = new_id
        self.new_uuid = new_uuid
        self.workspace = workspace
        self.lock = threading.RLock()
        self.faults = Faults()
        self.journal = Journal()
        self.window = Window()
        self.changes = 0
        self.on_change: Callable[[], None] = lambda: None
        self.on_contact: Callable[[Contact | None, Contact], None] = lambda old, new: None
        self.on_company: Callable[[Company | None, Company | None], None] = lambda old, new: None
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.reset()

    def reset(self) -> None:
        """Forget everything but the rules."""
        with self.lock:
            self.contacts: dict[str, Contact] = {}
            self.companies: dict[str, Company] = {}
            self.tags: dict[str, Tag] = {}
            self.attributes = {each.id: each for each in standard_attributes()}
            self.notes: dict[int, Note] = {}
            self._notes_of: dict[str, list[Note]] = defaultdict(list)
            self.subscriptions = {each.id: each for each in SUBSCRIPTION_TYPES}
            self.events: dict[tuple[str, str, int], DataEvent] = {}
            self.event_names: set[str] = set()
            self._events_of: dict[str, list[DataEvent]] = defaultdict(list)
            self.serial = 1000
            self._by_external: dict[str, dict[str, None]] = defaultdict(dict)
            self._by_email: dict[str, dict[str, None]] = defaultdict(dict)
            self._by_company_id: dict[str, str] = {}
            self._members: dict[str, dict[str, None]] = defaultdict(dict)
            self.touched: dict[str, int] = {}
            self._history: dict[str, list[tuple[Micros, Contact]]] = defaultdict(list)
            self.scroll: tuple[str, int, int] | None = None
            self.faults.clear()
            self.journal.clear()
            self.changed()

    # --- time and numbers -----------------------------------------------------------------------

    def now(self) -> int:
        """Give the time in Unix seconds."""
        return seconds(self.clock())

    def next_number(self) -> int:
        """Give the next of the short ids that tags and attributes have."""
        self.serial += 1
        return self.serial

    def changed(self) -> None:
        """Take note that something changed, for the page and the file."""
        self.changes += 1
        self.on_change()

    # --- contacts -------------------------------------------------------------------------------

    def put(self, contact: Contact) -> Contact:
        """Keep a contact in the place of the one with its id, and everything found by it."""
        old = self.contacts.get(contact.id)
        if old is not None:
            self._unindex(old)
        self.contacts[contact.id] = contact
        self._index(contact)
        self.touched[contact.id] = self.changes
        if self.rules.search_lag > 0:
            history = self._history[contact.id]
            history.append((self.clock(), contact))
            del history[:-HISTORY]
        self.changed()
        self.on_contact(old, contact)
        return contact

    def with_external_id(self, external_id: str) -> list[Contact]:
        """Give every contact of that external id, whatever became of it."""
        return [self.contacts[each] for each in self._by_external.get(external_id, ())]

    def with_email(self, email: str) -> list[Contact]:
        """Give every contact of that e-mail address, whatever became of it."""
        return [self.contacts[each] for each in self._by_email.get(email.casefold(), ())]

    def members(self, company_id: str) -> list[Contact]:
        """Give the live contacts that belong to a company (Intercom's id)."""
        found = (self.contacts[each] for each in self._members.get(company_id, ()))
        return [contact for contact in found if contact.standing == "live"]

    def searchable(self, email: str | None = None) -> Iterator[Contact]:
        """Give the live contacts as searches see them: as they were `search_lag` seconds ago.

        `email`: where only those of that address are wanted, the others may be left out.
        """
        if self.rules.search_lag <= 0:
            found = self.contacts.values() if email is None else self.with_email(email)
            return (each for each in found if each.standing == "live")
        then = self.clock() - int(self.rules.search_lag * SECOND)
        seen = (self._as_of(contact_id, then) for contact_id in self.contacts)
        return (each for each in seen if each is not None and each.standing == "live")

    def _as_of(self, contact_id: str, then: Micros) -> Contact | None:
        states = self._history.get(contact_id)
        if not states:
            return self.contacts[contact_id]
        past = [contact for moment, contact in states if moment <= then]
        return past[-1] if past else None

    def _index(self, contact: Contact) -> None:
        if contact.external_id:
            self._by_external[contact.external_id][contact.id] = None
        if contact.email:
            self._by_email[contact.email.casefold()][contact.id] = None
        for company_id in contact.companies:
            self._members[company_id][contact.id] = None

    def _unindex(self, contact: Contact) -> None:
        self._by_external.get(contact.external_id or "", {}).pop(contact.id, None)
        self._by_email.get((contact.email or "").casefold(), {}).pop(contact.id, None)
        for company_id in contact.companies:
            self._members.get(company_id, {}).pop(contact.id, None)

    # --- companies ------------------------------------------------------------------------------

    def put_company(self, company: Company) -> Company:
        """Keep a company in the place of the one with its id."""
        old = self.companies.get(company.id)
        self.companies[company.id] = company
        self._by_company_id[company.company_id] = company.id
        self.changed()
        self.on_company(old, company)
        return company

    def drop_company(self, company: Company) -> None:
        """Forget a company."""
        del self.companies[company.id]
        del self._by_company_id[company.company_id]
        self.changed()
        self.on_company(company, None)

    def with_company_id(self, company_id: str) -> Company | None:
        """Give the company of the customer's own id."""
        return self.companies.get(self._by_company_id.get(company_id, ""))

    # --- notes ----------------------------------------------------------------------------------

    def put_note(self, note: Note) -> Note:
        """Keep a note in the place of the one with its id."""
        old = self.notes.get(note.id)
        if old is not None:
            self._notes_of[old.about].remove(old)
        self.notes[note.id] = note
        self._notes_of[note.about].append(note)
        self.changed()
        return note

    def notes_of(self, about: str) -> list[Note]:
        """Give the notes of a contact or company (Intercom's id), the newest first."""
        return self._notes_of.get(about, [])[::-1]

    # --- data events ----------------------------------------------------------------------------

    def record(self, event: DataEvent) -> DataEvent:
        """Keep a data event, and give it; the one kept already where it is a repeat."""
        name = event.name.casefold()
        key = (event.contact_id, name, event.created_at)
        if key not in self.events:
            self.events[key] = event
            self.event_names.add(name)
            self._events_of[event.contact_id].append(event)
            self.changed()
        return self.events[key]

    def events_of(self, contact_id: str) -> list[DataEvent]:
        """Give the data events of a contact as they came."""
        return list(self._events_of.get(contact_id, ()))
