"""What is said, what Intercom holds, and what has to be written so that both agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.clock import SECOND
from bridge.model import Identifier, Json, Moment, Shadow, Target
from handlers import answers
from handlers.facts import fact, same, told, winner
from handlers.work import Work

INTERCOM = "intercom"
"""The source of facts that Intercom itself tells: edits by people or other apps."""


def settle(target: Target, said: Mapping[str, Json], work: Work) -> dict[str, Json]:
    """Record what the event's source says of each field, and give the newest word of all on it."""
    for field, value in said.items():
        record(target, work.event.source, field, value, work.event.moment, work)
    runs = work.ledger.runs(target)
    best = {field: winner(run for run in runs if run.field == field) for field in said}
    return {field: run.value for field, run in best.items() if run is not None}


def record(
    target: Target, source: str, field: str, value: Json, moment: Moment, work: Work
) -> None:
    """Put one fact of one source into its runs."""
    runs = work.ledger.runs(target)
    own = [run for run in runs if run.source == source and run.field == field]
    after = told(own, fact(source, field, value, moment))
    if after != tuple(own):
        work.ledger.replace_runs(target, source, field, after)


def differing(shadow: Shadow, wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Give the fields that Intercom does not hold as wanted, as far as is known."""
    return {name: value for name, value in wanted.items() if not _holds(shadow, name, value)}


def _holds(shadow: Shadow, name: str, value: Json) -> bool:
    seen = shadow.fields.get(name)
    if seen is None:
        return value is None and shadow.complete
    return same(seen.value, value) or (seen.sent is not None and same(seen.sent, value))


def see_contact(
    target: Target, answer: Mapping[str, Any], sent: Mapping[str, Json], work: Work
) -> None:
    """Take a full answer of a contact as what Intercom holds, unless something newer was seen."""
    before = work.ledger.shadow(target)
    if _see(target, answers.contact_fields(answer), answer, sent, work):
        after = work.ledger.shadow(target)
        for name in ("external_id", "email"):
            _relink(target, name, before.get(name), after.get(name), work)


def see_company(
    target: Target, answer: Mapping[str, Any], sent: Mapping[str, Json], work: Work
) -> None:
    """Take a full answer of a company as what Intercom holds."""
    if _see(target, answers.company_fields(answer), answer, sent, work):
        work.ledger.link(Identifier("company_id", str(answer["company_id"])), target)


def _see(
    target: Target,
    fields: Mapping[str, Json],
    answer: Mapping[str, Any],
    sent: Mapping[str, Json],
    work: Work,
) -> bool:
    before = work.ledger.shadow(target)
    updated_at = int(answer.get("updated_at") or 0)
    if updated_at < before.updated_at and not sent:
        return False
    moment = Moment(updated_at * SECOND, 0, work.event.id)
    for name, value in answers.edits(before, fields, sent).items():
        record(target, INTERCOM, name, value, moment, work)
    work.ledger.see(answers.observed(before, fields, sent, updated_at, work.clock()))
    return True


def _relink(target: Target, name: str, before: Json, after: Json, work: Work) -> None:
    if before and before != after:
        work.ledger.unlink(Identifier(name, str(before)), target)
    if after:
        identifier = Identifier(name, str(after).lower() if name == "email" else str(after))
        linked = work.ledger.find(target.kind, identifier)
        if target.id not in linked and (name == "email" or not linked):
            work.ledger.link(identifier, target)
