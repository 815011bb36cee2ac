"""`python -m bench.drain`: measure every case and print the table."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from bench.databases import KINDS, databases
from bench.drain.backlog import backlog, settings
from bench.drain.cases import Case, cases, run
from bench.drain.counting import statements
from bench.drain.mappings import write_apart
from bench.drain.processes import intercom
from bench.drain.report import Series, lines


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Interleaved; the median is told.")
@click.option("--events", default=20_000, show_default=True, help="In the backlog.")
@click.option("--counted", default=500, show_default=True, help="Events to count statements of.")
@click.option("--case", "wanted", default="", help="Only cases with this in their name.")
@click.option("--database", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(
    rounds: int,
    events: int,
    counted: int,
    wanted: str,
    database: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure how fast a backlog is worked off.

    PostgreSQL is the server that BENCH_DATABASE_URL names, else one of its own that syncs to disk.
    """
    chosen = [case for case in cases(events) if wanted in case.name]
    with databases(database) as new:
        measured = [Series(case, kind) for case in chosen for kind in new]
        turns = [one for _ in range(rounds) for one in measured]
        with click.progressbar(turns, label="draining", file=sys.stderr) as bar:
            for one in bar:
                one.runs.append(run(one.case, new[one.database]()))
        for one in measured:
            one.counted = _statements(one.case, new[one.database](), counted)
    rows = [one.row() for one in measured]
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(lines(measured)))


def _statements(case: Case, url: str, events: int) -> dict[str, float]:
    """Count statements and commits of writes per event."""
    with tempfile.TemporaryDirectory(prefix="bench-drain-") as folder:
        write_apart(Path(folder))
        with intercom() as there, backlog(url, events, changed=case.changed) as made:
            mappings = {"mappings": Path(folder)} if case.apart else {}
            found = statements(made, settings(made.url, there.url, case.threads, **mappings))
    commits = {"commits": found["commits"]}
    own = {"statements": found.total() - found["commits"] - found["reads"]}
    return {name: count / made.events for name, count in (own | commits).items()}


if __name__ == "__main__":
    main()
