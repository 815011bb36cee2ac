"""Makes the Changes of a route: what a person, a company and a data event should look like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from bridge.clock import Micros
from bridge.mapping.blocks import (
    CompanyBlock,
    PersonBlock,
    Route,
    Setting,
)
from bridge.mapping.expressions import CLEAR, plain
from bridge.mapping.fields import ATTRIBUTE_PREFIX, ATTRIBUTES
from bridge.mapping.fit import fit, is_blank
from bridge.mapping.identify import Unusable, exact_text, usable
from bridge.mapping.naming import Named, named
from bridge.mapping.observation import observation
from bridge.mapping.records import NOTHING, Records
from bridge.mapping.track import track
from bridge.mapping.value import Scope, Value
from bridge.model import (
    ROLES,
    CompanyChange,
    Identifier,
    Json,
    Mapped,
    Moment,
    PersonChange,
    PersonKind,
    Row,
)

MOST_LINKS = 20
"""Identifiers of one name that are looked at."""

CLEANED = ("email", "external_id")
"""Fields that are identifiers as well: written as cleaned as they are matched."""


MOST_NAMES = 100
"""Tags that one event adds or removes at most, subscriptions likewise: each may cost a call."""


@dataclass(frozen=True, slots=True)
class Making:
    """One event on its route; the scope's warnings gather what was dropped or bent.

    `records` are what is known of its subject, its own `rows` included.
    """

    scope: Scope
    time: Micros
    records: Records = NOTHING
    rows: tuple[Row, ...] = ()

    def mapped(self, route: Route) -> Mapped:
        """Give what the route makes of the event; raise ExpressionError with its place."""
        people = tuple(self._people(route.person))
        companies = tuple(self._companies(route.company, has_person=bool(people)))
        tracked = track(route.track, self.scope, self.time) if people else None
        told = route.observation
        observed = None if told is None else observation(told, self.scope)
        nothing = not (people or companies or tracked or observed)
        return Mapped(
            route=route.name,
            companies=companies,
            people=people,
            tracks=(tracked,) if tracked else (),
            observed=observed,
            rows=self.rows,
            warnings=tuple(dict.fromkeys(self.scope.warnings)),
            skipped=f"nothing to change: no block of route {route.name} applies"
            if nothing
            else None,
        )

    def _people(self, block: PersonBlock | None) -> Iterator[PersonChange]:
        for scope in self.scope.of_each(block.each) if block else ():
            if block and scope.holds(block.when):
                yield replace(self, scope=scope)._person(block)

    def _companies(
        self, block: CompanyBlock | None, *, has_person: bool
    ) -> Iterator[CompanyChange]:
        for scope in self.scope.of_each(block.each) if block else ():
            if block and scope.holds(block.when):
                yield replace(self, scope=scope)._company(block, has_person=has_person)

    def _person(self, block: PersonBlock) -> PersonChange:
        return PersonChange(
            kind=self._kind(block),
            match=self._match(block.match),
            **self._written(block),
            add_tags=self._names(block.tags.add),
            remove_tags=self._names(block.tags.remove),
            opt_in=self._names(block.subscriptions.opt_in, "a subscription type"),
            opt_out=self._names(block.subscriptions.opt_out, "a subscription type"),
            note=self._note(block.note),
            unlink=block.unlink,
            delete=block.delete,
            policy=block.policy,
        )

    def _kind(self, block: PersonBlock) -> PersonKind:
        """Give what the person shall be: for a `contact` the payload may tell."""
        told = None if block.role is None else self.scope.soft(block.role)
        if told in ROLES:
            return cast(PersonKind, told)
        if block.role is not None and not is_blank(told):
            self.scope.warn(block.role, "`role` is neither user nor lead: it stays as it is")
        return block.kind

    def _note(self, value: Value | None) -> str:
        told = None if value is None else self.scope.soft(value)
        try:
            return (exact_text(plain(told)) or "").replace("\x00", "").strip()
        except Unusable as error:
            assert value is not None
            self.scope.warn(value, f"the note {error}: it is not written")
            return ""

    def _company(self, block: CompanyBlock, *, has_person: bool) -> CompanyChange:
        return CompanyChange(
            match=self._match(block.match),
            **self._written(block),
            add_tags=self._names(block.tags.add),
            remove_tags=self._names(block.tags.remove),
            attach=block.attach and has_person,
            detach=block.detach if has_person else "",
            policy=block.policy,
        )

    def _match(self, match: Mapping[str, Value]) -> tuple[Identifier, ...]:
        found = (one for name, value in match.items() for one in self._identifiers(name, value))
        return tuple(dict.fromkeys(found))

    def _identifiers(self, name: str, value: Value) -> Iterator[Identifier]:
        """Give the identifiers of one name: of a link there may be several, best first."""
        told = plain(self.scope.evaluate(value))
        several = isinstance(told, list) and name not in Identifier.FIELDS
        for one in told[:MOST_LINKS] if several else [told]:
            try:
                text = usable(name, one)
            except Unusable as error:
                self.scope.warn(value, f"`{name}` {error}: it is not used to find anybody")
                continue
            if text is not None:
                yield Identifier(name, text)

    def _written(self, block: PersonBlock | CompanyBlock) -> dict[str, Any]:
        """Give `set` and `set_once` of a Change, with what is to be known of their attributes."""
        own = types_of(*block.set, *block.set_once)
        types: dict[str, str] = {}
        parts = {
            verb: self._fields(settings, types)
            for verb, settings in (("set", block.set), ("set_once", block.set_once))
        }
        return {
            **parts,
            "types": {**types, **own},
            "payload_named": frozenset(types) - set(own),
            "as_of": self._as_of(block.set, parts["set"]),
        }

    def _fields(
        self, settings: tuple[Setting, ...], named_types: dict[str, str]
    ) -> dict[str, Json]:
        written: dict[str, Json] = {}
        for setting in settings:
            if setting.is_named_by_payload:
                found = self._named(setting)
                named_types |= found.types
                written |= found.fields
            else:
                written |= self._field(setting)
        return written

    def _as_of(
        self, settings: tuple[Setting, ...], written: Mapping[str, Json]
    ) -> dict[str, Moment]:
        """Give the moment of the newest row behind each field that was computed over rows."""
        found: dict[str, Moment] = {}
        for setting in settings:
            newest = self.records.newest(setting.value.records)
            if newest is not None:
                named_ = [name for name in written if name.startswith(ATTRIBUTE_PREFIX)]
                fields = named_ if setting.is_named_by_payload else [setting.field]
                found |= dict.fromkeys(fields, newest)
        return found

    def _named(self, setting: Setting) -> Named:
        told = self.scope.soft(setting.value)
        if told is not None and not isinstance(told, dict):
            self.scope.warn(
                setting.value, f"`{ATTRIBUTES}` got no object: nothing is written of it"
            )
        attributes = told if isinstance(told, dict) else {}
        found = named(attributes, setting.declared or {}, setting.standard)
        for remark in found.remarks:
            self.scope.warn(setting.value, remark)
        return found

    def _field(self, setting: Setting) -> Mapping[str, Json]:
        told = self.scope.soft(setting.value)
        if told is CLEAR:
            return {setting.field: None}
        if is_blank(told):
            return {}
        return self._fitted(setting, told)

    def _fitted(self, setting: Setting, told: Json) -> Mapping[str, Json]:
        try:
            if setting.field in CLEANED:
                text = usable(setting.field, plain(told))
                return {} if text is None else {setting.field: text}
            fitted = fit(told, setting.type or "string")
            if setting.at_most is not None and fitted.value > setting.at_most:
                raise Unusable(f"is above {setting.at_most}")
        except Unusable as error:
            self.scope.warn(setting.value, f"`{setting.field}` {error}: it is left alone")
            return {}
        if fitted.remark:
            self.scope.warn(setting.value, f"`{setting.field}`: {fitted.remark}")
        return {setting.field: fitted.value}

    def _names(self, values: tuple[Value, ...], what: str = "a tag") -> tuple[str, ...]:
        names: dict[str, None] = {}
        for value in values:
            told = self.scope.soft(value)
            for one in told if isinstance(told, list) else [told]:
                if one is False:  # what `condition && 'name'` gives
                    continue
                try:
                    name = (exact_text(one) or "").strip().replace("\x00", "")
                except Unusable as error:
                    self.scope.warn(value, f"{what} {error}: it is left out")
                    continue
                if name:
                    names[name] = None
            if len(names) > MOST_NAMES:
                left = f"{len(names)} names of {what[2:]}s: all above {MOST_NAMES} are left out"
                self.scope.warn(value, left)
                names = dict.fromkeys(list(names)[:MOST_NAMES])
        return tuple(names)


def types_of(*settings: Setting) -> Mapping[str, str]:
    """Give the types of custom attributes by field: `custom_attributes.plan`."""
    return {
        setting.field: setting.type
        for setting in settings
        if setting.field.startswith(ATTRIBUTE_PREFIX) and setting.type is not None
    }
