"""The command line: `bridge COMMAND`. It reads, composes and prints; the work is done below."""

from __future__ import annotations

import sys

import click

from bridge import __version__, logs
from bridge.cli.attributes import attributes
from bridge.cli.events import events
from bridge.cli.learning import learn
from bridge.cli.mappings import check, preview
from bridge.cli.new import new
from bridge.cli.operations import groups
from bridge.cli.people import people
from bridge.cli.processes import migrate, run, sandbox, web, worker
from bridge.cli.purge import purge
from bridge.cli.reconciling import reconcile
from bridge.cli.schema import schema
from bridge.cli.send import send
from bridge.errors import BridgeError

_COMMANDS = (
    run,
    send,
    events,
    people,
    learn,
    reconcile,
    purge,
    new,
    check,
    preview,
    schema,
    attributes,
    web,
    worker,
    migrate,
    sandbox,
    *groups(),
)


class _InOrder(click.Group):
    """Lists commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names as they were added."""
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bridge")
def cli() -> None:
    """Receive webhooks; keep Intercom's leads, users and companies true.

    `bridge run` starts everything on this machine. Settings are environment variables: see
    docs/configuration.md.
    """
    logs.configure("WARNING")


for command in _COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run a command; what went wrong is said in one message, without a traceback."""
    try:
        cli(prog_name="bridge")
    except BridgeError as error:
        click.echo(f"bridge: {error}", err=True)
        sys.exit(1)
