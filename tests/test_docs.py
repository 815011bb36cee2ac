"""The docs name everything the program offers, and say nothing else about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.cli import cli
from bridge.cli import page as commands
from bridge.config import page as configuration
from bridge.config.settings import SETTINGS, Setting

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES if path.exists()}
NAMES = re.compile(r"\b(?:BRIDGE|INTERCOM)_[A-Z_]+[A-Z]\b")


@pytest.mark.parametrize(
    ("name", "printed"),
    [("configuration.md", configuration.page()), ("commands.md", commands.page())],
)
def test_a_printed_page_is_what_the_program_says(name: str, printed: str) -> None:
    """Otherwise: make docs."""
    assert TEXTS[ROOT / "docs" / name] == printed


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
def test_every_setting_is_documented(setting: Setting) -> None:
    """With its default."""
    row = f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else 'none'} |"
    assert row in TEXTS[ROOT / "docs" / "configuration.md"]


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_is_documented(command: str) -> None:
    """As one types it."""
    assert f"\n## bridge {command}\n" in TEXTS[ROOT / "docs" / "commands.md"]


@pytest.mark.parametrize("path", list(TEXTS), ids=lambda path: path.name)
def test_no_page_names_a_setting_that_does_not_exist(path: Path) -> None:
    """A name that was changed or never came."""
    known = {setting.name for setting in SETTINGS} | {"BRIDGE_DRYRUN", "INTERCOM_WEBHOOK_SECRET"}
    assert set(NAMES.findall(TEXTS[path])) <= known


@pytest.mark.parametrize("path", list(TEXTS), ids=lambda path: path.name)
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    """To a file, and to a heading of it where it names one."""
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[path]):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        there = (path.parent / name) if name else path
        assert there.exists(), target
        if heading:
            assert heading in _headings(there.read_text(encoding="utf-8")), target


def _headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
