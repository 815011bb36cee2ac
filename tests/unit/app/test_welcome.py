"""What `bridge run` says: addresses, and lines that can be pasted as they are."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from bridge import config
from bridge.app import sources
from bridge.app.welcome import welcome
from tests.shop import write_mappings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of mappings, with an example, in a path with a space."""
    (tmp_path / "my bridge").mkdir()
    made = write_mappings(tmp_path / "my bridge" / "mappings")
    (made / "shop").mkdir()
    (made / "shop" / "new.yaml").touch()
    return made


def said(folder: Path, sandbox: int = 8001, **more: str) -> str:
    read = config.read({"BRIDGE_MAPPINGS": str(folder), **more})
    return welcome(read, "127.0.0.1", sandbox, sources.load(read))


def pasted(text: str) -> list[list[str]]:
    """Give the words of each line that is to be pasted, as a shell sees them."""
    lines = text.partition("Try it")[2].partition("Ctrl-C")[0].splitlines()[1:]
    return [shlex.split(line) for line in lines if line.strip()]


def test_three_lines_can_be_pasted(folder: Path) -> None:
    """Send, look, ask."""
    send, look, ask = pasted(said(folder))
    assert send[1:] == ["send", "shop", str(folder / "shop" / "new.yaml")]
    assert send[0] == look[0]
    assert send[0].endswith("bridge")
    assert look[1:] == ["events", "list"]
    assert ask == ["curl", "http://127.0.0.1:8000/readyz"]


def test_another_port_is_named_where_the_command_would_not_know_it(folder: Path) -> None:
    """The other terminal has not set PORT."""
    send, _, ask = pasted(said(folder, PORT="8123"))
    assert send[-2:] == ["--url", "http://127.0.0.1:8123"]
    assert ask[1] == "http://127.0.0.1:8123/readyz"


def test_a_real_workspace_is_said_to_be_real(folder: Path) -> None:
    """The most dangerous thing one can overlook."""
    text = said(folder, sandbox=0, INTERCOM_ACCESS_TOKEN="canary")
    assert "REAL" in text
    assert "https://api.intercom.io" in text
    assert "canary" not in text
    assert "REAL" not in said(folder)


def test_broken_mappings_are_named_and_the_others_offered(folder: Path) -> None:
    """One mistake does not hide the rest."""
    (folder / "pipe.yaml").write_text("nonsense: 1\n")
    text = said(folder)
    assert "pipe: `bridge check` tells why" in text
    assert len(pasted(text)) == 3


def test_without_any_mapping_there_is_nothing_to_send(tmp_path: Path) -> None:
    """And it says so."""
    text = said(tmp_path)
    assert "there is no mapping" in text
    assert [words[1] for words in pasted(text)] == ["events", "http://127.0.0.1:8000/readyz"]
