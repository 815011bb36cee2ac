"""How much memory a process holds."""

from __future__ import annotations

import re
from pathlib import Path


def resident(pid: int | str) -> float:
    """Give the resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    [kilobytes] = re.findall(r"VmRSS:\s+(\d+)", status)
    return int(kilobytes) / 1000
