"""What Intercom itself tells of a contact or company: a change that was made there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.model.json import Json

Now = Literal[
    "shown",
    "archived",
    "unarchived",
    "deleted",
    "merged",
    "tagged",
    "untagged",
    "attached",
    "detached",
]
"""What became of a contact or company; `shown`: it is as Intercom shows it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One notification of Intercom's: whom it is about, as shown, and what became of them.

    `contact` and `company` are empty where it is not about one; else they have an `id`, and what
    else Intercom chose to show. `merged_from` is the id of the contact that is part of `contact`
    from now on; empty where Intercom does not say.
    """

    now: Now
    workspace: str
    contact: Mapping[str, Json] = field(default_factory=dict)
    company: Mapping[str, Json] = field(default_factory=dict)
    merged_from: str = ""
    tag: str = ""
