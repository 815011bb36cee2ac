"""`python -m bench.retention`: measure, and print the table."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import click
from structlog.testing import capture_logs

from bench.databases import KINDS, databases
from bench.retention.measure import MODES, Effort, Measured, measure

HEAD = ("database", "removed meanwhile", "req/s", "p50 ms", "p99 ms", "max ms", "not 200")


@click.command()
@click.option("--events", default=1_000_000, show_default=True, help="Of sixty days before now.")
@click.option("--rounds", default=5, show_default=True, help="Interleaved; the median is told.")
@click.option("--seconds", default=10.0, show_default=True, help="Of load in each round.")
@click.option("--connections", default=4, show_default=True, help="Senders at the same time.")
@click.option("--database", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(
    events: int,
    rounds: int,
    seconds: float,
    connections: int,
    database: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure what removing old events costs the receiver, and how fast it goes."""
    effort = Effort(events, rounds, seconds, connections)
    with databases(database) as made:
        steps = len(made) * (1 + rounds * len(MODES))
        with click.progressbar(length=steps, label="removing", file=sys.stderr) as bar:
            done = partial(bar.update, 1)
            with capture_logs():  # else what was removed is told amid the figures
                found = [measure(kind, new(), effort, done) for kind, new in made.items()]
    rows = [_row(one) for one in found]
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(_lines(rows)))


def _row(one: Measured) -> dict[str, Any]:
    told = asdict(one)
    rounds = told.pop("rounds")
    names = ("per_second", "p50", "p99")
    receive = {}
    for mode in MODES:
        figures = {name: one.median(mode, name) for name in names}
        figures["max"] = max(each["max"] for each in rounds[mode])
        answers = sum((Counter(each["statuses"]) for each in rounds[mode]), Counter())
        receive[mode] = figures | {"not_200": answers.total() - answers["200"]}
    return {**told, "receive": receive}


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield _line(HEAD)
    for row in rows:
        for mode, figures in row["receive"].items():
            yield _line((row["kind"], mode, *(f"{value:.0f}" for value in figures.values())))
    for row in rows:
        beside = row["removed"] / row["removing_seconds"]
        yield (
            f"{row['kind']}: {beside:.0f} events a second removed without a pause beside the load, "
            f"{row['alone_per_second']:.0f} alone; {row['megabytes_before']:.0f} MB before, "
            f"{row['megabytes_after']:.0f} MB after"
        )


def _line(cells: Sequence[str]) -> str:
    first, second, *rest = cells
    return f"{first:<10}{second:<19}" + "".join(f"{cell:>9}" for cell in rest)


if __name__ == "__main__":
    main()
