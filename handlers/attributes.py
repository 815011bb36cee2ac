"""Custom attributes on their way to Intercom: made where missing, fitted to their type.

One bad attribute never fails the rest: it is left out with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bridge.errors import IntercomRefused, Parked
from bridge.intercom.attributes import Attribute
from bridge.intercom.fit import fit
from bridge.model import CompanyChange, Json, PersonChange, TargetKind
from handlers.answers import CUSTOM
from handlers.work import Work

_LEFT_OUT = "left out"
_BLAMED = re.compile(r"custom attribute '([^']+)'", re.IGNORECASE)
_TAKEN = re.compile(r"already have .+ in your (people|company) data")
_OTHERS = {"people": "people", "company": "companies"}


@dataclass(frozen=True, slots=True)
class Fitting:
    """The attributes of one Change, on their way to a contact or company."""

    change: PersonChange | CompanyChange
    work: Work

    @property
    def model(self) -> TargetKind:
        """Say whose attributes they are."""
        return "company" if isinstance(self.change, CompanyChange) else "contact"

    def fitted(self, fields: Mapping[str, Json]) -> dict[str, Json]:
        """Give the fields as Intercom can take them; what it cannot is left out with a remark."""
        kept: dict[str, Json] = {}
        for field, value in fields.items():
            if not field.startswith(CUSTOM):
                kept[field] = value
            elif (attribute := self._attribute(field, value)) is not None:
                kept |= self._value(field, value, attribute)
        return kept

    def have_changed(self, fields: Iterable[str]) -> bool:
        """Read the registry again; say whether any of these attributes is not what it was."""
        names = [field.removeprefix(CUSTOM) for field in fields]
        registry = self.work.attributes
        before = [registry.get(self.model, name) for name in names]
        registry.refresh(self.work.intercom, self.model)
        return before != [registry.get(self.model, name) for name in names]

    def look_again(self, fields: Iterable[str]) -> None:
        """Read the registry again where an earlier try left an attribute out.

        Whoever replays the event may have mended that at Intercom.
        """
        left_out = any(_LEFT_OUT in note for note in self.work.event.notes)
        if left_out and any(field.startswith(CUSTOM) for field in fields):
            self._refresh_since_asked()

    def leave_out(self, field: str, reason: object) -> None:
        """Remark that a field is not written."""
        self.work.warn(f"{field} {_LEFT_OUT}: {reason}")

    def _refresh_since_asked(self) -> None:
        event = self.work.event
        self.work.attributes.refresh(self.work.intercom, self.model, since=event.updated_at)

    def _value(self, field: str, value: Json, attribute: Attribute) -> dict[str, Json]:
        try:
            fitted = fit(value, attribute)
        except ValueError as error:
            self.leave_out(field, error)
            return {}
        if remark := fitted.remark or self._bent(field, value, attribute):
            self.work.warn(f"{field}: {remark}")
        return {field: fitted.value}

    def _bent(self, field: str, value: Json, attribute: Attribute) -> str:
        told = self.change.types.get(field)
        own = "date" if attribute.data_type == "datetime" else attribute.data_type
        if value is None or told in (None, own) or field in self.change.payload_named:
            return ""
        return f"written as {own}, which it is at Intercom; the mapping says {told}"

    # --- what Intercom does not have --------------------------------------------------------------

    def _attribute(self, field: str, value: Json) -> Attribute | None:
        name = field.removeprefix(CUSTOM)
        known = self.work.attributes.get(self.model, name)
        if value is None and (known is None or known.archived):
            return None
        if known is None and self._parks(field):
            self._refresh_since_asked()
            known = self.work.attributes.get(self.model, name)
        return known or self._missing(field, name)

    def _parks(self, field: str) -> bool:
        policy = self.change.policy
        return policy.attributes == "park" and field not in self.change.payload_named

    def _missing(self, field: str, name: str) -> Attribute | None:
        if self._parks(field):
            raise Parked(
                "attribute",
                f"Intercom has no {self.model} attribute {name!r}. Create it in Intercom (or set "
                "`attributes: create`), then replay.",
            )
        if field in self.change.payload_named:
            return self._from_payload(field, name)
        if self.change.policy.attributes == "drop":
            self.leave_out(field, f"Intercom has no such {self.model} attribute")
            return None
        return self._create(field, name)

    def _from_payload(self, field: str, name: str) -> Attribute | None:
        at_most = self.change.policy.payload_attributes
        if at_most == 0 or not self.work.ledger.names.admit(self.model, name, at_most):
            full = f"payloads brought the {at_most} allowed" if at_most else "it is not created"
            self.leave_out(field, f"Intercom has no such {self.model} attribute, and {full}")
            return None
        made = self._create(field, name)
        if made is None:
            self.work.ledger.names.give_back(self.model, name)
        return made

    def _create(self, field: str, name: str) -> Attribute | None:
        work, data_type = self.work, self.change.types.get(field, "string")
        try:
            return work.attributes.create(work.intercom, self.model, name, data_type)
        except IntercomRefused as refused:
            self.leave_out(field, _explained(name, refused))
            return None


def _explained(name: str, refused: IntercomRefused) -> str:
    if taken := _TAKEN.search(str(refused)):
        return (
            f"{_OTHERS[taken[1]]} have an attribute {name!r} already, and Intercom keeps a name "
            "for one of both: give it another name in the mapping"
        )
    return f"Intercom would not create it: {refused}"


def blamed(refused: IntercomRefused, fields: Mapping[str, Json]) -> list[str]:
    """Give the custom attributes that a refusal is about; all where it may be any of them."""
    if refused.status not in (400, 422):
        return []
    custom = [field for field in fields if field.startswith(CUSTOM)]
    told = str(refused)
    exact = _BLAMED.search(told)
    if exact and CUSTOM + exact[1] in custom:
        return [CUSTOM + exact[1]]
    return [field for field in custom if _quotes(told, field.removeprefix(CUSTOM))] or custom


def _quotes(text: str, name: str) -> bool:
    return any(f"{sign}{name}{sign}" in text for sign in "'\"`")
