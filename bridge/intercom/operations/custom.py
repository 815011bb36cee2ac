"""Custom attributes: every name and value checked by the registry before anything is written.

One that the workspace does not have is created with the type of its value; one that cannot hold
its value is a BadParameter, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.intercom.fit import fit
from bridge.intercom.operations import kinds
from bridge.intercom.operations.errors import BadParameter
from bridge.intercom.operations.fields import CUSTOM
from bridge.intercom.operations.workspace import Work
from bridge.model import Json, TargetKind

_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "float", str: "string"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Values ready to be sent, and the attributes (name to type) to create before."""

    model: TargetKind
    values: Mapping[str, Json]
    missing: Mapping[str, str]

    def body(self) -> dict[str, Json]:
        """Give the part of a request's body that holds them; none where there are none."""
        return {CUSTOM: dict(self.values)} if self.values else {}

    def create_missing(self, work: Work) -> None:
        """Create the attributes that the workspace does not have yet."""
        for name, data_type in self.missing.items():
            work.attributes.create(work.client, self.model, name, data_type)
            work.remark(f"{self.model} attribute {name!r} was created, of type {data_type}")


def checked(
    work: Work, model: TargetKind, parameter: str, given: Mapping[str, Json] | None
) -> Checked:
    """Check custom attributes; the registry is read where it is not known yet.

    Raises BadParameter that names the attribute.
    """
    values: dict[str, Json] = {}
    missing: dict[str, str] = {}
    for name, value in (given or {}).items():
        place = f"{parameter}.{name[:60]}"
        if isinstance(value, list | dict):
            wanted = "must be text, a number, true, false or null"
            raise BadParameter(place, f"{wanted}, not {kinds.named(value)}")
        known = work.attributes.get(model, name)
        if known is None:
            if value is not None:
                values[name], missing[name] = value, _TYPES[type(value)]
            continue
        try:
            fitted = fit(value, known)
        except ValueError as error:
            told = f"does not fit the {model} attribute of type {known.data_type}: {error}"
            raise BadParameter(place, told) from None
        values[name] = fitted.value
        if fitted.remark:
            work.remark(f"{place}: {fitted.remark}")
    return Checked(model, values, missing)
