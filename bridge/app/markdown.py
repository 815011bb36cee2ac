"""The little Markdown that printed pages need."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a table; a bar in a cell stays a bar."""
    cells = [list(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|---" * len(cells[0]) + "|", *lines[1:]])


def code(words: Iterable[str]) -> str:
    """Give words as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)
