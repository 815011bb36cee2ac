"""`python -m bench.engines`: try what each engine keeps, measure it, print the table."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import click

from bench.engines import order, promises
from bench.engines.backlog import Backlog
from bench.engines.engine import Opened
from bench.engines.engines import ENGINES
from tests import postgres

_New = Callable[[str], str]
"""Makes an empty database with the tables of the engine of that name, and gives its URL."""


@click.command()
@click.option("--waiting", default="1000,10000,100000", show_default=True, help="Events.")
@click.option("--rounds", default=2, show_default=True, help="Of takes, interleaved.")
@click.option("--takes", default=20, show_default=True, help="In each round.")
@click.option("--seconds", default=10.0, show_default=True, help="A drain or round at most.")
@click.option("--events", default=2000, show_default=True, help="Kept while workers work.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def main(**options: Any) -> None:
    """Compare our lanes with procrastinate and PGMQ, on one PostgreSQL that syncs to disk."""
    told: dict[str, dict[str, Any]] = {name: {} for name in ENGINES}
    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with _server() as new:
        for name in ENGINES:
            _say(name)
            told[name] |= _kept(name, new, options["events"])
        counts = [int(one) for one in options["waiting"].split(",")]
        for name, figures in _measured(new, counts, options):
            told[name] |= figures
    _say(f"load {os.getloadavg()[0]:.1f} after")
    click.echo(json.dumps(told, indent=2) if options["as_json"] else "\n".join(_table(told)))


def _say(text: str) -> None:
    click.echo(text, file=sys.stderr)


@contextmanager
def _server() -> Iterator[_New]:
    """Give what makes databases on the server of BENCH_DATABASE_URL, else on one of its own."""
    with ExitStack() as stack:
        given = os.environ.get("BENCH_DATABASE_URL")
        server = given or stack.enter_context(postgres.own_server(durable=True))

        def new(name: str) -> str:
            url = postgres.create(server)
            stack.callback(postgres.drop, url, server)
            ENGINES[name].install(url)
            return url

        yield new


def _kept(name: str, new: _New, events: int) -> dict[str, Any]:
    url = new(name)
    opened: Opened = partial(ENGINES[name].open, url)
    alone, mended = promises.taken_over(opened, name, url)
    told: dict[str, Any] = {
        "delivered thrice, worked on": promises.worked_on(partial(ENGINES[name].unique, url)),
        "undone with its transaction": promises.undone(opened),
        "of five waiting, at once": promises.together(opened),
        "a retry holds back its subject": promises.held_back(opened),
        "overtakes the uncommitted": promises.overtakes(opened),
        "taken over by itself, s": alone,
        "taken over when mended, s": mended,
        "a late end lets nobody in": promises.fenced(opened),
    }
    found = order.run(partial(ENGINES[name].open, new(name)), events, 20, 60)
    return told | {f"while {events:,} come: {what}": n for what, n in found.items()}


def _measured(
    new: _New, counts: list[int], options: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure all engines by turns, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        found = [Backlog(name, ENGINES[name].open(new(name))) for name in ENGINES]
        for one in found:
            stack.callback(one.engine.close)
        for count in counts:
            for one in found:
                _say(f"{one.name}: {count:,} waiting")
                one.fill(count)
            for _ in range(options["rounds"]):
                for one in found:
                    one.take(options["takes"], options["seconds"])
        for one in found:
            _say(f"{one.name}: draining")
            yield one.name, _figures(one, options["seconds"])


def _figures(one: Backlog, seconds: float) -> dict[str, Any]:
    told: dict[str, Any] = {"kept, events/s": round(one.waiting / one.spent)}
    for waiting, p50, p99 in one.figures():
        told |= {f"take at {waiting:,}, p50 ms": round(p50, 1)}
        told |= {f"take at {waiting:,}, p99 ms": round(p99, 1)}
    return told | {f"drained at {one.waiting:,}, events/s": round(one.drain(seconds), 1)}


def _table(told: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield _line("", *told)
    for what in next(iter(told.values())):
        yield _line(what, *(_cell(figures[what]) for figures in told.values()))


def _cell(figure: Any) -> str:
    if isinstance(figure, bool):
        return "yes" if figure else "no"
    return "-" if figure is None else f"{figure:,.1f}" if isinstance(figure, float) else f"{figure}"


def _line(what: str, *cells: str) -> str:
    return f"{what:<48}" + "".join(f"{cell:>15}" for cell in cells)


if __name__ == "__main__":
    main()
