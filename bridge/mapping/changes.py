"""Makes the Changes of a route: what a person, a company and a data event should look like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bridge.clock import Micros
from bridge.errors import ExpressionError
from bridge.mapping.blocks import (
    CompanyBlock,
    PersonBlock,
    Route,
    Setting,
    TrackBlock,
)
from bridge.mapping.expressions import CLEAR, metadata, plain
from bridge.mapping.fields import ATTRIBUTE_PREFIX, ATTRIBUTES
from bridge.mapping.fit import fit, is_blank
from bridge.mapping.functions.time import parse_time
from bridge.mapping.identify import Unusable, exact_text, usable
from bridge.mapping.naming import Named, named
from bridge.mapping.observation import observation
from bridge.mapping.targets import MOST_METADATA
from bridge.mapping.value import Scope, Value
from bridge.model import (
    CompanyChange,
    Identifier,
    Json,
    Mapped,
    PersonChange,
    TrackChange,
)

CLEANED = ("email", "external_id")
"""Fields that are identifiers as well: written as cleaned as they are matched."""


@dataclass(frozen=True, slots=True)
class Making:
    """One event on its route; the scope's warnings gather what was dropped or bent."""

    scope: Scope
    time: Micros

    def mapped(self, route: Route) -> Mapped:
        """Give what the route makes of the event; raise ExpressionError with its place."""
        person = self._person(route.person)
        company = self._company(route.company, has_person=person is not None)
        track = self._track(route.track) if person is not None else None
        told = route.observation
        observed = None if told is None else observation(told, self.scope)
        nothing = not (person or company or track or observed)
        return Mapped(
            route=route.name,
            companies=(company,) if company else (),
            people=(person,) if person else (),
            tracks=(track,) if track else (),
            observed=observed,
            warnings=tuple(dict.fromkeys(self.scope.warnings)),
            skipped=f"nothing to change: no block of route {route.name} applies"
            if nothing
            else None,
        )

    def _person(self, block: PersonBlock | None) -> PersonChange | None:
        if block is None or not self.scope.holds(block.when):
            return None
        return PersonChange(
            kind=block.kind,
            match=self._match(block.match),
            **self._written(block),
            add_tags=self._tags(block.tags.add),
            remove_tags=self._tags(block.tags.remove),
            unlink=block.unlink,
            delete=block.delete,
            policy=block.policy,
        )

    def _company(self, block: CompanyBlock | None, *, has_person: bool) -> CompanyChange | None:
        if block is None or not self.scope.holds(block.when):
            return None
        return CompanyChange(
            match=self._match(block.match),
            **self._written(block),
            add_tags=self._tags(block.tags.add),
            remove_tags=self._tags(block.tags.remove),
            attach=block.attach and has_person,
            detach=block.detach if has_person else "",
            policy=block.policy,
        )

    def _match(self, match: Mapping[str, Value]) -> tuple[Identifier, ...]:
        found = []
        for name, value in match.items():
            told = plain(self.scope.evaluate(value))
            try:
                text = usable(name, told)
            except Unusable as error:
                self._warn(value, f"`{name}` {error}: it is not used to find anybody")
                continue
            if text is not None:
                found.append(Identifier(name, text))
        return tuple(found)

    def _written(self, block: PersonBlock | CompanyBlock) -> dict[str, Any]:
        """Give `set` and `set_once` of a Change, with what is to be known of their attributes."""
        own = types_of(*block.set, *block.set_once)
        types: dict[str, str] = {}
        parts = {
            verb: self._fields(settings, types)
            for verb, settings in (("set", block.set), ("set_once", block.set_once))
        }
        return {**parts, "types": {**types, **own}, "payload_named": frozenset(types) - set(own)}

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

    def _named(self, setting: Setting) -> Named:
        told = self._soft(setting.value)
        if told is not None and not isinstance(told, dict):
            self._warn(setting.value, f"`{ATTRIBUTES}` got no object: nothing is written of it")
        attributes = told if isinstance(told, dict) else {}
        found = named(attributes, setting.declared or {}, setting.standard)
        for remark in found.remarks:
            self._warn(setting.value, remark)
        return found

    def _field(self, setting: Setting) -> Mapping[str, Json]:
        told = self._soft(setting.value)
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
            self._warn(setting.value, f"`{setting.field}` {error}: it is left alone")
            return {}
        if fitted.remark:
            self._warn(setting.value, f"`{setting.field}`: {fitted.remark}")
        return {setting.field: fitted.value}

    def _tags(self, values: tuple[Value, ...]) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for value in values:
            told = self._soft(value)
            for one in told if isinstance(told, list) else [told]:
                try:
                    name = (exact_text(one) or "").strip().replace("\x00", "")
                except Unusable as error:
                    self._warn(value, f"a tag {error}: it is left out")
                    continue
                if name:
                    names[name] = None
        return tuple(names)

    def _track(self, block: TrackBlock | None) -> TrackChange | None:
        if block is None or not self.scope.holds(block.when):
            return None
        name = self._event_name(block)
        if not name:
            return None
        return TrackChange(name, self._metadata(block), self._happened(block))

    def _event_name(self, block: TrackBlock) -> str:
        told = self._soft(block.name)
        try:
            name = (exact_text(told) or "").strip()
        except Unusable as error:
            self._warn(block.name, f"the name of the data event {error}: it is not sent")
            return ""
        if block.only and name and not any(fnmatchcase(name, one) for one in block.only):
            self._warn(block.name, "the name of the data event is not in `only`: it is not sent")
            return ""
        return name.replace("\x00", "").replace(".", "-").replace("$", "-")

    def _happened(self, block: TrackBlock) -> Micros:
        if block.time is None:
            return self.time
        moment = parse_time(plain(self._soft(block.time)))
        if moment is None:
            self._warn(block.time, "`time` of the data event cannot be read: the event's is used")
        return self.time if moment is None else moment

    def _metadata(self, block: TrackBlock) -> Mapping[str, Json]:
        told: dict[str, Json] = {key: self._soft(one) for key, one in block.metadata.items()}
        if block.all_metadata is not None:
            everything = self._soft(block.all_metadata)
            told = everything if isinstance(everything, dict) else {}
        flat = {key: one for key, one in flattened(told) if not is_blank(one)}
        lists = [key for key, one in flat.items() if isinstance(one, list)]
        for key in lists:
            del flat[key]
        if lists:
            self._warn(block.name, f"metadata {_quoted(lists)}: a list is left out")
        rest = list(flat)[MOST_METADATA:]
        if rest:
            self._warn(
                block.name, f"metadata {_quoted(rest)} left out: Intercom keeps {MOST_METADATA}"
            )
        return {key: flat[key] for key in list(flat)[:MOST_METADATA]}

    def _soft(self, value: Value) -> Json:
        """Evaluate where an error is a warning and null rather than the end of the event."""
        try:
            return self.scope.evaluate(value)
        except ExpressionError as error:
            self.scope.warnings.append(str(error))
            return None

    def _warn(self, value: Value, message: str) -> None:
        self.scope.warnings.append(f"{value.where}: {message}")


def types_of(*settings: Setting) -> Mapping[str, str]:
    """Give the types of custom attributes by field: `custom_attributes.plan`."""
    return {
        setting.field: setting.type
        for setting in settings
        if setting.field.startswith(ATTRIBUTE_PREFIX) and setting.type is not None
    }


def flattened(value: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Give the leaves of nested metadata with dotted names.

    Money `{amount, currency}` and links `{url, value}` are leaves: Intercom shows them as such.
    """
    for key, one in value.items():
        leaf = metadata(one)
        if isinstance(leaf, dict) and set(leaf) not in ({"amount", "currency"}, {"url", "value"}):
            yield from flattened(leaf, f"{prefix}{key}.")
        else:
            yield prefix + key, leaf


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
