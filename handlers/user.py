"""The handler of `user`: a user, promoted where a lead of ours turns out to be one."""

from __future__ import annotations

from bridge.model import PersonChange, Target
from handlers.person import person
from handlers.registry import handles
from handlers.work import Work


@handles("user")
def user(change: PersonChange, work: Work) -> Target:
    """Make a user Change true."""
    return person(change, work, new_role="user")
