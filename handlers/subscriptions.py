"""Which messages a person wants: facts with times, like tags; one call when they change."""

from __future__ import annotations

from typing import Any

from bridge.errors import Parked
from bridge.intercom import calls
from bridge.model import PersonChange, Target
from handlers import edges, truth
from handlers.answers import SUBSCRIPTION
from handlers.work import Work


def settle_subscriptions(change: PersonChange, person: Target, work: Work) -> None:
    """Opt a person in and out; raise Parked where Intercom has no such subscription type."""
    for name, wanted in _wishes(change):
        kind = work.subscription(name)
        if kind is None:
            raise Parked(
                "subscription",
                f"Intercom has no subscription type {name!r}. Make it there, or mend the name in "
                "the mapping, then replay: all else of this person is applied.",
            )
        _settle(change, person, kind, wanted, work)


def _wishes(change: PersonChange) -> list[tuple[str, bool]]:
    """Give what is wanted, and then what is not: that counts where both are said."""
    return [*((one, True) for one in change.opt_in), *((one, False) for one in change.opt_out)]


def _settle(
    change: PersonChange, person: Target, kind: dict[str, Any], wanted: bool, work: Work
) -> None:
    def apply(wants: bool) -> None:
        (calls.opt_in if wants else calls.opt_out)(work.intercom, person.id, kind)

    field = f"{SUBSCRIPTION}{kind['consent_type']}:{kind['id']}"
    edges.settle_edge(person, truth.alike(change, field, wanted, work), apply, work)
