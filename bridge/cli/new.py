"""`bridge new`: a first mapping from what a sender really sent."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.app import sources
from bridge.app.drafting import captured, draft_of, refuse_taken, write
from bridge.cli.settings import configured
from bridge.mapping.draft import secret_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("source")
@click.option(
    "--from", "files", type=_FILE, multiple=True, required=True, help="A captured body; repeatable."
)
@click.option("--headers", type=_FILE, help="Its headers, as a JSON object.")
def new(source: str, files: tuple[Path, ...], headers: Path | None) -> None:
    """Write a first mapping for SOURCE from captured payloads, and an example for each.

    Id, type, time, address and name are guessed, the signature scheme is recognised by its headers
    (from --headers, or NAME.headers.json beside NAME.json). Nothing is overwritten.
    """
    config = configured()
    folder = Path(config.mappings[-1])
    refuse_taken(source, folder, sources.load(config))
    requests = [captured(file, headers) for file in files]
    draft = draft_of(source, requests)
    written = write(folder, draft, requests)
    for file in written:
        click.echo(f"written: {file}")
    if not draft.recognised:
        click.echo("the signature scheme is a guess: say under `verify` how the sender signs")
    click.echo(
        f"Look at what is guessed, then: bridge check {source}; "
        f"bridge preview {source} {written[1]}\n"
        f"The secret goes into {secret_of(source)}. The examples hold the payloads as they were "
        "captured: replace what is personal before you share them."
    )
