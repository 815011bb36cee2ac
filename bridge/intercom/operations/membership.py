"""The companies of a user: each checked, created or updated, then joined by Intercom's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.intercom.operations import companies, custom, fields
from bridge.intercom.operations.custom import Checked
from bridge.intercom.operations.fields import CUSTOM
from bridge.intercom.operations.workspace import Work
from bridge.model import Identifier, Json


@dataclass(frozen=True, slots=True)
class Firm:
    """One company to join: its fields, and its custom attributes."""

    fields: Mapping[str, Any]
    attributes: Checked


def checked(
    work: Work, parameter: str, given: Sequence[Mapping[str, Json]] | None
) -> tuple[Firm, ...]:
    """Check companies without writing anything; raises BadParameter."""
    read = [fields.new_company(parameter, one) for one in given or ()]
    return tuple(
        Firm(
            {name: value for name, value in one.items() if name != CUSTOM},
            custom.checked(work, "company", f"{parameter}.{CUSTOM}", one.get(CUSTOM)),
        )
        for one in read
    )


def write(work: Work, firms: Sequence[Firm]) -> list[str]:
    """Create or update the companies; give Intercom's ids, those that need no write included."""
    for firm in firms:
        firm.attributes.create_missing(work)
    return list(dict.fromkeys(_written(work, firm) for firm in firms))


def _written(work: Work, firm: Firm) -> str:
    if "company_id" not in firm.fields:
        return str(firm.fields["id"])
    body = {name: value for name, value in firm.fields.items() if name != "id"}
    body |= firm.attributes.body()
    if len(body) == 1:
        known = work.known.find("company", Identifier("company_id", body["company_id"]))
        if known:
            return known[0]
    return str(companies.upsert(work, body)["id"])
