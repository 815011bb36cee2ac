"""`preview`: what a mapping makes of a payload, and what an edited one changes; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bridge.app import difference, sources
from bridge.app.difference import Difference
from bridge.app.previewing import preview as preview_file
from bridge.cli.settings import configured, opened
from bridge.config import Config
from bridge.mapping.mapping import Mapping
from bridge.model import Json, Mapped, StoredEvent
from bridge.store import events
from bridge.store.selection import Selection

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("source")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_FILE)
@click.option("--diff", is_flag=True, help="Show what an edited mapping changes.")
@click.option(
    "--against",
    default="HEAD",
    show_default=True,
    metavar="FILE|REVISION",
    help="The mapping to compare with: a file, or the same file in a revision of git.",
)
@click.option(
    "--stored", type=click.IntRange(1, 10_000), help="Compare on so many of the newest events."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def preview(
    source: str,
    files: tuple[Path, ...],
    diff: bool,
    against: str,
    stored: int | None,
    as_json: bool,
) -> None:
    """Show what SOURCE's mapping makes of FILE (a payload or an example); nothing is sent.

    With --diff: which fields and calls change against the mapping as it is committed, for the
    files named, for all examples where none is named, or for stored events.
    """
    config = configured()
    mapping = sources.mapping_of(sources.load(config), source)
    if diff:
        _print_differences(_differences(mapping, files, against, stored, config), as_json)
    elif files and stored is None:
        _print([one for file in files for one in preview_file(mapping, file)], as_json)
    else:
        raise click.UsageError("name a FILE, or --diff to compare on examples or stored events")


def _differences(
    mapping: Mapping, files: Sequence[Path], against: str, stored: int | None, config: Config
) -> Iterator[Difference]:
    old = difference.former(mapping, against)
    if stored is None:
        return difference.of_files(old, mapping, files, config)
    return difference.of_stored(old, mapping, _stored(mapping.source, stored))


def _stored(source: str, most: int) -> list[StoredEvent]:
    db = opened()
    try:
        rows = events.listing(db, Selection(source=source), limit=most)
        found = (events.get(db, row.id) for row in rows)
        return [event for event in found if event is not None]
    finally:
        db.dispose()


def _print_differences(found: Iterator[Difference], as_json: bool) -> None:
    seen = 0
    changed: list[Difference] = []
    for one in found:
        seen += 1
        if one.changes:
            changed.append(one)
            if not as_json:
                _print_difference(one)
    if as_json:
        click.echo(json.dumps({"compared": seen, "changed": [asdict(one) for one in changed]}))
    else:
        click.echo(f"{len(changed)} of {seen} change")


def _print_difference(one: Difference) -> None:
    click.echo(one.title)
    for name, was, becomes in one.changes:
        click.echo(f"  {name}: {was} → {becomes}")
    click.echo("")


def _print(found: list[tuple[dict[str, str], Mapped]], as_json: bool) -> None:
    if as_json:
        told = [{"event": event, **asdict(mapped)} for event, mapped in found]
        click.echo(json.dumps(told, default=str))
        return
    for number, (event, mapped) in enumerate(found):
        if number:
            click.echo("\n" + "-" * 40 + "\n")
        for line in (*(f"{name:<9}{value}" for name, value in event.items()), *_lines(mapped)):
            click.echo(line)
    if not found:
        click.echo("there is no event in it")


def _lines(mapped: Mapped) -> Iterator[str]:
    if mapped.skipped is not None:
        yield f"\nskipped: {mapped.skipped}"
        return
    yield f"route    {mapped.route}"
    for company in mapped.companies:
        yield from ("\ncompany", *_match(company), *_fields(company))
    for person in mapped.people:
        yield from (f"\n{person.kind}", *_match(person), *_fields(person))
        for way, names in (("opt in", person.opt_in), ("opt out", person.opt_out)):
            yield from (f"  {way:<9} {name}" for name in names)
        if person.note:
            yield f"  note      {_text(person.note)}"
        if person.unlink:
            yield f"  unlink    {', '.join(person.unlink)}"
    for track in mapped.tracks:
        yield f"\ndata event {track.name}"
        yield from (f"  {name} = {_text(value)}" for name, value in track.metadata.items())
    if mapped.warnings:
        yield from ("", *(f"remark: {warning}" for warning in mapped.warnings))


def _match(change: Any) -> Iterator[str]:
    yield from (f"  match     {one.name} = {one.value}" for one in change.match)


def _fields(change: Any) -> Iterator[str]:
    for name, value in change.set.items():
        yield f"  clear     {name}" if value is None else f"  set       {name} = {_text(value)}"
    for name, value in change.set_once.items():
        yield f"  set once  {name} = {_text(value)}"
    for tag in change.add_tags:
        yield f"  tag       {tag}"
    for tag in change.remove_tags:
        yield f"  untag     {tag}"


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
