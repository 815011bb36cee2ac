"""`bridge schema`: what editors need to know of mapping files."""

from __future__ import annotations

import json

import click

from bridge.mapping.json_schema import example_schema, mapping_schema
from bridge.sources.schemes import PARAMETERS


@click.command()
@click.option("--example", is_flag=True, help="Print the schema of example files instead.")
def schema(example: bool) -> None:
    """Print the JSON Schema of mapping files, for editors.

    Save it, and name it in the first line of a mapping: docs/mapping-language.md shows how.
    """
    made = example_schema() if example else mapping_schema(PARAMETERS)
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))
