"""`bridge preview --diff`: what an edited mapping changes, before it is deployed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Bridge

FACT = {"id": "e1", "type": "customer.new", "customer": "c1", "name": "Noor", "phone": "1"}

git_is_here = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def edit(old: str, new: str) -> None:
    file = Path("mappings/shop.yaml")
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def committed(here: Path) -> Path:
    """Commit the mappings, and give a payload of the shop."""
    run = [
        "git",
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    for command in (["init", "-q"], ["add", "mappings"], ["commit", "-qm", "x"]):
        subprocess.run([*run, *command], check=True)
    file = here / "fact.json"
    file.write_text(json.dumps(FACT))
    return file


@git_is_here
def test_each_field_that_changes_is_told_before_and_after(bridge: Bridge, committed: Path) -> None:
    """And nothing else."""
    edit("        phone: =body.phone", "        avatar: =body.phone")
    edit("name: =body.name", "name: =upper(body.name)")
    said = bridge("preview", "shop", "fact.json", "--diff")
    assert said.out.splitlines() == [
        "fact.json",
        '  user set name: "Noor" → "NOOR"',
        '  user set phone: "1" → nothing',
        '  user set avatar: nothing → "1"',
        "",
        "1 of 1 change",
    ]


@git_is_here
def test_calls_that_change_are_told(bridge: Bridge, committed: Path) -> None:
    """Tried in a sandbox that knows nobody."""
    edit("  - on: customer.*", "  - on: order.*")
    said = bridge("preview", "shop", "fact.json", "--diff", "--json")
    [change] = said.json["changed"]
    [was] = [before for name, before, after in change["changes"] if name == "calls"]
    assert was == "GET /contacts/find_by_external_id/c1, POST /contacts"
    assert ["calls", was, "none"] in change["changes"]
    assert any(name == "skipped" for name, _, _ in change["changes"])


@git_is_here
def test_without_a_file_all_examples_are_compared(bridge: Bridge, committed: Path) -> None:
    """An unchanged mapping changes none of them."""
    folder = Path("mappings/shop")
    folder.mkdir()
    (folder / "new.yaml").write_text("title: New\nsend:\n  payload: " + json.dumps(FACT))
    assert bridge("preview", "shop", "--diff").out == "0 of 1 change\n"
    edit("name: =body.name", "name: Fixed")
    assert bridge("preview", "shop", "--diff").out.endswith("1 of 1 change\n")


def test_two_files_can_be_compared(bridge: Bridge, here: Path) -> None:
    """Where there is no git, or the other mapping lives elsewhere."""
    (here / "fact.json").write_text(json.dumps(FACT))
    shutil.copy("mappings/shop.yaml", "before.yaml")
    edit("name: =body.name", "name: Fixed")
    said = bridge("preview", "shop", "fact.json", "--diff", "--against", "before.yaml")
    assert '  user set name: "Noor" → "Fixed"' in said.out


def test_stored_events_can_be_compared(bridge: Bridge, here: Path, receiver: str) -> None:
    """What really came is the best example."""
    (here / "fact.json").write_text(json.dumps(FACT))
    assert bridge("send", "shop", "fact.json", "--url", receiver).code == 0
    shutil.copy("mappings/shop.yaml", "before.yaml")
    edit("name: =body.name", "name: =body.(")
    assert (
        bridge("preview", "shop", "--diff", "--stored", "5", "--against", "before.yaml").code == 1
    )
    edit("name: =body.(", "name: Fixed")
    said = bridge("preview", "shop", "--diff", "--stored", "5", "--against", "before.yaml")
    assert said.out.splitlines()[:2] == [
        "event 1 (customer.new)",
        '  user set name: "Noor" → "Fixed"',
    ]
    assert said.out.endswith("1 of 1 change\n")


@pytest.mark.parametrize(
    ("against", "why"),
    [
        ("no-such-revision", "name a file"),
        ("--output=x", "name a file"),
        ("mappings/pipe.yaml", "for source pipe"),
    ],
)
def test_what_cannot_be_compared_is_said(
    bridge: Bridge, here: Path, against: str, why: str
) -> None:
    """Not taken for an empty mapping, and no option for git."""
    said = bridge("preview", "shop", "--diff", f"--against={against}")
    assert said.code == 1
    assert why in said.err
    assert not Path("x").exists()


def test_a_preview_needs_something_to_look_at(bridge: Bridge, here: Path) -> None:
    """A file, or --diff."""
    assert bridge("preview", "shop").code == 2
