"""`check` and `preview`: what the mappings say, before anything is sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bridge.app import sources
from bridge.app.previewing import preview as preview_file
from bridge.app.rehearsal import rehearse
from bridge.cli.settings import configured
from bridge.config import Config
from bridge.mapping.mapping import Mapping
from bridge.model import Mapped


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(names: tuple[str, ...], as_json: bool) -> None:
    """Check mappings and try their examples; exit 1 on a problem."""
    config = configured()
    catalogue = sources.load(config)
    for name in names:
        sources.mapping_of(catalogue, name)
    broken = [
        str(problem)
        for source, error in catalogue.broken.items()
        if not names or source in names
        for problem in error.problems
    ]
    chosen = [one for one in catalogue.mappings.values() if not names or one.source in names]
    remarks = [str(remark) for mapping in chosen for remark in mapping.remarks]
    tried, failed = _try(chosen, config)
    if as_json:
        click.echo(json.dumps({"problems": broken + failed, "remarks": remarks, "examples": tried}))
    else:
        for line in (*broken, *failed, *(f"{remark} (a remark)" for remark in remarks)):
            click.echo(line)
        click.echo(
            f"{len(chosen)} mappings, {tried} examples: "
            f"{len(broken) + len(failed)} problems, {len(remarks)} remarks"
        )
    sys.exit(1 if broken or failed else 0)


def _try(mappings: list[Mapping], config: Config) -> tuple[int, list[str]]:
    """Try all examples; give how many, and what differs."""
    tried, failed = 0, []
    for mapping in mappings:
        for verdict in rehearse(mapping, config):
            tried += 1
            failed += [f"{verdict.example.path}:1:1: {text}" for text in verdict.differences]
    return tried, failed


@click.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def preview(source: str, file: Path, as_json: bool) -> None:
    """Show what SOURCE's mapping makes of FILE (a payload or an example); nothing is sent."""
    mapping = sources.mapping_of(sources.load(configured()), source)
    event, mapped = preview_file(mapping, file)
    if as_json:
        click.echo(json.dumps({"event": event, **_plain(mapped)}, default=str))
        return
    for name, value in event.items():
        click.echo(f"{name:<9}{value}")
    for line in _lines(mapped):
        click.echo(line)


def _plain(mapped: Mapped) -> dict[str, Any]:
    return asdict(mapped)


def _lines(mapped: Mapped) -> Iterator[str]:
    if mapped.skipped is not None:
        yield f"\nskipped: {mapped.skipped}"
        return
    yield f"\nroute {mapped.route}"
    for company in mapped.companies:
        yield from ("\ncompany", *_match(company), *_fields(company))
    for person in mapped.people:
        yield from (f"\n{person.kind}", *_match(person), *_fields(person))
        if person.unlink:
            yield f"  unlink    {', '.join(person.unlink)}"
    for track in mapped.tracks:
        yield f"\ndata event {track.name}"
        yield from (f"  {name} = {json.dumps(value)}" for name, value in track.metadata.items())
    if mapped.warnings:
        yield from ("", *(f"remark: {warning}" for warning in mapped.warnings))


def _match(change: Any) -> Iterator[str]:
    yield from (f"  match     {one.name} = {one.value}" for one in change.match)


def _fields(change: Any) -> Iterator[str]:
    for name, value in change.set.items():
        yield f"  {'clear' if value is None else 'set':<10}{name} = {json.dumps(value)}"
    for name, value in change.set_once.items():
        yield f"  set once  {name} = {json.dumps(value)}"
    for tag in change.add_tags:
        yield f"  tag       {tag}"
    for tag in change.remove_tags:
        yield f"  untag     {tag}"
