"""The handler of `contact`: whoever it is, the role stays as it is."""

from __future__ import annotations

from bridge.model import PersonChange, Target
from handlers.person import person
from handlers.registry import handles
from handlers.work import Work


@handles("contact")
def contact(change: PersonChange, work: Work) -> Target:
    """Make a contact Change true; created as a lead unless an external_id is given."""
    has_external_id = any(one.name == "external_id" for one in change.match)
    return person(change, work, new_role="user" if has_external_id else "lead")
