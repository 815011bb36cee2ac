"""`bridge purge`: erase people, at Intercom and here, by any identifier."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

import click

from bridge import config
from bridge.app import nearby
from bridge.app.erasing import Erasable, Erasing, Named, Progress, erasing
from bridge.cli.people import identifier
from bridge.cli.settings import opened
from bridge.errors import BridgeError
from bridge.model import Json
from bridge.store import erasure, tombstones
from bridge.store.database import Database


@click.command()
@click.option("--email", help="Their email address.")
@click.option("--external-id", help="Their id in your own system.")
@click.option("--intercom-id", help="Intercom's id of the contact.")
@click.option("--phone", help="Their phone number.")
@click.option("--link", metavar="NAME=VALUE", help="A source's own id: stripe_customer=cus_9.")
@click.option(
    "--file",
    "file",
    type=click.File("r", encoding="utf-8-sig"),
    help="Many people: CSV, one a line, a column for each identifier, named in the first line.",
)
@click.option("--lift", is_flag=True, help="Take tombstones away: they may be known again.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; without --yes only what is.")
def purge(
    link: str | None,
    file: TextIO | None,
    lift: bool,
    yes: bool,
    as_json: bool,
    **options: str | None,
) -> None:
    """Erase people: their contacts at Intercom, and all that is stored of them here.

    What would go is counted first. A tombstone stays, so that older events still on their way make
    nobody. Run it again where it was stopped or somebody failed.
    """
    given = {name: value for name, value in options.items() if value is not None}
    people: list[Named] = [(identifier(given, link),)] if given or link else []
    people += [] if file is None else list(_rows(file))
    if not people:
        raise click.UsageError("name somebody: --email, --link stripe_customer=cus_9, --file, …")
    db = opened()
    if lift:
        _lift(db, people)
        return
    found = config.read({**os.environ, **nearby.settings(os.environ)})
    with erasing(found, db) as work:
        _purge(work, people, ask=not yes, as_json=as_json, dry_run=found.dry_run)


def _rows(file: TextIO) -> Iterator[Named]:
    for row in csv.DictReader(file):
        pairs = [(name, value) for name, value in row.items() if name and value and value.strip()]
        if pairs:
            yield tuple(identifier({name.strip(): value}, None) for name, value in pairs)


def _lift(db: Database, people: Sequence[Named]) -> None:
    with db.write() as connection:
        lifted = tombstones.lift(connection, [one for named in people for one in named])
    if not lifted:
        raise BridgeError("nobody with such an identifier was erased")
    click.echo(f"{lifted} tombstones lifted; `bridge events list --state parked` shows what waits")


def _purge(
    work: Erasing, people: Sequence[Named], *, ask: bool, as_json: bool, dry_run: bool
) -> None:
    with _progress(work.db) as progress:
        found = work.look(people, progress)
    if not as_json:
        for one in found:
            click.echo(_line(one))
    stays = dry_run or (ask and as_json)
    if dry_run:
        click.echo("BRIDGE_DRY_RUN is set: nothing is erased", err=True)
    elif ask and not as_json:
        click.confirm("This cannot be undone. Erase?", abort=True, err=True)
    results = [_told(one, "found") if stays else _erased(work, one, as_json) for one in found]
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False))
    sys.exit(1 if any(one["result"] == "failed" for one in results) else 0)


def _erased(work: Erasing, one: Erasable, as_json: bool) -> Mapping[str, Json]:
    """Erase somebody; a failure is told and does not keep the others from it."""
    try:
        gone = work.erase(one)
    except BridgeError as error:
        click.echo(f"{_name(one)}: not erased: {error}", err=True)
        return {**_told(one, "failed"), "error": str(error)}
    if not as_json:
        click.echo(f"{_name(one)}: erased")
    return {**_told(one, "erased"), "contacts": [target.id for target in gone]}


def _told(one: Erasable, result: str) -> dict[str, Json]:
    return {
        "identifiers": {named.name: named.value for named in one.named},
        "contacts": [target.id for target in one.contacts],
        "links": len(one.identifiers),
        "values": one.values,
        "events": len(one.traces),
        "result": result,
    }


def _line(one: Erasable) -> str:
    return (
        f"{_name(one)}: {len(one.contacts)} contacts at Intercom; here {len(one.identifiers)} "
        f"identifiers, {one.values} values, {len(one.traces)} stored events"
    )


def _name(one: Erasable) -> str:
    return ", ".join(f"{named.name} {named.value}" for named in one.named)


@contextmanager
def _progress(db: Database) -> Iterator[Progress]:
    """Show how far a scan is, where somebody looks on."""
    if not sys.stderr.isatty():
        yield lambda until: None
        return
    with click.progressbar(
        length=erasure.last_event(db), label="looking through events", file=sys.stderr
    ) as bar:
        yield lambda until: bar.update(until - bar.pos)
