"""`python -m bench.backlog`: measure, and print the table."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from bench.databases import KINDS, Databases, databases
from bench.filling import add_backlog
from bridge.store import lanes
from bridge.store.database import Database, connect

LIMITS = {"postgres": 1.3, "sqlite": 2.0}
"""How many times as long as with the shortest backlog a claim may take."""

_LEASE = 600.0
HEAD = ("database", "waiting", "p50 ms", "p99 ms", "of the shortest", "at most")


@dataclass(slots=True)
class Waiting:
    """A database in which so many lanes wait; milliseconds that claims took, round by round."""

    kind: str
    count: int
    db: Database
    rounds: list[list[float]] = field(default_factory=list)

    def p50(self) -> float:
        """Give the median of the rounds' medians."""
        return statistics.median(map(statistics.median, self.rounds))

    def p99(self) -> float:
        """Give what 99 of 100 claims of all rounds took at most."""
        every = sorted(took for took_in_round in self.rounds for took in took_in_round)
        return every[len(every) * 99 // 100]

    def ratio(self, other: Waiting) -> float:
        """Give how many times as long as with another backlog, round by round."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(statistics.median(a) / statistics.median(b) for a, b in pairs)


@click.command()
@click.option("--waiting", default="1000,100000,1000000", show_default=True, help="Lanes.")
@click.option("--rounds", default=5, show_default=True, help="Interleaved; the median is told.")
@click.option("--claims", default=100, show_default=True, help="In each round.")
@click.option("--lanes", "limit", default=1, show_default=True, help="Taken by a claim.")
@click.option("--database", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(
    waiting: str, rounds: int, claims: int, limit: int, database: tuple[str, ...], as_json: bool
) -> None:
    """Measure how long a claim takes, commit included, with few and with many lanes waiting."""
    counts = [int(one) for one in waiting.split(",")]
    with databases(database) as made:
        steps = len(made) * len(counts)
        with click.progressbar(length=2 * steps, label="claiming", file=sys.stderr) as bar:
            found = list(_filled(made, counts, lambda: bar.update(1)))
            for _ in range(rounds):
                for one in found:
                    one.rounds.append([_claim(one.db, limit) for _ in range(claims)])
            bar.update(steps)
        rows = [_row(one, found) for one in found]
        for one in found:
            one.db.dispose()
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(_lines(rows)))


def _filled(made: Databases, counts: Sequence[int], done: Callable[[], None]) -> Iterator[Waiting]:
    for kind, new in made.items():
        for count in counts:
            db = connect(new())
            add_backlog(db, count)
            yield Waiting(kind, count, db)
            done()


def _claim(db: Database, limit: int) -> float:
    """Give the milliseconds of a claim; its lanes are drained after that, as if worked off."""
    begin = time.perf_counter()
    claims = lanes.claim(db, limit=limit, lease=_LEASE)
    took = time.perf_counter() - begin
    for claim in claims:
        lanes.complete(db, claim, drained=True)
    return took * 1000


def _row(one: Waiting, found: Sequence[Waiting]) -> dict[str, Any]:
    shortest = next(each for each in found if each.kind == one.kind)
    ratio = one.ratio(shortest)
    return {
        "database": one.kind,
        "waiting": one.count,
        "p50": one.p50(),
        "p99": one.p99(),
        "ratio": ratio,
        "at_most": LIMITS[one.kind],
        "reached": ratio <= LIMITS[one.kind],
    }


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield _line(HEAD)
    for row in rows:
        verdict = f"{row['at_most']:g} {'reached' if row['reached'] else 'MISSED'}"
        figures = (f"{row[name]:.2f}" for name in ("p50", "p99", "ratio"))
        yield _line((row["database"], f"{row['waiting']:,}", *figures, verdict))


def _line(cells: Sequence[str]) -> str:
    return "".join(f"{cell:<17}" for cell in cells).rstrip()


if __name__ == "__main__":
    main()
