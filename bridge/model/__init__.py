"""The nouns of the bridge as plain values: no IO, no imports of anything that does IO.

Times are microseconds since 1970-01-01 UTC (`Micros`) unless a name says otherwise.
"""

from bridge.model.arrival import OPEN, Event, Moment, Receipt, State, StoredEvent, Verification
from bridge.model.change import (
    CompanyChange,
    Identifier,
    Mapped,
    Missing,
    PersonChange,
    Policy,
    Saying,
    TrackChange,
)
from bridge.model.json import ROLES, Deletion, Json, PersonKind, TargetKind
from bridge.model.known import Claim, Run, Seen, Shadow, Target, Writer
from bridge.model.observation import Now, Observation
from bridge.model.origin import Origin
from bridge.model.ports import Holds, Known, Memory, Permits, Recorder, Slots, SlotSource
from bridge.model.row import Row
from bridge.model.work import Answer, Attempt, Call, Ending, Outcome

__all__ = [
    "OPEN",
    "ROLES",
    "Answer",
    "Attempt",
    "Call",
    "Claim",
    "CompanyChange",
    "Deletion",
    "Ending",
    "Event",
    "Holds",
    "Identifier",
    "Json",
    "Known",
    "Mapped",
    "Memory",
    "Missing",
    "Moment",
    "Now",
    "Observation",
    "Origin",
    "Outcome",
    "Permits",
    "PersonChange",
    "PersonKind",
    "Policy",
    "Receipt",
    "Recorder",
    "Row",
    "Run",
    "Saying",
    "Seen",
    "Shadow",
    "SlotSource",
    "Slots",
    "State",
    "StoredEvent",
    "Target",
    "TargetKind",
    "TrackChange",
    "Verification",
    "Writer",
]
