"""`bridge people duplicates`: contacts that seem to be one person."""

from __future__ import annotations

import json

import click

from bridge.cli.settings import opened
from bridge.clock import clock_face
from bridge.store import duplicates as stored
from bridge.store.duplicates import Duplicate
from bridge.web.duplicates import row

_ADVICE = """
Look at both with `bridge people show --intercom-id ID`. If they are one person, merge them in
Intercom; if not, correct what they share where it is wrong: in Intercom or in the source. A pair is
settled by itself when one of the two is gone, or no longer has what they share."""


@click.command()
@click.option("--all", "settled", is_flag=True, help="Also those that are settled or were joined.")
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="How many at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def duplicates(settled: bool, limit: int, as_json: bool) -> None:
    """List contacts that seem to be one person, the newest pair first."""
    found = stored.listing(opened(), settled=settled, limit=limit)
    if as_json:
        click.echo(json.dumps([row(one) for one in found]))
        return
    for one in found:
        click.echo(_line(one))
    click.echo(_ADVICE if found else "no duplicates are known")


def _line(one: Duplicate) -> str:
    first, second = (target.id for target in one.pair)
    by = f"{one.source}, event {one.event_id}" if one.event_id else one.source
    told = f"share {one.name}" if one.how == "shared" else "became one"
    end = f"; settled {clock_face(one.settled_at)}" if one.settled_at else ""
    return f"{first}  {second}  {told} ({by}; found {clock_face(one.found_at)} UTC{end})"
