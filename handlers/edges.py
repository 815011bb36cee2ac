"""Tags and company edges: facts of a target with times, like fields; one call when they change."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model import Run, Target
from handlers import answers, lost, truth
from handlers.facts import fact
from handlers.work import Work


def settle_edge(
    target: Target, said: truth.Facts, apply: Callable[[bool], object], work: Work
) -> None:
    """Record what is said of one edge; `apply` the newest unless Intercom is known to agree."""
    settled = truth.settle(target, said, work)
    ((field, newest),) = settled.items()
    shadow = lost.trusted(work.ledger.shadow(target), said, settled, work)
    if truth.differing(shadow, settled):
        apply(newest)
        now = answers.marked(work.ledger.shadow(target), field, newest, work.clock())
        work.ledger.see(now)
        work.ledger.save()


def settle_tags(
    target: Target,
    change: truth.Change,
    tag: Callable[[str, str], object],
    untag: Callable[[str, str], object],
    work: Work,
) -> None:
    """Make tags be there, and others not; Intercom compares their names without case."""
    said: dict[str, list[Run]] = {}
    names: dict[str, str] = {}
    for one in truth.sayings(change, work):
        add, remove = one.change.add_tags, one.change.remove_tags
        for name, wanted in [*((tag_, True) for tag_ in add), *((tag_, False) for tag_ in remove)]:
            field = f"tag:{name.casefold()}"
            told = fact(work.event.source, field, wanted, one.moment, one.route)
            said.setdefault(field, []).append(told)
            names[field] = name
    for field, told_of_it in said.items():

        def apply(there: bool, name: str = names[field]) -> None:
            (tag if there else untag)(name, target.id)

        settle_edge(target, told_of_it, apply, work)
