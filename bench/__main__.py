"""`python -m bench`: every part one after another, and each figure beside its target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bench.calls.payloads import ROOT
from bench.targets import PARTS, Verdict
from bridge.errors import BridgeError

QUICK: Mapping[str, str] = {
    "receive": "--rounds 1 --seconds 1 --events 2000",
    "latency": "--count 20 --events 1000",
    "backlog": "--waiting 1000,10000 --rounds 3",
    "drain": "--rounds 1 --events 1000 --counted 100",
    "retention": "--events 20000 --rounds 1 --seconds 3",
}


@click.command()
@click.option("--quick", is_flag=True, help="A few minutes: does it run, not how fast it is.")
@click.option("--only", type=click.Choice(list(PARTS)), multiple=True, help="Only these parts.")
@click.option("--out", type=click.Path(path_type=Path), help="Write all figures there, as JSON.")
def main(*, quick: bool, only: Sequence[str], out: Path | None) -> None:
    """Measure the delivery engine; exit with 0 whatever is reached: figures depend on the machine.

    Calls per event are counted by `make bench-calls`, other engines by `make bench-engines`.
    """
    figures: dict[str, Any] = {}
    click.echo(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    for part in only or PARTS:
        figures[part] = _measured(part, QUICK[part].split() if quick else [])
        if out:
            out.write_text(json.dumps(figures, indent=2))
        click.echo("\n".join(_lines(list(PARTS[part](figures[part])))))
    click.echo(f"load {os.getloadavg()[0]:.1f} after")


def _measured(part: str, options: Sequence[str]) -> Any:
    """Run a part in a process of its own; what it shows on its way is shown."""
    command = [sys.executable, "-m", f"bench.{part}", "--json", *options]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)  # noqa: S603
    if ran.returncode:
        raise BridgeError(f"bench.{part} failed with {ran.returncode}; what it said is above")
    return json.loads(ran.stdout)


def _lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        what, figure, bound, reached = verdict.cells()
        yield f"{what:<64}{figure:>9}  {bound:<9}{reached}"


if __name__ == "__main__":
    main()
