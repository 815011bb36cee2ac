"""Drift: where Intercom holds something else than the newest word on it, and nobody's edit is why.

What somebody changed at Intercom after it was last seen is their word, and stays. What is left is
older than what was written: a write that was lost, a workspace restored from a backup, a tag or an
edge that vanished, an address that was refused and could be taken now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bridge.clock import Micros
from bridge.errors import IntercomRefused
from bridge.intercom import calls
from bridge.model import (
    CompanyChange,
    Identifier,
    Json,
    PersonChange,
    Policy,
    Run,
    Shadow,
    Target,
)
from handlers import answers, truth
from handlers.facts import same, winner
from handlers.work import Work
from handlers.writing import write

_KEPT = Policy(attributes="drop")
_DECLINED = ("external_id", "email")
"""What Intercom may refuse to one contact because another has it."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field: what Intercom holds, what should be there, by whose word and since when.

    `done` says whether it was repaired, `refused` why not.
    """

    target: Target
    field: str
    holds: Json
    wanted: Json
    source: str
    since: Micros
    done: bool = False
    refused: str = ""


def see(target: Target, answer: Mapping[str, Any], marks: Mapping[str, Json], work: Work) -> int:
    """Take what was read directly as what Intercom holds; give how many edits it shows.

    An answer older than what was seen is a step back, nobody's edit. `marks` are the tags and
    edges that are there.
    """
    before = work.ledger.shadow(target)
    edited: Mapping[str, Json] = {}
    if int(answer.get("updated_at") or 0) < before.updated_at:
        work.ledger.see(replace(before, updated_at=0, complete=False))
    else:
        edited = answers.edits(before, _fields(target, answer), {})
    look = truth.see_contact if target.kind == "contact" else truth.see_company
    look(target, answer, {}, work)
    _see_marks(target, marks, work)
    return len(edited)


def _fields(target: Target, answer: Mapping[str, Any]) -> dict[str, Json]:
    read = answers.contact_fields if target.kind == "contact" else answers.company_fields
    return read(answer)


def _see_marks(target: Target, marks: Mapping[str, Json], work: Work) -> None:
    shadow = work.ledger.shadow(target)
    known = {name for name in shadow.fields if answers.is_edge(name)}
    for name in sorted(known | set(marks)):
        shadow = answers.marked(shadow, name, name in marks, work.clock())
    work.ledger.see(shadow)


def drift(target: Target, work: Work) -> list[Drift]:
    """Give where Intercom differs from the newest word, after `see`."""
    shadow = work.ledger.shadow(target)
    best = _newest(target, work)
    wanted = {name: run.value for name, run in best.items()}
    # A tag that nobody ever put there, or an edge, is not there.
    differing = {
        name: value
        for name, value in truth.differing(shadow, wanted).items()
        if value or not answers.is_edge(name) or shadow.get(name)
    }
    found = [
        Drift(target, name, shadow.get(name), value, best[name].source, best[name].first.time)
        for name, value in differing.items()
    ]
    return [*found, *_possible_now(target, shadow, set(differing), work)]


def _newest(target: Target, work: Work) -> dict[str, Run]:
    """Give the newest word on each field that can be written."""
    by_field: dict[str, list[Run]] = {}
    for run in work.ledger.runs(target):
        if _is_writable(target, run.field):
            by_field.setdefault(run.field, []).append(run)
    best = {name: winner(runs) for name, runs in by_field.items()}
    return {name: run for name, run in best.items() if run is not None}


def _is_writable(target: Target, field: str) -> bool:
    if field.startswith(answers.CUSTOM) or answers.is_edge(field):
        return True
    return field not in {"role", "company_id"} and field in _fields(target, {})


def _possible_now(target: Target, shadow: Shadow, but: set[str], work: Work) -> Iterator[Drift]:
    """Give what was refused because another contact had it, whom nobody knows to have it now."""
    for name in _DECLINED:
        seen = shadow.fields.get(name)
        if name in but or seen is None or seen.sent is None or same(seen.sent, seen.value):
            continue
        others = set(work.ledger.find(target.kind, Identifier(name, str(seen.sent)))) - {target.id}
        if not others:
            yield Drift(target, name, seen.value, seen.sent, "", seen.at)


# --- mending it -----------------------------------------------------------------------------------


def repair(found: list[Drift], work: Work) -> list[Drift]:
    """Write what should be there; give each drift with what became of it."""
    fields = [one for one in found if not answers.is_edge(one.field)]
    plain = [one for one in fields if one.field not in _DECLINED]
    alone = [[one] for one in found if one not in plain]
    mended = [_repaired(some, work) for some in ([plain] if plain else []) + alone]
    work.ledger.save()
    return [one for some in mended for one in some]


def _repaired(some: list[Drift], work: Work) -> list[Drift]:
    """Write some fields of one target at once, or one tag or edge."""
    target = some[0].target
    try:
        if answers.is_edge(some[0].field):
            _mark(target, some[0].field, bool(some[0].wanted), work)
            done = {some[0].field}
        else:
            done = set(_written(target, {one.field: one.wanted for one in some}, work))
    except IntercomRefused as refused:
        return [replace(one, refused=str(refused)) for one in some]
    return [
        replace(one, done=one.field in done, refused="" if one.field in done else "left out")
        for one in some
    ]


def _written(target: Target, fields: Mapping[str, Json], work: Work) -> Mapping[str, Json]:
    """Write fields and give those that were sent."""
    shadow = work.ledger.shadow(target)
    again = {
        name: replace(shadow.fields[name], sent=None) for name in fields if name in shadow.fields
    }
    shadow = replace(shadow, fields={**shadow.fields, **again})
    change: PersonChange | CompanyChange
    if target.kind == "contact":
        change = PersonChange("contact", (), policy=_KEPT)
    else:
        change = CompanyChange((), policy=_KEPT)
    answer, sent = write(_send(target, work), fields, change, shadow, work)
    if answer:
        look = truth.see_contact if target.kind == "contact" else truth.see_company
        look(target, answer, sent, work)
    return sent


def _send(target: Target, work: Work) -> Callable[[dict[str, Any]], dict[str, Any]]:
    update = calls.update_contact if target.kind == "contact" else calls.update_company
    return lambda body: update(work.intercom, target.id, body)


def _mark(target: Target, field: str, there: bool, work: Work) -> None:
    kind, _, name = field.partition(":")
    if kind == "tag":
        tag, untag = (
            (calls.tag_contact, calls.untag_contact)
            if target.kind == "contact"
            else (calls.tag_company, calls.untag_company)
        )
        (tag if there else untag)(work.intercom, name, target.id)
    else:
        (calls.attach_company if there else calls.detach_company)(work.intercom, target.id, name)
    shadow = answers.marked(work.ledger.shadow(target), field, there, work.clock())
    work.ledger.see(shadow)
