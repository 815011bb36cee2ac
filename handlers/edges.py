"""Tags and company edges: facts of a target with times, like fields; one call when they change."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model import Target
from handlers import answers, truth
from handlers.work import Work


def settle_edge(
    target: Target, field: str, wanted: bool, apply: Callable[[bool], object], work: Work
) -> None:
    """Record that an edge should be there or not; `apply` it unless Intercom is known to agree."""
    newest = truth.settle(target, {field: wanted}, work)[field]
    if truth.differing(work.ledger.shadow(target), {field: newest}):
        apply(newest)
        now = answers.marked(work.ledger.shadow(target), field, newest, work.clock())
        work.ledger.see(now)
        work.ledger.save()


def settle_tags(
    target: Target,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    tag: Callable[[str, str], object],
    untag: Callable[[str, str], object],
    work: Work,
) -> None:
    """Make tags be there, and others not; Intercom compares their names without case."""
    for name, wanted in [*((one, True) for one in add), *((one, False) for one in remove)]:

        def apply(there: bool, name: str = name) -> None:
            (tag if there else untag)(name, target.id)

        settle_edge(target, f"tag:{name.casefold()}", wanted, apply, work)
