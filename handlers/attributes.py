"""Custom attributes on their way to Intercom: made where missing, fitted to their type.

One bad attribute never fails the rest: it is left out with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bridge.errors import IntercomRefused, Parked
from bridge.intercom.attributes import Attribute, fit
from bridge.model import CompanyChange, Json, PersonChange, TargetKind
from handlers.answers import CUSTOM
from handlers.work import Work

_BLAMED = re.compile(r"custom attribute '([^']+)'", re.IGNORECASE)


def fitted(
    fields: Mapping[str, Json], change: PersonChange | CompanyChange, model: TargetKind, work: Work
) -> dict[str, Json]:
    """Give the fields as Intercom can take them; what it cannot is left out with a remark."""
    kept: dict[str, Json] = {}
    for field, value in fields.items():
        if not field.startswith(CUSTOM):
            kept[field] = value
            continue
        attribute = _attribute(field.removeprefix(CUSTOM), value, change, model, work)
        if attribute is None:
            continue
        try:
            kept[field] = fit(value, attribute)
        except ValueError as error:
            work.warn(f"{field} left out: {error}")
    return kept


def _attribute(
    name: str,
    value: Json,
    change: PersonChange | CompanyChange,
    model: TargetKind,
    work: Work,
) -> Attribute | None:
    known = work.attributes.get(model, name)
    if value is None and (known is None or known.archived):
        return None
    if known is not None:
        return known
    if change.policy.attributes == "park":
        raise Parked(
            "attribute",
            f"Intercom has no {model} attribute {name!r}. Create it in Intercom (or set "
            "`attributes: create`), then replay.",
        )
    if change.policy.attributes == "drop":
        work.warn(f"{CUSTOM}{name} left out: Intercom has no such {model} attribute")
        return None
    return _created(name, change.types.get(CUSTOM + name, "string"), model, work)


def _created(name: str, data_type: str, model: TargetKind, work: Work) -> Attribute | None:
    try:
        return work.attributes.create(work.intercom, model, name, data_type)
    except IntercomRefused as refused:
        work.warn(f"{CUSTOM}{name} left out: Intercom would not create it: {refused}")
        return None


def blamed(refused: IntercomRefused, fields: Mapping[str, Json]) -> str | None:
    """Give the field whose custom attribute a refusal names, if we sent it."""
    match = _BLAMED.search(str(refused))
    field = CUSTOM + match[1] if match else ""
    return field if field in fields else None
