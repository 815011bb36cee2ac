"""The tables of docs/operations.md, printed from the declarations and from measurements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from bridge.app import markdown
from bridge.app.costs import measure
from bridge.intercom.operations import OPERATIONS, Operation, Output, Parameter


def table() -> str:
    """Give one section per operation: what it does, its parameters, its outputs."""
    return "\n\n".join(_section(one) for one in OPERATIONS.values())


def costs() -> str:
    """Give the calls of every operation, cold and warm."""
    rows = [
        (
            f"`{one.scene.resource} {one.scene.name}`",
            one.scene.given,
            _calls(one.cold),
            _calls(one.warm),
        )
        for one in measure()
    ]
    return markdown.table(("operation", "given", "cold", "warm"), rows)


def _section(one: Operation) -> str:
    option = " ".join(given.option for given in one.parameters if given.required)
    command = f"bridge {one.resource} {one.name} {option}".strip()
    return "\n\n".join(
        [
            f"### {one.title}",
            one.doc,
            f"`{one.resource}.{one.name.replace('-', '_')}(client, …)` · `{command} …` · "
            f"`POST /api/operations/{one.resource}/{one.name}`",
            *([_parameters(one.parameters)] if one.parameters else []),
            _outputs(one.outputs),
        ]
    )


def _parameters(parameters: Iterable[Parameter]) -> str:
    rows = [
        (f"`{one.seed}`{' (required)' * one.required}", f"`{one.option}`", one.kind.label, one.doc)
        for one in parameters
    ]
    return markdown.table(("parameter", "option", "takes", "meaning"), rows)


def _outputs(outputs: Iterable[Output]) -> str:
    rows = [(f"`{one.seed}`", one.form.label, one.doc) for one in outputs]
    return markdown.table(("output", "type", "meaning"), rows)


def _calls(calls: tuple[str, ...]) -> str:
    return f"{len(calls)}: " + ", ".join(_counted(calls))


def _counted(calls: tuple[str, ...]) -> Iterator[str]:
    for call, again in groupby(calls):
        count = len(list(again))
        yield f"`{call}`" + (f" ({count} times)" if count > 1 else "")
