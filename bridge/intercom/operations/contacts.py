"""Contacts by either id, Intercom's or one's own; merged ones followed through one redirect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bridge.errors import IntercomMerged, IntercomNotFound
from bridge.intercom import calls
from bridge.intercom.calls.ask import listed
from bridge.intercom.operations.fields import CUSTOM
from bridge.intercom.operations.workspace import Work
from bridge.model import Identifier, Json, Target

Object = dict[str, Any]
Found = tuple[str, Object | None]
"""Intercom's id of a contact, and the contact where it was read already."""

Look = Callable[[Work, str], Object | None]
"""Asks Intercom for the contact of an id of one's own."""

LEAD_ID = "lead_user_id"
"""The link by which a lead's UserId is remembered: Intercom keeps no external_id for leads."""

NOT_SAID = frozenset({CUSTOM, "role", "company_id"})
"""What of a body is no field of its own, or no fact about somebody."""

_INTERCOM_ID = re.compile(r"[0-9a-f]{24}")


def is_intercom_id(told: str) -> bool:
    """Say whether an id looks like one that Intercom gave: 24 hexadecimal digits."""
    return bool(_INTERCOM_ID.fullmatch(told))


# --- asking Intercom by an id of one's own --------------------------------------------------------


def look_for_user(work: Work, external_id: str) -> Object | None:
    """Give the user of an external_id, through one merge."""
    try:
        return calls.find_by_external_id(work.client, external_id)
    except IntercomMerged as merged:
        if merged.into is None:
            raise
        return calls.get_contact(work.client, merged.into)


def look_for_lead(work: Work, external_id: str) -> Object | None:
    """Give the contact of an external_id by search: the direct read passes over leads.

    Those that Intercom makes up for leads are UUIDs, never like an id of its own.
    """
    if is_intercom_id(external_id):
        return None
    wanted = {"field": "external_id", "operator": "=", "value": external_id}
    found = listed(calls.search_contacts(work.client, wanted))
    return found[0] if found else None


# --- acting on a contact --------------------------------------------------------------------------


def act(work: Work, told: str, do: Callable[[Found], Object], look: Look) -> Object:
    """Do something to the contact that `told` means: Intercom's id first, then one's own.

    Raises IntercomNotFound where it means none.
    """
    missing: IntercomNotFound | None = None
    for found in candidates(work, told, look):
        try:
            return through_merge(work, found, do)
        except IntercomNotFound as error:
            missing = error
    raise missing or IntercomNotFound(
        "Intercom has no contact of this id, neither its own nor an external_id", status=404
    )


def candidates(work: Work, told: str, look: Look) -> Iterator[Found]:
    """Give the contacts that an id may mean, the likeliest and cheapest first."""
    tried: set[str] = set()
    if is_intercom_id(told):
        tried.add(told)
        yield told, None
    for name in ("external_id", LEAD_ID):
        for contact_id in work.known.find("contact", Identifier(name, told)):
            if contact_id not in tried:
                tried.add(contact_id)
                yield contact_id, None
    found = look(work, told)
    if found is not None and found["id"] not in tried:
        yield str(found["id"]), found


def through_merge(work: Work, found: Found, do: Callable[[Found], Object]) -> Object:
    """Do something to a contact; where it was merged, to the one it was merged into."""
    try:
        return do(found)
    except IntercomMerged as merged:
        if merged.into is None:
            raise
        work.remark(f"contact {found[0]} was merged into {merged.into}, which was taken instead")
        answer = do((merged.into, None))
        work.known.forget(Target("contact", found[0]), merged.into)
        return answer


def read(work: Work, found: Found) -> Object:
    """Give a contact, read where it was not."""
    work.hold_to_read(Target("contact", found[0]))
    answer = found[1] or calls.get_contact(work.client, found[0])
    work.known.saw("contact", answer, {})
    return answer


def put(work: Work, contact_id: str, body: Mapping[str, Json]) -> Object:
    """Change the fields in `body`."""
    work.known.hold([f"contact:{contact_id}"])
    answer = calls.update_contact(work.client, contact_id, body)
    work.known.saw("contact", answer, flat(body))
    return answer


def flat(body: Mapping[str, Json]) -> dict[str, Json]:
    """Give what a body says, field by field."""
    said = {name: value for name, value in body.items() if name not in NOT_SAID}
    custom = body.get(CUSTOM) or {}
    return {**said, **{f"{CUSTOM}.{name}": value for name, value in custom.items()}}
