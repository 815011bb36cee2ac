"""The handler of `track`: one data event, told under the time it had at its source.

Intercom drops a second event of the same contact, name and second, so that a repeat is harmless;
the journal saves the call all the same, also when the event is replayed.
"""

from __future__ import annotations

from bridge.clock import seconds
from bridge.intercom import calls
from bridge.model import Target, TrackChange
from bridge.store.record import TOLD
from handlers.work import Work


def track(change: TrackChange, person: Target, work: Work) -> None:
    """Tell Intercom of one thing that a person did, once."""
    created_at = seconds(change.time)
    step = f"{TOLD}{person.id} {created_at} {change.name}"
    if work.ledger.finished(step, change.event_id) is not None:
        return
    calls.submit_event(
        work.intercom,
        change.name,
        created_at=created_at,
        contact_id=person.id,
        metadata=dict(change.metadata),
    )
    work.ledger.finish_step(step, True, change.event_id)
    work.ledger.save()
