"""Says in words where a value of a mapping comes from, for pages that people read.

What has no good words is shown as it is written: a page must not say less than the mapping does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from bridge.mapping.syntax import Fault, Node, parse
from bridge.model import Json


class _Unsaid(Exception):
    """There are no words for this part of an expression."""


def in_words(value: Json, lets: Mapping[str, str]) -> str:
    """Say where the value of a key comes from; `lets` gives the text behind each name of `let`."""
    if isinstance(value, str) and value.startswith("=") and not value.startswith("=="):
        return _said(value[1:], lets, is_condition=False)
    if isinstance(value, list):
        return "; ".join(in_words(one, lets) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"`{key}`: {in_words(one, lets)}" for key, one in value.items())
    return f"always {_literal(value[1:] if isinstance(value, str) and value[:1] == '=' else value)}"


def condition(text: str, lets: Mapping[str, str]) -> str:
    """Say when a condition holds."""
    return _said(text.removeprefix("="), lets, is_condition=True)


def _said(text: str, lets: Mapping[str, str], *, is_condition: bool) -> str:
    tree = parse(text.strip())
    if isinstance(tree, Fault):
        return f"`{text.strip()}`"
    try:
        speaker = _Speaker(lets, is_condition=is_condition)
        return speaker.truth(tree) if is_condition else speaker.say(tree)
    except _Unsaid:
        return f"`{' '.join(text.split())}`"


class _Speaker:
    """Turns the tree of one expression into words."""

    def __init__(self, lets: Mapping[str, str], *, is_condition: bool) -> None:
        self.lets = lets
        self.is_condition = is_condition

    def say(self, node: Node) -> str:
        """Give the words for a node; raise _Unsaid where there are none."""
        kind = node["type"]
        if kind == "literal":
            return _literal(node["value"])
        if kind == "function_expression":
            return self._call(node)
        if kind in _VALUES:
            return self._joined(kind, node["children"])
        if kind == "not_expression":
            return self._denied(node["children"][0])
        if kind == "multi_select_dict":
            pairs = ((one["value"], self.say(one["children"][0])) for one in node["children"])
            return ", ".join(f"{name}: {said}" for name, said in pairs)
        if kind == "multi_select_list":
            return " and ".join(map(self.say, node["children"]))
        if kind == "comparator":
            left, right = map(self.say, node["children"])
            return f"{left} {_COMPARED[node['value']]} {right}"
        return self._place(node)

    def truth(self, node: Node) -> str:
        """Give the words for a node of which only counts whether there is something."""
        said = self.say(node)
        return f"{said} is set" if node["type"] in _PLACES else said

    def _denied(self, node: Node) -> str:
        said = _Speaker(self.lets, is_condition=True).truth(node)
        if node["type"] in _PLACES:
            return said.removesuffix(" is set") + " is not set"
        return f"not ({said})"

    def _joined(self, kind: str, children: list[Node]) -> str:
        left, right = (self._part(kind, child) for child in children)
        if kind == "and_expression" and not self.is_condition:
            left = _Speaker(self.lets, is_condition=True).truth(children[0])
        if right == _literal(""):
            return left
        return (_CONDITIONS if self.is_condition else _VALUES)[kind].format(left, right)

    def _part(self, kind: str, child: Node) -> str:
        said = self.truth(child) if self.is_condition else self.say(child)
        return f"({said})" if child["type"] in _VALUES and child["type"] != kind else said

    def _call(self, node: Node) -> str:
        arguments, name = node["children"], str(node["value"])
        if name == "lookup":
            return self._lookup(arguments)
        if name == "contains" and arguments[0]["type"] in ("literal", "multi_select_list"):
            listed = " or ".join(map(self.say, _elements(arguments[0])))
            return f"{self.say(arguments[1])} is {listed}"
        if name in _SAME:
            return self.say(arguments[0])
        if name not in _CALLS:
            raise _Unsaid
        return _CALLS[name]([self.say(one) for one in arguments])

    def _lookup(self, arguments: list[Node]) -> str:
        value, table, *default = arguments
        said = f"{self.say(value)} by the table `{table['value']}`"
        if not default or (default[0]["type"] == "literal" and default[0]["value"] == ""):
            return said
        return f"{said}, else {self.say(default[0])}"

    def _place(self, node: Node) -> str:
        root, _, rest = self._path(node).partition(".")
        if root in ("body", "item", "this"):
            return f"`{rest or root}`"
        if root == "headers":
            return f"the header `{rest.replace('_', '-')}`"
        if root == "query":
            return f"`{rest}` in the address"
        return f"`{root}.{rest}`" if rest else f"`{root}`"

    def _path(self, node: Node, *, begins: bool = True) -> str:
        """Write a plain path out, its first name replaced by the path that `let` gives it."""
        kind, children = node["type"], node["children"]
        if kind == "field":
            return self._root(node["value"]) if begins else str(node["value"])
        if kind == "index":
            return f"[{node['value']}]"
        if kind not in ("subexpression", "index_expression"):
            raise _Unsaid
        first, *rest = children
        steps = [self._path(first, begins=begins), *(self._path(one, begins=False) for one in rest)]
        return ("." if kind == "subexpression" else "").join(steps)

    def _root(self, name: str) -> str:
        tree = parse(self.lets[name]) if name in self.lets else None
        if tree is None or isinstance(tree, Fault):
            return name
        earlier = dict(self.lets)
        del earlier[name]  # a name may be given to what had it before, never to itself
        try:
            return _Speaker(earlier, is_condition=False)._path(tree)
        except _Unsaid:
            return name


def _elements(node: Node) -> list[Node]:
    if node["type"] != "literal":
        return list(node["children"])
    return [{"type": "literal", "value": one, "children": []} for one in node["value"]]


def _literal(value: Json) -> str:
    return f"“{value}”" if isinstance(value, str) else f"`{json.dumps(value, ensure_ascii=False)}`"


_PLACES = frozenset({"field", "index_expression", "subexpression"})
_VALUES = {"or_expression": "{}, or else {}", "and_expression": "{1}, where {0}"}
_CONDITIONS = {"or_expression": "{} or {}", "and_expression": "{} and {}"}
_COMPARED = {
    "eq": "is",
    "ne": "is not",
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
}
_SAME = frozenset({"lower", "trim", "text", "number", "integer", "bool", "list", "to_string"})
"""What these change is of no interest to whoever asks where a value comes from."""
_CALLS: Mapping[str, Callable[[list[str]], str]] = {
    "not_null": lambda said: ", or else ".join(one for one in said if one != _literal("")),
    "or_clear": lambda said: said[0],
    "unix": lambda said: f"{said[0]}, as a date",
    "iso": lambda said: f"{said[0]}, as a date in text",
    "upper": lambda said: f"{said[0]} in capitals",
    "money": lambda said: f"{said[0]}, in the currency {said[1]}",
    "words": lambda said: " and ".join(said),
    "e164": lambda said: f"{said[0]}, as an international number",
    "join": lambda said: f"{said[1]}, joined with {said[0]}",
    "slug": lambda said: f"{said[0]}, made into an id",
    "domain": lambda said: f"the domain of {said[0]}",
    "split": lambda said: f"{said[0]}, cut at {said[1]}",
    "starts_with": lambda said: f"{said[0]} begins with {said[1]}",
    "contains": lambda said: f"{said[0]} contains {said[1]}",
    "monthly": lambda said: f"what {said[0]} cost a month",
    "length": lambda said: f"how many {said[0]} there are",
    "sum": lambda said: f"the sum of {said[0]}",
}
