"""What must be written of runs, given those that are stored and those that are to be."""

from __future__ import annotations

from dataclasses import replace

from bridge.model import Moment, Run, Target
from bridge.store.runs import Differences

ADA = Target("contact", "c1")


def run(value: str, first: int, last: int, row: int | None = None) -> Run:
    return Run("stripe", "name", value, Moment(first, 0, 1), Moment(last, 0, 2), 1, "", row)


def noted(before: list[Run], after: list[Run]) -> Differences:
    differences = Differences()
    differences.note(ADA, before, after)
    return differences


def test_nothing_is_written_of_what_stays() -> None:
    """Neither of runs that are the same, nor where there are none."""
    assert noted([run("A", 1, 2, 7)], [run("A", 1, 2, 7)]) == Differences()
    assert noted([], []) == Differences()


def test_a_repeat_only_moves_the_end_of_its_run() -> None:
    """Those that end alike are written together."""
    before = [run("A", 1, 2, 7), run("B", 3, 4, 8)]
    after = [run("A", 1, 2, 7), run("B", 3, 9, 8)]
    differences = noted(before, after)
    differences.note(ADA, [run("C", 1, 1, 9)], [run("C", 1, 9, 9)])
    assert differences == Differences(longer={Moment(9, 0, 2): [8, 9]})


def test_a_run_that_was_split_keeps_its_row_once() -> None:
    """What was said in its midst, and what follows, are new."""
    whole = run("A", 1, 9, 7)
    before_it, after_it = replace(whole, last=whole.first), replace(whole, first=whole.last)
    differences = noted([whole], [before_it, run("B", 5, 5), after_it])
    assert differences.longer == {whole.first: [7]}
    assert differences.new == [(ADA, run("B", 5, 5)), (ADA, after_it)]
    assert differences.gone == []


def test_what_began_otherwise_or_is_anothers_row_is_written_anew() -> None:
    """A row is kept only for the very run that it holds."""
    earlier = replace(run("A", 5, 9, 7), first=Moment(1, 0, 1))
    assert noted([run("A", 5, 9, 7)], [earlier]) == Differences(gone=[7], new=[(ADA, earlier)])
    moved = run("A", 5, 9, 3)
    assert noted([], [moved]) == Differences(new=[(ADA, moved)])
