"""The table of functions in the docs, printed from the registry so that it cannot lie."""

from __future__ import annotations

import json

from bridge.mapping.functions import REGISTRY
from bridge.mapping.functions.registry import Example, Function


def function_table() -> str:
    """Give every function with its signature, meaning, type and examples, as Markdown."""
    parts = [_section(REGISTRY[name]) for name in sorted(REGISTRY)]
    return "\n\n".join(parts) + "\n"


def _section(one: Function) -> str:
    type_ = f" Type: {one.gives}." if one.gives else ""
    examples = "\n".join(_row(example) for example in one.examples)
    return f"### `{one.signature}`\n\n{one.doc}{type_}\n\n```\n{examples}\n```"


def _row(example: Example) -> str:
    scope = "".join(f"   with {name}: {_json(value)}" for name, value in example.scope.items())
    warning = "   and a warning" if example.warns else ""
    return f"{example.expression}  →  {_json(example.gives)}{warning}{scope}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
