"""`bridge run`, in a folder of its own: what it makes there, what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import write_mappings


class Run:
    """`bridge run` in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        with (folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridge", "run"],
                cwd=folder,
                env={**kept, "PORT": port, "PYTHONUNBUFFERED": "1"},
                stdout=said,
                stderr=said,
            )
        deadline = time.monotonic() + 40
        while "Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start it, and end it after the test."""
    folder = tmp_path / "my bridge"
    folder.mkdir()
    write_mappings(folder / "mappings")
    started = Run(folder)
    yield started
    if started.process.poll() is None:
        assert started.end(signal.SIGTERM) == 0


def test_nothing_complains_and_what_it_makes_is_for_its_user_only(run: Run) -> None:
    """The sandbox is there before who needs it; secrets and people are nobody else's to read."""
    lines = [line for line in run.said.splitlines() if line.startswith("{")]
    assert lines
    assert not [line for line in lines if '"level": "info"' not in line]
    for name in (".bridge/dev.env", "bridge.db"):
        assert stat.S_IMODE((run.folder / name).stat().st_mode) == 0o600
    assert (run.folder / ".bridge" / ".gitignore").read_text() == "*\n"
    assert run.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="It is looked at in /proc")
def test_it_ends_without_a_traceback_or_anybody_left(number: signal.Signals, run: Run) -> None:
    """By Ctrl-C, and with its terminal."""
    children = _children_of(run.process.pid)
    assert len(children) == 3
    assert run.end(number) == 0
    assert "Traceback" not in run.said
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def _children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
