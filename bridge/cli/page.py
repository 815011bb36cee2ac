"""The page docs/commands.md, made from the commands' own help: `python -m bridge.cli.page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from bridge.cli import cli

_HEAD = """\
# Commands

What `bridge COMMAND --help` says. Outside a virtual environment write `python -m bridge`, because
Linux has a command of the name `bridge` itself. A command exits with 0 when all went well, 1 when
something did not, 2 when it was not understood; messages go to stderr, results to stdout.
"""
_WIDTH = 96


def page() -> str:
    """Give the page as Markdown."""
    top = click.Context(cli, info_name="bridge", terminal_width=_WIDTH, **cli.context_settings)
    return "\n".join([_HEAD, *_parts(top, cli)])


def _parts(above: click.Context, group: click.Group) -> Iterator[str]:
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None
        context = click.Context(command, above, name, terminal_width=_WIDTH)
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            yield from _parts(context, command)


if __name__ == "__main__":
    sys.stdout.write(page())
