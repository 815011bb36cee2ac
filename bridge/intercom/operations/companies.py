"""Companies by either id: Intercom's own, or one's company_id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bridge.errors import IntercomNotFound
from bridge.intercom import calls
from bridge.intercom.operations.contacts import flat, is_intercom_id
from bridge.intercom.operations.workspace import Work
from bridge.model import Identifier, Json, Target

Object = dict[str, Any]
Found = tuple[str, Object | None]
"""Intercom's id of a company, and the company where it was read already."""


def act(work: Work, told: str, do: Callable[[Found], Object]) -> Object:
    """Do something to the company that `told` means: Intercom's id first, then one's own.

    Raises IntercomNotFound where it means none.
    """
    missing: IntercomNotFound | None = None
    tried: set[str] = set()
    for company_id, found in _candidates(work, told):
        if company_id in tried:
            continue
        tried.add(company_id)
        try:
            return do((company_id, found))
        except IntercomNotFound as error:
            missing = error
    raise missing or IntercomNotFound(
        "Intercom has no company of this id, neither its own nor a company_id", status=404
    )


def _candidates(work: Work, told: str) -> Iterator[Found]:
    if is_intercom_id(told):
        yield told, None
    for company_id in work.known.find("company", Identifier("company_id", told)):
        yield company_id, None
    found = calls.find_company(work.client, told)
    if found is not None:
        yield str(found["id"]), found


def read(work: Work, found: Found) -> Object:
    """Give a company, read where it was not."""
    work.hold_to_read(Target("company", found[0]))
    answer = found[1] or calls.get_company(work.client, found[0])
    work.known.saw("company", answer, {})
    return answer


def upsert(work: Work, body: Mapping[str, Json]) -> Object:
    """Create or update the company of `body["company_id"]`."""
    own = Identifier("company_id", str(body["company_id"]))
    work.known.hold([str(own)])
    known = work.known.find("company", own)
    work.known.hold([f"company:{one}" for one in known])
    answer = calls.upsert_company(work.client, body)
    work.known.hold([f"company:{answer['id']}"])
    for gone in set(known) - {str(answer["id"])}:
        work.known.forget(Target("company", gone), str(answer["id"]))
    work.known.saw("company", answer, flat(body))
    if known:
        work.remark("the company was there already: it was updated")
    return answer
