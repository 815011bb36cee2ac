"""What JMESPath would silently misread in an expression, found before a payload comes.

In JMESPath every name that is not there is null and never an error, a bare `true` is a field, text
in double quotes is a field, and inside `[? ]`, after `|` and in `&expressions` the names of the
mapping cannot be seen. Each of these is refused here with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from bridge.mapping.functions import REGISTRY
from bridge.mapping.functions.kinds import kind_of, ordinal
from bridge.mapping.functions.registry import Function
from bridge.mapping.hints import function_instead, listed, literal_wanted, near, no_record
from bridge.mapping.syntax import Fault, Node
from bridge.mapping.tree import bare_names, is_field, leftmost, start

_LITERALS = ("true", "false", "null")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Findings:
    """What a walk over the tree found: faults, and the root names and records read."""

    faults: list[Fault] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)


def lint(
    tree: Node, names: Collection[str], tables: Collection[str], records: Collection[str] = ()
) -> Findings:
    """Walk a tree; `names` are the root names in scope, the others those of the mapping."""
    walk = _Walk(frozenset(names), frozenset(tables), frozenset(records))
    if tree["type"] == "function_expression" and tree["value"] == "or_clear":
        walk.clearing(tree)
    else:
        walk.visit(tree, root=True, head=True)
    walk.found.faults.sort(key=lambda fault: fault.offset)
    return walk.found


class _Walk:
    """One walk. `root`: names of the mapping can be seen here; `head`: no dot stands before."""

    def __init__(
        self, names: frozenset[str], tables: frozenset[str], records: frozenset[str]
    ) -> None:
        self.names = names
        self.tables = tables
        self.records = records
        self.found = Findings()

    def refuse(self, offset: int, message: str) -> None:
        self.found.faults.append(Fault(offset, message))

    def visit(self, node: Node, *, root: bool, head: bool) -> None:
        specific = getattr(self, f"visit_{node['type']}", None)
        if specific is not None:
            specific(node, root, head)
        else:
            self.all(node["children"], root=root)

    def all(self, nodes: list[Node], *, root: bool) -> None:
        for node in nodes:
            self.visit(node, root=root, head=True)

    def path(self, nodes: list[Node], root: bool, head: bool) -> None:
        """Visit what dots join: only the first is looked up where the whole stands."""
        self.visit(nodes[0], root=root, head=head)
        for node in nodes[1:]:
            self.visit(node, root=False, head=False)

    def visit_subexpression(self, node: Node, root: bool, head: bool) -> None:
        first, second = node["children"][0], leftmost(node["children"][1])
        if root and head and is_field(first, "records") and is_field(second):
            self.record(second)
            self.path(node["children"][1:], root=False, head=False)
        else:
            self.path(node["children"], root, head)

    def visit_flatten(self, node: Node, root: bool, head: bool) -> None:
        self.path(node["children"], root, head)

    visit_index_expression = visit_flatten
    visit_projection = visit_flatten
    visit_value_projection = visit_flatten

    def record(self, node: Node) -> None:
        if node["value"] not in self.records:
            self.refuse(node["start"], no_record(node["value"], self.records))
        self.found.names.add("records")
        self.found.records.add(node["value"])

    def visit_filter_projection(self, node: Node, root: bool, head: bool) -> None:
        left, right, condition = node["children"]
        self.path([left, right], root, head)
        self.visit(condition, root=False, head=True)

    def visit_pipe(self, node: Node, root: bool, head: bool) -> None:
        left, right = node["children"]
        self.visit(left, root=root, head=head)
        self.visit(right, root=False, head=True)

    def visit_slice(self, node: Node, root: bool, head: bool) -> None:
        if node["children"][2] == 0:
            self.refuse(start(node), "The step of a slice cannot be 0.")

    def visit_index(self, node: Node, root: bool, head: bool) -> None:
        pass

    visit_literal = visit_index

    def visit_expref(self, node: Node, root: bool, head: bool) -> None:
        self.refuse(
            start(node), "`&` stands only where a function wants an &expression: sort_by(a, &b)."
        )

    def visit_identity(self, node: Node, root: bool, head: bool) -> None:
        if root:
            self.refuse(start(node), f"Begin with a name: {listed(self.names)}.")

    def visit_current(self, node: Node, root: bool, head: bool) -> None:
        if root:
            self.refuse(
                node["start"],
                f"`@` is the element inside [ ], after | and in &expressions; "
                f"begin with a name here: {listed(self.names)}.",
            )

    def visit_field(self, node: Node, root: bool, head: bool) -> None:
        if not head:
            return
        fault = self.at_root(node) if root else self.of_element(node)
        if fault is not None:
            self.refuse(node["start"], fault)
        elif root:
            self.found.names.add(node["value"])

    def at_root(self, node: Node) -> str | None:
        name = node["value"]
        if name == "records" and name in self.names:
            return f"Write `records.` and the name of a record: {listed(self.records)}."
        if name in self.names:
            return None
        if node.get("quoted"):
            return f"“{name}” in double quotes is a name; text stands in single quotes: '{name}'."
        if name in _LITERALS:
            return literal_wanted(name)
        likely = near(name, self.names)
        hint = f"did you mean `{likely}`?" if likely else f"here are: {listed(self.names)}."
        return f"`{name}` is no name of this mapping; {hint}"

    def of_element(self, node: Node) -> str | None:
        name = node["value"]
        if node.get("quoted") and _PLAIN.fullmatch(name):
            return (
                f"“{name}” in double quotes is a field; text stands in single quotes: '{name}'. "
                f"For the field write `@.{name}`."
            )
        if name in _LITERALS:
            return literal_wanted(name)
        if name in self.names:
            return (
                f"`{name}` is a field of each element here: inside [ ], after a dot or | and in "
                f"&expressions the names of the mapping cannot be seen. "
                f"For that field write `@.{name}`."
            )
        return None

    def visit_comparator(self, node: Node, root: bool, head: bool) -> None:
        self.all(node["children"], root=root)
        right = node["children"][1]
        name = right["value"] if right["type"] == "field" and right.get("quoted") else ""
        if name and not root and not _PLAIN.fullmatch(name):
            self.refuse(
                right["start"],
                f"“{name}” in double quotes is a field; text stands in single quotes: '{name}'. "
                f'For the field write `@."{name}"`.',
            )

    def visit_function_expression(self, node: Node, root: bool, head: bool) -> None:
        name = node["value"]
        called = REGISTRY.get(name)
        if called is None:
            self.refuse(node["start"], f"There is no function {name}(){function_instead(name)}")
        elif name == "or_clear":
            self.refuse(
                node["start"],
                "or_clear() stands only around a whole value: `field: =or_clear(…)`.",
            )
        else:
            self.call(called, node)
        self.arguments(node, root=root)

    def arguments(self, node: Node, *, root: bool) -> None:
        for child in node["children"]:
            if child["type"] == "expref":
                self.visit(child["children"][0], root=False, head=True)
            else:
                self.visit(child, root=root, head=True)

    def call(self, called: Function, node: Node) -> None:
        given = len(node["children"])
        if given < max(called.least, 1) or (called.most is not None and given > called.most):
            self.refuse(
                node["start"], f"{called.name}() was given {given} argument(s): {called.signature}."
            )
            return
        for index, child in enumerate(node["children"]):
            self.argument(called, index, child)
        if called.name == "lookup":
            self.table(node)

    def argument(self, called: Function, index: int, child: Node) -> None:
        kinds = called.parameter(index).kinds
        if child["type"] == "expref":
            wrong = "expression" not in kinds
        elif child["type"] == "literal":
            wrong = bool(kinds) and kind_of(child["value"]) not in kinds | {"null"}
        else:
            wrong = kinds == {"expression"}
        if wrong:
            wanted = called.wanted(index) or "a value"
            self.refuse(
                start(child),
                f"{called.name}() takes {wanted} as its {ordinal(index)} argument: "
                f"{called.signature}.",
            )

    def table(self, node: Node) -> None:
        table = node["children"][1]
        if table["type"] != "literal" or not isinstance(table["value"], str):
            self.refuse(
                start(table), "lookup() wants the name of a table as text: lookup(x, 'status')."
            )
        elif table["value"] not in self.tables:
            likely = near(table["value"], self.tables)
            hint = f"did you mean '{likely}'?" if likely else f"there are: {listed(self.tables)}."
            self.refuse(table["start"], f"There is no table '{table['value']}'; {hint}")

    def clearing(self, tree: Node) -> None:
        self.call(REGISTRY["or_clear"], tree)
        self.arguments(tree, root=True)
        for name in bare_names(tree):
            self.refuse(
                name["start"],
                f"or_clear() wants the path in the payload: from `{name['value']}` alone it cannot "
                "tell a missing value from a null.",
            )
