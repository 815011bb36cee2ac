"""Tags and companies of a contact: each put on by itself, so that one failure spares the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from bridge.errors import IntercomError
from bridge.intercom import calls
from bridge.intercom.operations.declaration import Result
from bridge.intercom.operations.errors import Incomplete
from bridge.intercom.operations.workspace import Work
from bridge.model import Target

Failures = list[tuple[str, IntercomError]]
"""What could not be done, and why."""

R = TypeVar("R", bound=Result)


def tag(work: Work, contact_id: str, names: Iterable[str]) -> Failures:
    """Put tags on a contact; they are made where there are none, and none is taken off."""
    return _each(work, contact_id, names, "tag", _tag)


def attach(work: Work, contact_id: str, company_ids: Iterable[str]) -> Failures:
    """Make a contact belong to companies, by Intercom's ids."""
    return _each(work, contact_id, company_ids, "company", _attach)


def _tag(work: Work, contact_id: str, name: str) -> str:
    calls.tag_contact(work.client, name, contact_id)
    return name.casefold()


def _attach(work: Work, contact_id: str, company_id: str) -> str:
    calls.attach_company(work.client, contact_id, company_id)
    return company_id


def _each(
    work: Work,
    contact_id: str,
    wanted: Iterable[str],
    word: str,
    do: Callable[[Work, str, str], str],
) -> Failures:
    failures: Failures = []
    for one in wanted:
        work.known.hold([f"contact:{contact_id}"])
        try:
            mark = do(work, contact_id, one)
        except IntercomError as error:
            failures.append((f"{word} {one}", error))
        else:
            work.known.mark(Target("contact", contact_id), f"{word}:{mark}", True)
    return failures


def finished(result: R, done: str, failures: Failures) -> R:
    """Give the result; raise Incomplete, which holds it, where something failed."""
    if not failures:
        return result
    told = "; ".join(f"{what}: {error}" for what, error in failures)
    status = failures[0][1].status or 500
    partly = replace(result, status=status)
    raise Incomplete(f"{done}, but not all: {told}", result=partly, status=status)
