"""The shipped mappings with fewer data events, as an operator would edit them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.calls.payloads import SHIPPED
from bench.calls.sent import DataEvents

_TRACK = "    track:"
_KEPT = "Checkout completed"


def write_mappings(folder: Path, data_events: DataEvents) -> None:
    """Write the mappings into a folder, with these of their data events."""
    for path in SHIPPED.glob("*.yaml"):
        text = path.read_text()
        if data_events != "shipped":
            text = "\n".join(_without(text.splitlines(), data_events)) + "\n"
        (folder / path.name).write_text(text)


def _without(lines: list[str], data_events: DataEvents) -> Iterator[str]:
    """Leave out every `track:` with what is indented below it, but the one that is kept."""
    cut = False
    for number, line in enumerate(lines):
        if line == _TRACK:
            kept = data_events == "one" and _KEPT in lines[number + 1]
            cut = not kept
        elif line and not line.startswith(_TRACK[:4] + "  "):
            cut = False
        if not cut:
            yield line
