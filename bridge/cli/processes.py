"""`run`, `web`, `worker`, `migrate`, `sandbox`: the processes, and what they need first."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import click

from bridge.app.run import run as run_everything
from bridge.app.web import serve_web
from bridge.app.worker import run_worker
from bridge.cli.settings import configured
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.serve import serve as serve_sandbox
from bridge.store import migrate as migrations
from bridge.store.database import connect


@click.command()
def run() -> None:
    """Start receiver, worker and (without a token) the sandbox on this machine."""
    sys.exit(run_everything(os.environ))


@click.command()
def web() -> None:
    """Receive webhooks (gunicorn)."""
    serve_web(configured(), readable=sys.stderr.isatty())


@click.command()
@click.option("--drain", is_flag=True, help="Work off what is due, then end.")
def worker(drain: bool) -> None:
    """Apply what was received to Intercom."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    run_worker(configured(), stopping, drain=drain)


@click.command()
def migrate() -> None:
    """Create the tables, or bring them up to date."""
    done = migrations.upgrade(connect(configured().database_url))
    click.echo(f"applied: {', '.join(done)}" if done else "the tables are up to date")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--state", type=click.Path(dir_okay=False), help="File to keep its people in.")
@click.option("--lag", default=0.0, help="Seconds before search shows what was written.")
def sandbox(host: str, port: int, state: str | None, lag: float) -> None:
    """Serve a local Intercom to try things on; its page shows people as they change."""
    file = Path(state) if state else None
    serve_sandbox(host, port, file=file, rules=Rules(search_lag=lag))
