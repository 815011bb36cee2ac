"""What tools that search first would send for the same events: their call patterns, re-enacted.

Read in facts gathered from their sources (both apply every event by itself: no folding, no memory
of what was sent, no skipping of equal values):

- Segment: segmentio/action-destinations, packages/destination-actions/src/destinations/intercom/
  {identifyContact,groupIdentifyContact,trackEvent}/index.ts
- RudderStack: rudderlabs/rudder-transformer, src/cdk/v2/destinations/intercom/procWorkflow.yaml
  and utils.js

n8n's node (packages/nodes-base/nodes/Intercom) is left out: it calls a resource that Intercom has
retired; its unmerged mend looks a contact up before each update, which is Segment's pattern.

Kind to them: each event is taken as our mapping reads it, so that events without a route cost
them nothing; they are told who each customer is, though Stripe's subscriptions carry no address;
search never lags, attributes exist, a person is written only where a field is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.clock import seconds
from bridge.intercom import calls
from bridge.intercom.calls.ask import ask
from bridge.intercom.client import Client
from bridge.model import CompanyChange, Mapped, PersonChange
from handlers.writing import body

Identity = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SearchFirst:
    """A tool that looks the contact up before it writes."""

    intercom: Client
    people: Mapping[str, Identity]

    def apply(self, subject: str, mapped: Mapped) -> None:
        """Send what the tool would send for one event."""
        who = self.people.get(subject, {})
        for person in mapped.people:
            if person.set or person.set_once:
                self.identify(who, person)
            for tag in person.add_tags:  # an action of its own: look up, then tag
                found = self.search(who)
                if found is not None:
                    calls.tag_contact(self.intercom, tag, found)
        for company in mapped.companies:
            self.group(who, company)
        for told in mapped.tracks:
            self.track(who, told.name, seconds(told.time), told.metadata)

    def identify(self, who: Identity, change: PersonChange) -> None:
        """Search, then update the one that is found, or create."""
        said = body({name: value for name, value in change.set.items() if value is not None})
        found = self.search(who)
        if found is not None:
            calls.update_contact(self.intercom, found, said)
        else:
            once = body(change.set_once)
            custom = {**once.pop("custom_attributes", {}), **said.pop("custom_attributes", {})}
            new: dict[str, Any] = {"role": "user", **who, **once, **said}
            calls.create_contact(self.intercom, {**new, "custom_attributes": custom})

    def group(self, who: Identity, change: CompanyChange) -> None:
        """Search the contact, upsert the company, attach; one call for each tag."""
        found = self.search(who)
        [key] = (one.value for one in change.match if one.name == "company_id")
        said = {name: value for name, value in change.set.items() if value is not None}
        company = calls.upsert_company(self.intercom, {"company_id": key, **body(said)})
        if found is not None:
            calls.attach_company(self.intercom, found, company["id"])
        for tag in change.add_tags:
            calls.tag_company(self.intercom, tag, company["id"])

    def search(self, who: Identity) -> str | None:
        """Give the contact that the tool's search finds."""
        raise NotImplementedError

    def track(self, who: Identity, name: str, at: int, metadata: Mapping[str, Any]) -> None:
        """Tell a data event."""
        raise NotImplementedError

    def _found(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        return calls.search_contacts(self.intercom, query).get("data") or []

    def _tell(self, who: Identity, name: str, at: int, metadata: Mapping[str, Any]) -> None:
        """Send a data event by the ids that Intercom takes: its own, an external_id, an address."""
        known = "user_id" if "external_id" in who else "email"
        by = who.get("external_id") or who.get("email")
        told = {"event_name": name, "created_at": at, known: by, "metadata": dict(metadata)}
        ask(self.intercom, "submit event", "POST", "/events", told)


class Segment(SearchFirst):
    """Searches by external_id, else by address, and takes a contact only where it is the only one.

    getUniqueIntercomContact in util.ts; several found: it creates another.
    """

    def search(self, who: Identity) -> str | None:
        """Give the only contact of the external_id, or else of the address."""
        name = "external_id" if "external_id" in who else "email"
        found = self._found({"field": name, "operator": "=", "value": who[name]})
        return str(found[0]["id"]) if len(found) == 1 else None

    def track(self, who: Identity, name: str, at: int, metadata: Mapping[str, Any]) -> None:
        """Look a person without external_id up, then tell."""
        if "external_id" not in who:
            self.search(who)
        self._tell(who, name, at, metadata)


class RudderStack(SearchFirst):
    """Searches by external_id or address at once, and takes the first; data events go unsearched.

    searchContact, createOrUpdateCompany, attachContactToCompany and addOrUpdateTagsToCompany in
    utils.js.
    """

    def search(self, who: Identity) -> str | None:
        """Give the first contact of either."""
        wanted = [
            {"field": name, "operator": "=", "value": who[name]}
            for name in ("email", "external_id")
            if name in who
        ]
        found = self._found({"operator": "OR", "value": wanted})
        return str(found[0]["id"]) if found else None

    def track(self, who: Identity, name: str, at: int, metadata: Mapping[str, Any]) -> None:
        """Tell by the person's own ids."""
        self._tell(who, name, at, metadata)


PEERS = {"Segment": Segment, "RudderStack": RudderStack}
