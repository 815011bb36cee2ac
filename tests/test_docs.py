"""The printed pages of docs/ name every setting and command, as the program has them now."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from bridge.cli import cli
from bridge.cli import page as commands
from bridge.config import page as configuration
from bridge.config.settings import SETTINGS, Setting

ROOT = Path(__file__).parents[1]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "printed"),
    [
        pytest.param(CONFIGURATION, configuration.page(), id="configuration.md"),
        pytest.param(COMMANDS, commands.page(), id="commands.md"),
    ],
)
def test_a_printed_page_is_what_the_program_says(page: str, printed: str) -> None:
    """Otherwise: make docs."""
    assert page == printed


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
def test_every_setting_is_documented(setting: Setting) -> None:
    """With its default."""
    row = f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else 'none'} |"
    assert row in CONFIGURATION


@pytest.mark.parametrize("command", cli.list_commands(click.Context(cli)))
def test_every_command_is_documented(command: str) -> None:
    """As one types it."""
    assert f"\n## bridge {command}\n" in COMMANDS
