"""Which paths of a payload an expression reads, for the docs and for the preview."""

from __future__ import annotations

from bridge.mapping.syntax import Node

_STEPS = ("subexpression", "index_expression", "pipe", "flatten")


def paths_of(tree: Node) -> frozenset[str]:
    """Give the paths from the root that the tree reads, such as `body.items[].id`.

    What is read of each element inside a filter or after a pipe is left out.
    """
    found: set[str] = set()
    level = [tree]
    while level:
        paths = [_path(node) for node in level]
        found.update(filter(None, paths))
        level = [
            child
            for node, path in zip(level, paths, strict=True)
            if not path
            for child in _at_root(node)
        ]
    return frozenset(found)


def _at_root(node: Node) -> list[Node]:
    """Give the children that stand where the names of the mapping can be seen."""
    if node["type"] in _STEPS or node["type"].endswith("projection"):
        return list(node["children"][:1])
    return [] if node["type"] == "expref" else node["children"]


def _path(node: Node) -> str:
    """Give a node as a path of names, with [] for elements of a list; empty where it is none."""
    if node["type"] == "field":
        return str(node["value"])
    if node["type"] == "subexpression":
        steps = [_path(child) for child in node["children"]]
        return ".".join(steps) if all(steps) else ""
    if node["type"] in ("index_expression", "projection", "filter_projection", "flatten"):
        base = _path(node["children"][0]).removesuffix("[]")
        inner = _path(node["children"][1]) if node["type"].endswith("projection") else ""
        return base and f"{base}[]" + (inner and f".{inner}")
    return ""
