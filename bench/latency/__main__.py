"""`python -m bench.latency`: measure, and print the table."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import click

from bench.databases import KINDS, databases
from bench.latency.measure import latencies, memory


@click.command()
@click.option("--count", default=100, show_default=True, help="Events, one after another.")
@click.option("--events", default=100_000, show_default=True, help="For memory; 0: left out.")
@click.option("--database", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(count: int, events: int, database: tuple[str, ...], as_json: bool) -> None:
    """Measure how soon an idle worker calls Intercom after a commit, and how large it grows.

    PostgreSQL is the server that BENCH_DATABASE_URL names, else one of its own that syncs to disk.
    """
    steps = count * (len(database) + ("postgres" in database)) + 10 * len(database) * bool(events)
    with (
        databases(database) as made,
        click.progressbar(length=steps, label="waking", file=sys.stderr) as bar,
    ):
        done = partial(bar.update, 1)
        soon = {kind: _figures(one) for kind, one in latencies(made, count, done).items()}
        large = memory(made, events, done) if events else {}
    told = {"latency_milliseconds": soon, "memory_megabytes": large}
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(_lines(soon, large)))


def _figures(milliseconds: Sequence[float]) -> dict[str, float]:
    """Give what is told of figures in order of size."""
    return {
        "p50": round(statistics.median(milliseconds), 1),
        "p95": round(milliseconds[int(len(milliseconds) * 0.95)], 1),
        "max": round(milliseconds[-1], 1),
    }


def _lines(
    soon: Mapping[str, Mapping[str, float]], large: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    for kind, figures in soon.items():
        told = ", ".join(f"{name} {ms:.1f} ms" for name, ms in figures.items())
        yield f"from commit to call, idle, {kind}: {told}"
    for kind, megabytes in large.items():
        flat = " ".join(f"{one:.0f}" for one in megabytes)
        yield f"megabytes of the worker, at first and after every tenth, {kind}: {flat}"


if __name__ == "__main__":
    main()
