"""`bridge web`: the receiver."""

from __future__ import annotations

import sys

import click

from bridge.app.web import serve_web
from bridge.cli.settings import configured, log_everything


@click.command()
def web() -> None:
    """Receive webhooks (gunicorn)."""
    log_everything()
    serve_web(configured(), readable=sys.stderr.isatty())
