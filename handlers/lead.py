"""The handler of `lead`: a lead; a user who fills in a form stays a user."""

from __future__ import annotations

from bridge.model import PersonChange, Target
from handlers.person import person
from handlers.registry import handles
from handlers.work import Work


@handles("lead")
def lead(change: PersonChange, work: Work) -> Target:
    """Make a lead Change true."""
    return person(change, work, new_role="lead")
