"""A lead is made once: Intercom would make it again silently, so that it is noted beforehand."""

from __future__ import annotations

from bridge.clock import Micros
from bridge.model import PersonChange
from handlers.work import Work

NOT_BEGUN: Micros = 0


def begun(change: PersonChange, work: Work) -> Micros:
    """Give when an earlier try began to make the lead whose answer was lost; else NOT_BEGUN."""
    return int(work.ledger.finished(_step(change)) or NOT_BEGUN)


def begin(change: PersonChange, work: Work) -> None:
    """Note, for whoever tries next, that the lead is about to be made."""
    work.ledger.finish_step(_step(change), work.clock())
    work.ledger.save()


def take_back(change: PersonChange, work: Work) -> None:
    """Note that the lead was not made."""
    work.ledger.finish_step(_step(change), NOT_BEGUN)


def is_new(change: PersonChange, work: Work) -> bool:
    """Say whether somebody whom the store does not know is new at Intercom, too.

    Not where a try of ours may have made the lead: that one is looked for.
    """
    return work.unknown_is_new() and begun(change, work) == NOT_BEGUN


def _step(change: PersonChange) -> str:
    return f"create lead {' '.join(sorted(map(str, change.match)))}"
