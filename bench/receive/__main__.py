"""`python -m bench.receive`: measure, and print the table."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import click

from bench.receive.measure import Databases, Effort, compared, memory, starts
from bench.receive.report import Measured
from bench.receive.web import migrated
from tests import postgres

_KINDS = ("sqlite", "postgres")


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Interleaved; the median is told.")
@click.option("--seconds", default=4.0, show_default=True, help="Of load in each round.")
@click.option("--count", default=12_000, show_default=True, help="Requests at most in each round.")
@click.option("--connections", default=32, show_default=True, help="Senders at the same time.")
@click.option("--threads", default="16", show_default=True, help="gunicorn's: 16,24,32.")
@click.option("--events", default=100_000, show_default=True, help="For memory; 0: left out.")
@click.option("--database", type=click.Choice(_KINDS), multiple=True, default=_KINDS)
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
    with _databases(database) as databases:
        steps = rounds * len(effort.threads) * (2 + 2 * len(databases))
        steps += 10 * len(databases) if events else 0
        with click.progressbar(length=steps, label="receiving", file=sys.stderr) as bar:
            done = partial(bar.update, 1)
            measured = Measured(
                compared(databases, effort, done),
                starts(databases, rounds),
                memory(databases, events, connections, done) if events else {},
            )
    click.echo(json.dumps(measured.as_json(), indent=2) if as_json else "\n".join(measured.lines()))


@contextmanager
def _databases(kinds: tuple[str, ...]) -> Iterator[Databases]:
    """Give what makes new databases of the kinds; they go in the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-receive-")))
        made = count()

        def sqlite() -> str:
            return migrated(f"sqlite:///{folder}/{next(made)}.db")

        def on_postgres(server: str) -> str:
            url = postgres.create(server)
            stack.callback(postgres.drop, url, server)
            return migrated(url)

        databases: Databases = {}
        if "sqlite" in kinds:
            databases = {"sqlite": sqlite}
        if "postgres" in kinds:
            given = os.environ.get("BENCH_DATABASE_URL")
            server = given or stack.enter_context(postgres.own_server(durable=True))
            databases = {**databases, "postgres": partial(on_postgres, server)}
        yield databases


if __name__ == "__main__":
    main()
