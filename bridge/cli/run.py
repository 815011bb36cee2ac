"""`bridge run`: everything on this machine."""

from __future__ import annotations

import os
import sys

import click

from bridge.app.run import run as run_everything
from bridge.cli.settings import log_everything


@click.command()
def run() -> None:
    """Start receiver, worker and (without a token) the sandbox on this machine."""
    log_everything()
    sys.exit(run_everything(os.environ))
