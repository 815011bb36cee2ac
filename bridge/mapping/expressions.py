"""Expressions of the mapping language: compiled and checked once, then evaluated on payloads.

JMESPath (the library `jmespath`) behind our own functions. An evaluation is safe and total: it ends
with a value or an ExpressionError, in time and memory bounded by the payload's size, without NaN or
Infinity; it depends on nothing but its scope and its Context. A compiled Expression is immutable
and may be shared by threads.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast

from bridge.errors import ExpressionError
from bridge.mapping.clearing import says_null
from bridge.mapping.functions.registry import Context
from bridge.mapping.functions.values import is_blank, survey
from bridge.mapping.interpreter import Interpreter
from bridge.mapping.lint_expression import lint
from bridge.mapping.money import Money, freeze, metadata, plain, thaw
from bridge.mapping.paths import paths_of
from bridge.mapping.result_type import result_type
from bridge.mapping.syntax import Fault, Node, parse
from bridge.model import Json

__all__ = [
    "CLEAR",
    "Clear",
    "Context",
    "Expression",
    "Fault",
    "Money",
    "compile_expression",
    "freeze",
    "metadata",
    "plain",
    "thaw",
]


class Clear(Enum):
    """What `or_clear` gives where the field must be cleared."""

    CLEAR = "clear"

    def __repr__(self) -> str:
        return "CLEAR"


CLEAR: Final = Clear.CLEAR


@dataclass(frozen=True, slots=True)
class Expression:
    """One checked expression.

    `names` are the root names it reads, `records` the records; `type` the Intercom type its
    outermost typed function gives (string, integer, float, boolean, date), None where only the
    payload tells; `or_clear` says that the whole of it is `or_clear(…)`; `paths` are the plain
    paths it reads.
    """

    text: str
    names: frozenset[str]
    records: frozenset[str]
    type: str | None
    or_clear: bool
    paths: frozenset[str]
    tree: Node = field(repr=False, compare=False)

    def evaluate(self, scope: Mapping[str, Json], context: Context) -> Json:
        """Give the value for this scope; Money stays Money.

        An `or_clear` expression gives CLEAR where the field must be cleared and None where it is
        to be left alone. Raises ExpressionError where the payload does not fit the expression.
        """
        try:
            value = self._value(Interpreter(context), scope)
            if isinstance(value, list | dict):
                finite = survey(value)
            else:
                finite = not isinstance(value, float) or math.isfinite(value)
        except (RecursionError, OverflowError, MemoryError) as error:
            raise ExpressionError("The payload is nested too deep or too large for it.") from error
        if not finite:
            context.warn("A number was not finite (NaN or Infinity): null.")
        return value if finite else None

    def _value(self, interpreter: Interpreter, scope: Mapping[str, Json]) -> Json:
        if not self.or_clear:
            return interpreter.visit(cast(Any, self.tree), scope)
        inner: Any = self.tree["children"][0]
        value = interpreter.visit(inner, scope)
        if value is None:
            return CLEAR if says_null(interpreter, inner, scope) else None
        return CLEAR if is_blank(value) else value


def compile_expression(
    text: str,
    *,
    names: Collection[str],
    tables: Collection[str] = (),
    records: Collection[str] = (),
) -> Expression | list[Fault]:
    """Compile an expression (without its leading `=`), or give everything that is wrong with it.

    `names` are the root names in scope (`body`, `event`, those of `let` …); `tables` the names of
    the mapping's tables, or the tables themselves, whose values then tell the type of `lookup`;
    `records` those of its records.
    """
    tree = parse(text)
    if isinstance(tree, Fault):
        return [tree]
    found = lint(tree, names, tables, records)
    if found.faults:
        return found.faults
    return Expression(
        text=text,
        names=frozenset(found.names),
        records=frozenset(found.records),
        type=result_type(tree, tables),
        or_clear=tree["type"] == "function_expression" and tree["value"] == "or_clear",
        paths=paths_of(tree),
        tree=tree,
    )
