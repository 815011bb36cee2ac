"""Where things stand in the tree of an expression. Pure."""

from __future__ import annotations

from bridge.mapping.syntax import Node


def leftmost(node: Node) -> Node:
    """Give what `[0]` and `[*]` stand behind."""
    while node["type"] in ("index_expression", "projection"):
        node = node["children"][0]
    return node


def is_field(node: Node, name: str = "") -> bool:
    """Say whether a node is a field, of that name where one is told."""
    return node["type"] == "field" and (not name or node["value"] == name)


def bare_names(node: Node) -> list[Node]:
    """Give the fields that a value can come from whole, without a path."""
    if node["type"] == "field":
        return [node]
    if node["type"] in ("function_expression", "or_expression", "and_expression"):
        return [name for child in node["children"] for name in bare_names(child)]
    return []


def start(node: Node) -> int:
    """Give where a node begins: the first place known inside it."""
    starts, level = [], [node]
    while level:
        starts += [one["start"] for one in level if "start" in one]
        level = [child for one in level for child in one["children"] if isinstance(child, dict)]
    return min(starts, default=0)
