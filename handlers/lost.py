"""Writes nobody heard of: a try that was killed, or whose answer was lost, may have written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bridge.clock import SECOND
from bridge.intercom.fit import fit
from bridge.model import Json, Run, Seen, Shadow, Target
from handlers.answers import CLEARED, CUSTOM, INTERCOM
from handlers.facts import same
from handlers.work import Work

_UNSEEN = Seen({"written": "unseen"}, 0)
"""What a field holds when nobody knows: equal to no value, and not empty."""


def trusted(shadow: Shadow, said: Sequence[Run], newest: Mapping[str, Json], work: Work) -> Shadow:
    """Give the shadow as far as it can be trusted after a try that may have written unseen.

    That try wrote the event's own word. Where another's counts by now, it may have seemed to stand
    at Intercom already, and nobody wrote it: so it is written in any case. What waited wrote
    nothing.
    """
    if not work.event.was_tried or work.event.due_by is not None:
        return shadow
    own = {one.field for one in said if not same(one.value, newest.get(one.field))}
    return replace(shadow, fields={**shadow.fields, **dict.fromkeys(own, _UNSEEN)})


def echoes(target: Target, said: Sequence[Run], work: Work) -> list[Run]:
    """Give what looked like edits, but was written by an earlier try of what is said.

    A try whose end was never recorded may have written all the same; whoever looked at the target
    before the next try could not know whose write it was.
    """
    if not work.event.was_tried:
        return []
    # What was seen before the event came was written by somebody else.
    came = work.event.receipt.received_at // SECOND * SECOND, work.event.id
    return [
        run
        for run in work.ledger.runs(target)
        if run.source == INTERCOM
        and (run.first.time, run.first.arrival) > came
        and any(_shows(run, one.value, target, work) for one in said if one.field == run.field)
    ]


def _shows(edit: Run, value: Json, target: Target, work: Work) -> bool:
    """Say whether Intercom would show a value like this, once it was written."""
    if same(edit.value, value):
        return True
    if value is None:
        return same(edit.value, CLEARED.get(edit.field))
    if edit.field.startswith(CUSTOM):
        attribute = work.attributes.get(target.kind, edit.field.removeprefix(CUSTOM))
        with suppress(ValueError):
            return attribute is not None and same(fit(value, attribute).value, edit.value)
        return False
    if isinstance(value, float):  # the numbers that are no attributes are whole
        return isinstance(edit.value, int) and abs(edit.value - value) < 1
    return str(edit.value).strip().casefold() == str(value).strip().casefold()
