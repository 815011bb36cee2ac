"""`bridge worker`: what applies events."""

from __future__ import annotations

import signal
import threading

import click

from bridge.app.worker import run_worker
from bridge.cli.settings import configured, log_everything


@click.command()
@click.option("--drain", is_flag=True, help="Work off what is due in a moment, then end.")
def worker(drain: bool) -> None:
    """Apply what was received to Intercom."""
    log_everything()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    run_worker(configured(), stopping, drain=drain)
