"""The command line: `bridge COMMAND`. It reads, composes and prints; the work is done below."""

from __future__ import annotations

import os
import sys

import click

from bridge import __version__, logs
from bridge.cli.events import events
from bridge.cli.mappings import check, preview
from bridge.cli.processes import migrate, run, sandbox, web, worker
from bridge.cli.send import send
from bridge.errors import BridgeError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bridge")
def cli() -> None:
    """Receive webhooks; keep Intercom's leads, users and companies true."""
    logs.configure(os.environ.get("LOG_LEVEL", "INFO").upper())


for command in (run, web, worker, migrate, sandbox, check, preview, send, events):
    cli.add_command(command)


def main() -> None:
    """Run a command; what went wrong is said in one message, without a traceback."""
    try:
        cli(prog_name="bridge")
    except BridgeError as error:
        click.echo(f"bridge: {error}", err=True)
        sys.exit(1)
