"""`bridge attributes`: the workspace's custom attributes beside what the mappings write."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing

import click

from bridge import config
from bridge.app import nearby, sources
from bridge.app.attributes import Row, compared
from bridge.app.operations import NO_TOKEN
from bridge.app.worker import client_of
from bridge.cli.columns import columns
from bridge.config import Config
from bridge.errors import BridgeError, IntercomRefused
from bridge.intercom import calls
from bridge.intercom.attributes import listed
from bridge.intercom.client import Client
from bridge.mapping.attributes import Written, written
from bridge.mapping.mapping import Mapping
from bridge.model import Json

_HEAD = ("OF", "NAME", "TYPE", "WRITTEN BY", "")


@click.command()
@click.option("--create", is_flag=True, help="Create those that are missing.")
@click.option("--yes", is_flag=True, help="Do not ask before creating.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def attributes(create: bool, yes: bool, as_json: bool) -> None:
    """List custom attributes beside what the mappings write; exit 1 where the two contradict.

    Nothing is changed at Intercom without --create. Types never change there: look before you go
    live.
    """
    found = config.read({**os.environ, **nearby.settings(os.environ)})
    places = list(written(_mappings(found)))
    with closing(_client(found)) as client:
        rows = _compared(client, places)
        if create and _create(client, rows, found, yes=yes):
            rows = _compared(client, places)
    if as_json:
        click.echo(json.dumps(_document(rows, places), ensure_ascii=False))
    else:
        for line in (*_table(rows), *_payloads(places)):
            click.echo(line)
    sys.exit(1 if any(row.trouble for row in rows) else 0)


def _mappings(found: Config) -> list[Mapping]:
    catalogue = sources.load(found)
    for source in catalogue.broken:
        click.echo(f"{source}: its mapping has errors, see `bridge check {source}`", err=True)
    return list(catalogue.mappings.values())


def _client(found: Config) -> Client:
    client = client_of(found)
    if client is None:
        raise BridgeError(NO_TOKEN)
    return client


def _compared(client: Client, places: Sequence[Written]) -> list[Row]:
    return compared([*listed(client, "contact"), *listed(client, "company")], places)


# --- creating -------------------------------------------------------------------------------------


def _create(client: Client, rows: Sequence[Row], found: Config, *, yes: bool) -> bool:
    """Create what is missing, once that is agreed to; say whether anything was created."""
    missing = [row for row in rows if row.is_to_create]
    if found.dry_run and missing:
        raise BridgeError("dry run: nothing is created; unset BRIDGE_DRY_RUN for this command")
    if missing and not yes:
        for row in missing:
            click.echo(f"  {row.model} {row.name} ({row.type})", err=True)
        question = f"Create {len(missing)} in Intercom? Types never change, and none is deleted."
        click.confirm(question, abort=True, err=True)
    refused = [problem for row in missing if (problem := _created(client, row))]
    if refused:
        raise BridgeError("\n".join(refused))
    return bool(missing)


def _created(client: Client, row: Row) -> str:
    try:
        calls.create_attribute(client, row.name, row.model, row.type)
    except IntercomRefused as error:
        return f"{row.model} {row.name}: {error}"
    click.echo(f"created {row.model} {row.name} ({row.type})", err=True)
    return ""


# --- showing --------------------------------------------------------------------------------------


def _table(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        yield "the workspace has no custom attributes, and no mapping writes any by name"
        return
    yield from columns([_HEAD, *(_cells(row) for row in rows)])


def _cells(row: Row) -> tuple[str, ...]:
    remarks = "; ".join(part for part in (row.trouble, row.note) if part)
    return row.model, row.name, row.type, ", ".join(row.sources), remarks


def _payloads(places: Sequence[Written]) -> Iterator[str]:
    for one in places:
        if not one.name:
            at_most = one.policy.payload_attributes
            limit = f"at most {at_most} are created" if at_most else "none is created"
            yield f"{one.where}: payloads name {one.model} attributes, {limit}"


def _document(rows: Sequence[Row], places: Sequence[Written]) -> dict[str, Json]:
    return {
        "attributes": [_shown(row) for row in rows],
        "payloads": [
            {
                "model": one.model,
                "source": one.source,
                "place": one.where,
                "at_most": one.policy.payload_attributes,
            }
            for one in places
            if not one.name
        ],
    }


def _shown(row: Row) -> dict[str, Json]:
    known = row.attribute
    return {
        "model": row.model,
        "name": row.name,
        "label": known.label if known else "",
        "type": row.type,
        "exists": known is not None,
        "options": list(known.options) if known else [],
        "writable": known.api_writable if known else True,
        "archived": known.archived if known else False,
        "written": [
            {"source": one.source, "type": one.type, "place": one.where} for one in row.written
        ],
        "trouble": row.trouble,
        "note": row.note,
    }
