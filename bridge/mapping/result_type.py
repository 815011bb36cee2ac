"""Which type at Intercom an expression's value has, as far as the expression itself tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bridge.mapping.functions import REGISTRY
from bridge.mapping.syntax import Node
from bridge.model import Json


def result_type(node: Node, tables: Collection[str]) -> str | None:
    """Give string, integer, float, boolean or date; None where only the payload tells."""
    kind, children = node["type"], node["children"]
    if kind == "literal":
        return _type_of(node["value"])
    if kind in ("comparator", "not_expression"):
        return "boolean"
    if kind == "pipe":
        return result_type(children[1], tables)
    if kind in ("or_expression", "and_expression"):
        return _common(children, tables)
    if kind == "function_expression":
        return _of_call(node, tables)
    return None


def _of_call(node: Node, tables: Collection[str]) -> str | None:
    called = REGISTRY[node["value"]]
    if called.passes:
        return _common(node["children"], tables)
    if called.name == "lookup" and isinstance(tables, Mapping):
        rows = tables.get(node["children"][1]["value"], {})
        return _one_type(_type_of(value) for value in rows.values()) or "string"
    return called.gives


def _common(nodes: list[Node], tables: Collection[str]) -> str | None:
    return _one_type(result_type(node, tables) for node in nodes)


def _one_type(types: Iterable[str | None]) -> str | None:
    """Give the one type all agree on."""
    found = set(types)
    return found.pop() if len(found) == 1 else None


def _type_of(value: Json) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "float"}
    return names.get(type(value))
