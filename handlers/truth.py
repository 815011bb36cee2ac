"""What is said, what Intercom holds, and what has to be written so that both agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bridge.clock import SECOND
from bridge.mapping.identify import Unusable, usable
from bridge.model import (
    CompanyChange,
    Identifier,
    Json,
    Moment,
    PersonChange,
    Run,
    Saying,
    Shadow,
    Target,
    Writer,
)
from handlers import answers, lost
from handlers.answers import CLEARED, INTERCOM
from handlers.facts import fact, same, told, winner
from handlers.work import Work

Change = PersonChange | CompanyChange
Facts = Sequence[Run]


def sayings(change: Change, work: Work) -> tuple[Saying[Change], ...]:
    """Give what each event said that became this Change, in order; mostly there is but one."""
    return change.sayings or (Saying(work.event.moment, work.route, change),)


def said(change: Change, work: Work) -> Facts:
    """Give what a Change says of fields as facts, each with its own event's time and route."""
    return [
        stated(field, value, one, work)
        for one in sayings(change, work)
        for field, value in one.change.set.items()
    ]


def stated(field: str, value: Json, saying: Saying[Change], work: Work) -> Run:
    """Give one thing that an event said: its own word, as of the newest row that it knew."""
    word = fact(work.event.source, field, value, saying.as_of(field), saying.route)
    return replace(word, event_id=saying.moment.arrival)


def facts(values: Mapping[str, Json], work: Work) -> Facts:
    """Give the word of the event at work on some fields."""
    moment, route = work.event.moment, work.route
    return [fact(work.event.source, name, one, moment, route) for name, one in values.items()]


def alike(change: Change, field: str, value: Json, work: Work) -> Facts:
    """Give the word of every event of a Change on a field of which all say the same."""
    source = work.event.source
    return [fact(source, field, value, one.moment, one.route) for one in sayings(change, work)]


def settle(target: Target, said: Facts, work: Work) -> dict[str, Json]:
    """Record what is said, and give the newest word of all sources on each field of it."""
    record(target, said, work)
    return newest(target, said, work)


def record(target: Target, said: Facts, work: Work) -> None:
    """Record what is said."""
    echoes = {run.field for run in lost.echoes(target, said, work)}
    for (source, field), runs in _runs_after(target, said, work).items():
        work.ledger.replace_runs(target, source, field, runs)
        if field in echoes:
            work.ledger.replace_runs(target, INTERCOM, field, ())


def announce(target: Target, acts: Facts, work: Work) -> None:
    """Record what is news by its nature: an act of somebody, not the repeat of a snapshot.

    It counts from its own moment, also where its source said the same before; and of several the
    latest is all that can ever count.
    """
    for act in acts:
        known = _runs_of(target, (act.source, act.field), work)
        if all(run.last <= act.first for run in known):
            work.ledger.replace_runs(target, act.source, act.field, [act])


def newest(target: Target, said: Facts, work: Work) -> dict[str, Json]:
    """Give the newest word of all sources on each field, what is said included; record nothing."""
    echoes = lost.echoes(target, said, work)
    known = [run for run in work.ledger.runs(target) if run not in echoes]
    best: dict[str, Json] = {}
    for (source, field), runs in _runs_after(target, said, work).items():
        others = (run for run in known if run.field == field and run.source != source)
        found = winner([*others, *runs])
        assert found is not None
        best[field] = found.value
    return best


def standing(target: Target, work: Work) -> dict[str, Json]:
    """Give the newest word on every field of a contact that holds a value of its own."""
    runs = [run for run in work.ledger.runs(target) if not _is_state(run.field)]
    fields = {run.field for run in runs}
    return {
        name: found.value
        for name in sorted(fields)
        if (found := winner(run for run in runs if run.field == name)) is not None
    }


def _is_state(name: str) -> bool:
    return answers.is_mark(name) or name in {answers.ARCHIVED, "role", "external_id"}


def _runs_after(target: Target, said: Facts, work: Work) -> dict[tuple[str, str], tuple[Run, ...]]:
    """Give the runs of each source and field that something is said of, after it was said."""
    anew: dict[tuple[str, str], tuple[Run, ...]] = {}
    for one in said:
        place = one.source, one.field
        before = anew.get(place) or _runs_of(target, place, work)
        anew[place] = told(before, one)
    return anew


def _runs_of(target: Target, place: tuple[str, str], work: Work) -> tuple[Run, ...]:
    return tuple(run for run in work.ledger.runs(target) if (run.source, run.field) == place)


def differing(shadow: Shadow, wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Give the fields that Intercom does not hold as wanted, as far as is known."""
    return {name: value for name, value in wanted.items() if not _holds(shadow, name, value)}


def _holds(shadow: Shadow, name: str, value: Json) -> bool:
    seen = shadow.fields.get(name)
    if value is None and (shadow.complete or seen is not None):
        return is_empty(shadow, name)
    if seen is None:
        return False
    return same(seen.value, value) or (seen.sent is not None and same(seen.sent, value))


def is_empty(shadow: Shadow, name: str) -> bool:
    """Say whether nothing is known to be in a field, or what Intercom puts into a cleared one."""
    value = shadow.get(name)
    return value is None or (name in CLEARED and same(value, CLEARED[name]))


def see_contact(
    target: Target, answer: Mapping[str, Any], sent: Mapping[str, Json], work: Work
) -> None:
    """Take a full answer of a contact as what Intercom holds, unless something newer was seen.

    `sent` are the fields whose writing it answers; none where it answers a read.
    """
    before = work.ledger.shadow(target)
    fields = answers.contact_fields(answer) | answers.choices(answer, before)
    if _see(target, fields, answer, sent, work):
        after = work.ledger.shadow(target)
        for name in ("external_id", "email", "phone"):
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
    edits = answers.edits(before, fields, sent)
    told_by = [fact(INTERCOM, name, value, moment, _topic(work)) for name, value in edits.items()]
    announce(target, told_by, work)
    after = answers.observed(before, fields, sent, updated_at, work.clock())
    by = Writer(work.event.source, work.event.time, work.event.id or None, work.route)
    work.ledger.see(answers.written(before, after, sent, by))
    return True


def _topic(work: Work) -> str:
    """Give the route of what Intercom itself tells; what another source's call shows has none."""
    return work.route if work.event.source == INTERCOM else ""


def _relink(target: Target, name: str, before: Json, after: Json, work: Work) -> None:
    """Let an identifier that Intercom itself keeps lead where Intercom says.

    Several contacts may have an email or a phone; an external_id is one user's alone.
    """
    old, new = identifier(name, before), identifier(name, after)
    if old is not None and old != new:
        work.ledger.unlink(old, target)
    if new is None or target.id in (linked := work.ledger.find(target.kind, new)):
        return
    for other in linked if name == "external_id" else ():
        work.ledger.unlink(new, Target(target.kind, other))
    work.ledger.link(new, target)


def identifier(name: str, value: Json) -> Identifier | None:
    """Give a field of Intercom's as what one is found by; None where nobody can be."""
    with suppress(Unusable):
        if (text := usable(name, value)) is not None:
            return Identifier(name, text)
    return None
