"""The command line: `bridge COMMAND`. It reads, composes and prints; the work is done below."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from bridge import __version__, logs
from bridge.errors import BridgeError

_COMMANDS = {
    "run": "run",
    "send": "send",
    "events": "events",
    "people": "people",
    "learn": "learning",
    "reconcile": "reconciling",
    "purge": "purge",
    "new": "new",
    "check": "mappings",
    "preview": "preview",
    "schema": "schema",
    "attributes": "attributes",
    "web": "web",
    "worker": "worker",
    "migrate": "migrate",
    "sandbox": "sandbox",
    "company": "operations",
    "lead": "operations",
    "user": "operations",
}
"""The module of each command, in the order in which a newcomer meets them."""


class _Lazy(click.Group):
    """Imports a command when it is asked for: a process starts sooner, and holds only its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command; None where there is none of that name."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"bridge.cli.{module}"), cmd_name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bridge")
def cli() -> None:
    """Receive webhooks; keep Intercom's leads, users and companies true.

    `bridge run` starts everything on this machine. Settings are environment variables: see
    docs/configuration.md.
    """
    logs.configure("WARNING")


def main() -> None:
    """Run a command; what went wrong is said in one message, without a traceback."""
    try:
        cli(prog_name="bridge")
    except BridgeError as error:
        click.echo(f"bridge: {error}", err=True)
        sys.exit(1)
