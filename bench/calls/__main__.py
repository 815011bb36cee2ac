"""`python -m bench.calls`: measure every stream and print the table."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import click

from bench.calls.live import live
from bench.calls.measure import Measured, Staging, measure, middle
from bench.calls.report import lines, row
from bench.calls.sent import Stream
from bench.calls.stage import stage
from bench.calls.streams import streams

_AGO = 3600
"""Seconds before now at which the streams begin: nothing is in the future."""


@click.command()
@click.option("--seeds", default=3, show_default=True, help="Runs; the median one is told.")
@click.option("--people", default=10, show_default=True, help="People in each stream.")
@click.option("--stream", "wanted", default="", help="Only streams with this in their name.")
@click.option("--live", "lives", is_flag=True, help="In processes and real time: some minutes.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(seeds: int, people: int, wanted: str, lives: bool, as_json: bool) -> None:
    """Count the calls to Intercom of each stream, beside search-first tools."""
    begin = int(time.time()) - _AGO
    runs = [_wanted(streams(seed, people, begin), wanted) for seed in range(seeds)]
    measured = list(_measured(runs, live if lives else stage))
    if as_json:
        click.echo(json.dumps([row(one) for one in measured], indent=2))
    else:
        click.echo("\n".join(lines(measured)))
    missed = [one for one in measured if one.wrong or row(one)["reached"] is False]
    sys.exit(1 if missed else 0)


def _wanted(made: list[Stream], name: str) -> list[Stream]:
    return [stream for stream in made if name in stream.name]


def _measured(runs: list[list[Stream]], staging: Staging) -> Iterator[Measured]:
    """Measure stream by stream, each with every seed; a bar shows how far on a terminal."""
    with click.progressbar(list(zip(*runs, strict=True)), label="streams", file=sys.stderr) as bar:
        for same in bar:
            yield middle([measure(stream, staging) for stream in same])


if __name__ == "__main__":
    main()
