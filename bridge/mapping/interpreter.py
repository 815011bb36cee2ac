"""JMESPath's interpreter with our functions, sensible comparisons and an end to its work.

What differs from the library: objects are walked in alphabetical order, values of unlike kinds
compare to null instead of an exception, Money compares with Money and numbers, and no list that
an expression makes of a payload grows without end.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jmespath.visitor import TreeInterpreter

from bridge.errors import ExpressionError
from bridge.mapping.functions import REGISTRY
from bridge.mapping.functions.kinds import Each, kind_of
from bridge.mapping.functions.registry import Context
from bridge.mapping.functions.values import equal
from bridge.mapping.money import Money, amount_of
from bridge.model import Json

MOST_STEPS = 1_000_000
"""Elements that one evaluation may look at, ten characters of a function's text counting as one:
a payload of 1 MiB has at most half a million."""

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class KeptRow(dict[str, Json]):
    """A row of `records`, as expressions see it.

    Of a list of rows no null is left out: what is unknown of one of them is unknown of their sum,
    and must not count as nothing.
    """


class Interpreter(TreeInterpreter):
    """Evaluates one tree once; made anew for each evaluation, so that threads share nothing.

    The library's own beginning is left out: it makes functions, which ours stand for, and looks
    each kind of node up anew.
    """

    _dict_cls = dict

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps = 0
        self._read = 0

    def visit(self, node: Any, value: Json) -> Any:
        """Evaluate a node on a value."""
        return _VISITS[node["type"]](self, node, value)

    def visit_function_expression(self, node: Any, value: Json) -> Json:
        """Call a function of the registry."""
        arguments = [self.visit(child, value) for child in node["children"]]
        self._count_read(arguments)
        result = REGISTRY[node["value"]](arguments, self._context)
        if isinstance(result, str):
            self._count(len(result) // 10)
        return result

    def _count_read(self, arguments: list[Json]) -> None:
        """Count what functions go through: a sort of the whole payload, a hundred times over."""
        self._read += sum(len(one) for one in arguments if isinstance(one, list | dict))
        if self._read > MOST_STEPS:
            raise ExpressionError(
                f"The functions of the expression go through more than {MOST_STEPS:,} elements."
            )

    def visit_expref(self, node: Any, value: Json) -> Any:
        """Make an `&expression` that a function calls with each element."""
        return Each(lambda element: self._of_element(node["children"][0], element))

    def _of_element(self, node: Any, element: Json) -> Json:
        self._count(1)
        return self.visit(node, element)

    def visit_comparator(self, node: Any, value: Json) -> bool | None:
        """Compare; an order between values of unlike kinds is null."""
        left = self.visit(node["children"][0], value)
        right = self.visit(node["children"][1], value)
        if node["value"] in ("eq", "ne"):
            wanted: bool = node["value"] == "eq"
            return equal(left, right) == wanted
        return self._ordered(_ORDERINGS[node["value"]], left, right)

    def _ordered(
        self, ordering: Callable[[Any, Any], bool], left: Json, right: Json
    ) -> bool | None:
        if isinstance(left, Money) and isinstance(right, Money):
            if left.currency == right.currency:
                return ordering(left.amount, right.amount)
            self._context.warn("Money of different currencies was compared: null.")
            return None
        if isinstance(left, Money) or isinstance(right, Money):
            left, right = _amount(left), _amount(right)
        if kind_of(left) == kind_of(right) and kind_of(left) in ("number", "string"):
            return ordering(left, right)
        return None

    def visit_projection(self, node: Any, value: Json) -> list[Json] | None:
        """Take the same of each element; nulls are left out, but for those of rows."""
        base = self.visit(node["children"][0], value)
        return self._project(base, node["children"][1]) if isinstance(base, list) else None

    def visit_value_projection(self, node: Any, value: Json) -> list[Json] | None:
        """Take the same of each value of an object, in the alphabetical order of their names."""
        base = self.visit(node["children"][0], value)
        if not isinstance(base, Mapping):
            return None
        return self._project([base[key] for key in sorted(base)], node["children"][1])

    def _project(self, base: list[Json], each: Any) -> list[Json]:
        self._count(len(base))
        found = [self.visit(each, element) for element in base]
        if base and isinstance(base[0], KeptRow):
            return found
        return [one for one in found if one is not None]

    def visit_filter_projection(self, node: Any, value: Json) -> list[Json] | None:
        """Take the same of each element for which the condition holds."""
        left, right, condition = node["children"]
        base = self.visit(left, value)
        if not isinstance(base, list):
            return None
        self._count(len(base))
        kept = [one for one in base if truthy(self.visit(condition, one))]
        return self._project(kept, right)

    def visit_flatten(self, node: Any, value: Json) -> list[Json] | None:
        """Put the elements of lists in a list beside its other elements."""
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        self._count(sum(len(one) if isinstance(one, list) else 1 for one in base))
        return [inner for one in base for inner in (one if isinstance(one, list) else [one])]

    def visit_multi_select_list(self, node: Any, value: Json) -> list[Json] | None:
        """Make a list of several expressions."""
        self._count(len(node["children"]))
        return super().visit_multi_select_list(node, value)

    def visit_multi_select_dict(self, node: Any, value: Json) -> Json:
        """Make an object of several expressions."""
        self._count(len(node["children"]))
        return super().visit_multi_select_dict(node, value)

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise ExpressionError(
                f"The expression looks at more than {MOST_STEPS:,} elements of this payload."
            )


_VISITS: dict[str, Callable[[Interpreter, Any, Json], Any]] = {
    name.removeprefix("visit_"): getattr(Interpreter, name)
    for name in dir(Interpreter)
    if name.startswith("visit_")
}


def _amount(value: Json) -> Json:
    """Give what Money compares by: exact, so that 12.1 is 12.1."""
    return value.amount if isinstance(value, Money) else amount_of(value)


def truthy(value: Json) -> bool:
    """Say whether a condition holds: all but null, false, and empty text, list and object."""
    return not (value is None or value is False or value in ("", [], {}))
