"""`bridge reconcile`: does Intercom hold what was said last?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import click

from bridge import config
from bridge.app import nearby
from bridge.app.reconciling import reconcile as reconcile_workspace
from bridge.cli.progress import Progress
from bridge.cli.settings import opened
from bridge.cli.since import SINCE
from bridge.clock import Micros, clock_face, iso
from bridge.model import Json
from bridge.worker.reconciling import Reconciled
from handlers.drift import Drift


@click.command()
@click.option("--repair", is_flag=True, help="Write what should be there.")
@click.option(
    "--max-per-minute",
    "per_minute",
    default=600,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Calls a minute at most.",
)
@click.option("--since", type=SINCE, help="Leave out who was confirmed since: 2h, 3d, 2025-09-01.")
@click.option("--show-values", "values", is_flag=True, help="Also print values (personal data).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reconcile(
    repair: bool, per_minute: int, since: Micros | None, values: bool, as_json: bool
) -> None:
    """Read everybody known again, the longest ago first, and tell where Intercom differs.

    What somebody changed at Intercom is an edit, and stays. Exits with 1 where something differs
    and was not repaired. A run that is interrupted goes on with those who are left.
    """
    found = config.read({**os.environ, **nearby.settings(os.environ)})
    with Progress() as progress:
        result = reconcile_workspace(
            found,
            opened(),
            repair=repair,
            per_minute=per_minute,
            since=since,
            show=progress.show,
            tell=progress.tell,
        )
    if as_json:
        click.echo(json.dumps(_as_json(result, values), ensure_ascii=False))
    else:
        for line in _told(result, values):
            click.echo(line)
    sys.exit(1 if result.left else 0)


def _told(result: Reconciled, values: bool) -> Iterator[str]:
    for one in result.drifts:
        yield _line(one, values)
    for contact_id in result.gone:
        yield f"{contact_id}  is gone at Intercom: its links are removed"
    for contact_id, into in result.merged.items():
        yield f"{contact_id}  was merged into {into}: its links lead there"
    yield (
        f"read {result.contacts} contacts and {result.companies} companies: "
        f"{len(result.drifts)} fields drifted, {len(result.drifts) - len(result.left)} repaired; "
        f"{result.edits} edits at Intercom stay"
    )
    if result.busy:
        yield f"{result.busy} were being written just now: the next run reads them"
    if result.left:
        yield "`bridge reconcile --repair` writes what should be there"


def _line(one: Drift, values: bool) -> str:
    whose = f"{one.source} said so" if one.source else "it was refused"
    told = f"{one.target.id}  {one.field}: {whose} {clock_face(one.since)} UTC"
    if values:
        told += f"; {json.dumps(one.wanted)}, Intercom holds {json.dumps(one.holds)}"
    if one.done:
        return f"{told}: repaired"
    return f"{told}: {one.refused}" if one.refused else told


def _as_json(result: Reconciled, values: bool) -> dict[str, Json]:
    return {
        "contacts": result.contacts,
        "companies": result.companies,
        "edits": result.edits,
        "busy": result.busy,
        "gone": result.gone,
        "merged": result.merged,
        "drift": [_row(one, values) for one in result.drifts],
        "left": len(result.left),
    }


def _row(one: Drift, values: bool) -> dict[str, Json]:
    told = {
        "kind": one.target.kind,
        "id": one.target.id,
        "field": one.field,
        "source": one.source,
        "since": iso(one.since),
        "repaired": one.done,
        "refused": one.refused,
    }
    return {**told, "holds": one.holds, "wanted": one.wanted} if values else told
