"""How far long work is: a bar where stderr is a terminal, else plain lines now and then."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import click

_EVERY = 20
"""Steps between two plain lines."""


class Progress:
    """Shows several readings, one after another, on stderr."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._kind = ""
        self._bar: Any = None
        self._shown = 0
        self._steps = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def show(self, kind: str, done: int, total: int) -> None:
        """Show that `done` of about `total` are read; where nobody knows it (0), without a bar."""
        if kind != self._kind or done < self._shown:
            self._begin(kind, total)
        if self._bar is None:
            self._line(kind, done, total)
        else:
            self._bar.length = total
            self._bar.update(done - self._shown)
        self._shown = done

    def tell(self, words: str) -> None:
        """Say something on a line of its own."""
        if self._bar is not None:
            click.echo(err=True)
        click.echo(words, err=True)

    def _begin(self, kind: str, total: int) -> None:
        self._stack.close()
        self._kind, self._shown, self._steps, self._bar = kind, 0, 0, None
        if total and sys.stderr.isatty():
            bar: Any = click.progressbar(length=total, label=_plural(kind), file=sys.stderr)
            self._bar = self._stack.enter_context(bar)

    def _line(self, kind: str, done: int, total: int) -> None:
        self._steps += 1
        if self._steps % _EVERY == 1 or (total and done >= total):
            click.echo(f"{_plural(kind)}: {done}" + (f" of {total}" if total else ""), err=True)


def _plural(kind: str) -> str:
    return "companies" if kind == "company" else f"{kind}s"
