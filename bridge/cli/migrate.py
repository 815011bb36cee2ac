"""`bridge migrate`: the tables."""

from __future__ import annotations

import click

from bridge.cli.settings import configured
from bridge.store import migrate as migrations
from bridge.store.database import connect


@click.command()
def migrate() -> None:
    """Create the tables, or bring them up to date."""
    done = migrations.upgrade(connect(configured().database_url))
    click.echo(f"applied: {', '.join(done)}" if done else "the tables are up to date")
