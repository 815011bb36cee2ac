"""A small disk of one's own, that can be filled."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_A_PIECE = b"\0" * 4096


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Give the folder of a disk in memory; skip where none can be mounted."""
    with tempfile.TemporaryDirectory(prefix="bridge-disk-", dir="/tmp") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", name]
        if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
            pytest.skip("needs root and a kernel that lets it mount a disk in memory")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def fill(disk: Path) -> Path:
    """Take all room that is left; give the file to remove."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as out:
        try:
            while out.write(_A_PIECE):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk has no end")
