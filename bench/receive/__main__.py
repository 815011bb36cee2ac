"""`python -m bench.receive`: measure, and print the table."""

from __future__ import annotations

import json
import sys
from functools import partial

import click

from bench.databases import KINDS, databases
from bench.receive.measure import Effort, compared, memory, starts
from bench.receive.report import Measured


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Interleaved; the median is told.")
@click.option("--seconds", default=4.0, show_default=True, help="Of load in each round.")
@click.option("--count", default=12_000, show_default=True, help="Requests at most in each round.")
@click.option("--connections", default=32, show_default=True, help="Senders at the same time.")
@click.option("--threads", default="16", show_default=True, help="gunicorn's: 16,24,32.")
@click.option("--events", default=100_000, show_default=True, help="For memory; 0: left out.")
@click.option("--database", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(
    rounds: int,
    seconds: float,
    count: int,
    connections: int,
    threads: str,
    events: int,
    database: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure how fast the receiver is, beside an empty view and with parts taken out.

    PostgreSQL is the server that BENCH_DATABASE_URL names, else one of its own that syncs to disk.
    """
    effort = Effort(rounds, connections, seconds, count, [int(one) for one in threads.split(",")])
    with databases(database) as made:
        steps = rounds * len(effort.threads) * (2 + 2 * len(made))
        steps += 10 * len(made) if events else 0
        with click.progressbar(length=steps, label="receiving", file=sys.stderr) as bar:
            done = partial(bar.update, 1)
            measured = Measured(
                compared(made, effort, done),
                starts(made, rounds),
                memory(made, events, connections, done) if events else {},
            )
    click.echo(json.dumps(measured.as_json(), indent=2) if as_json else "\n".join(measured.lines()))


if __name__ == "__main__":
    main()
