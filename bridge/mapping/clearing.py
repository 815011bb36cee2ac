"""Whether an expression is null because the payload says so, or because something is missing.

`or_clear` needs to know: a missing value leaves the field alone, a null clears it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.mapping.interpreter import Interpreter
from bridge.model import Json


def says_null(interpreter: Interpreter, node: Any, value: Json, *, root: bool = True) -> bool:
    """Say whether a node that gives null does so because the payload has a null there.

    A null further up counts: `discount: null` says that there is no `discount.coupon` either.
    A name at the root never counts, for a `let` that found nothing is null too; nor does a list
    without the element asked for.
    """
    kind, children = node["type"], node["children"]
    if kind == "field":
        return not root and isinstance(value, Mapping) and node["value"] in value
    if kind in ("subexpression", "index_expression", "pipe"):
        return _on_the_way(interpreter, children, value, root)
    if kind == "or_expression" or node.get("value") == "not_null":
        return any(says_null(interpreter, child, value, root=root) for child in children)
    if kind in ("function_expression", "and_expression"):
        empty = (child for child in children if interpreter.visit(child, value) is None)
        return any(says_null(interpreter, child, value, root=root) for child in empty)
    return False


def _on_the_way(interpreter: Interpreter, children: list[Any], value: Json, root: bool) -> bool:
    for child in children:
        found = interpreter.visit(child, value)
        if found is None:
            return says_null(interpreter, child, value, root=root)
        value, root = found, False
    return False
