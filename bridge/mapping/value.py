"""A value of a mapping: a literal, or an expression behind `=`; how both are read and evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bridge.errors import ExpressionError
from bridge.mapping.expressions import Context, Expression, compile_expression
from bridge.mapping.interpreter import truthy
from bridge.mapping.known import Known
from bridge.mapping.nodes import Place, Scalar
from bridge.mapping.traps import cut_comment, open_bracket
from bridge.model import Json

MOST_ITEMS = 1000
"""People or companies that one block makes of one event: all are held at the same time."""


@dataclass(frozen=True, slots=True)
class Value:
    """What stands at one place of a mapping; `where` is `file:line:column`.

    `records` are those that it reads, by itself or through names of `let`.
    """

    where: str
    place: Place
    literal: Json = None
    expression: Expression | None = None
    records: frozenset[str] = frozenset()

    @property
    def is_bare_path(self) -> bool:
        """Say whether it is an expression whose type nothing tells."""
        return self.expression is not None and self.expression.type is None


@dataclass(slots=True)
class Scope:
    """The names one event gives to expressions.

    A `let` is evaluated when it is first used, so that its error harms only those who use it; a
    name may likewise stand for a function that gives its value.
    Alive for one event, in one thread.
    """

    names: Mapping[str, Json]
    lets: Mapping[str, Value]
    tables: Mapping[str, Mapping[str, Json]]
    warnings: list[str]
    _told: dict[str, Json | ExpressionError] = field(default_factory=dict)

    def evaluate(self, value: Value) -> Json:
        """Give a value (Money stays Money, CLEAR stays CLEAR); raise ExpressionError with place."""
        if value.expression is None:
            return value.literal
        context = Context(tables=self.tables)
        try:
            seen = {name: self._named(name) for name in value.expression.names}
            return value.expression.evaluate(seen, context)
        except _Placed:
            raise
        except ExpressionError as error:
            raise _Placed(f"{value.where}: {error}") from error
        finally:
            self.warnings += [f"{value.where}: {warning}" for warning in context.warnings]

    def holds(self, condition: Value | None) -> bool:
        """Say whether a condition holds, by JMESPath's notion of truth; none always holds."""
        return condition is None or truthy(self.evaluate(condition))

    def of_each(self, each: Value | None) -> Iterator[Scope]:
        """Give the scope of each item of a list, which is `this` there; this one without a list.

        What is no list is taken as its only item, and null is none. Raises ExpressionError where
        there are more than MOST_ITEMS.
        """
        if each is None:
            yield self
            return
        told = self.evaluate(each)
        items = [one for one in (told if isinstance(told, list) else [told]) if one is not None]
        if len(items) > MOST_ITEMS:
            raise _Placed(f"{each.where}: `each` gives {len(items)} items; {MOST_ITEMS} at most")
        for item in items:
            yield replace(self, names={**self.names, "this": item})

    def soft(self, value: Value) -> Json:
        """Evaluate where an error is a warning and null rather than the end of the event."""
        try:
            return self.evaluate(value)
        except ExpressionError as error:
            self.warnings.append(str(error))
            return None

    def warn(self, value: Value, message: str) -> None:
        """Remark on what a value gave."""
        self.warnings.append(f"{value.where}: {message}")

    def _named(self, name: str) -> Json:
        if name not in self.lets:
            told = self.names.get(name)
            return told() if callable(told) else told
        if name not in self._told:
            try:
                self._told[name] = self.evaluate(self.lets[name])
            except ExpressionError as error:
                self._told[name] = error
        told = self._told[name]
        if isinstance(told, ExpressionError):
            raise told
        return told

    def inner(self, lets: Mapping[str, Value]) -> Scope:
        """Give the scope of a route, which adds its own lets."""
        if not lets:
            return self
        return replace(self, lets={**self.lets, **lets}, _told=dict(self._told))

    def naming(self, name: str, value: Json) -> Scope:
        """Give a scope that sees one more name, with no `let` evaluated yet."""
        return replace(self, names={**self.names, name: value}, _told={})


class _Placed(ExpressionError):
    """An expression failed at a known place of a mapping."""


def read_value(node: Scalar, known: Known, *, condition: bool = False) -> Value | None:
    """Read a literal or an expression; report what is wrong with it and give None then."""
    where = known.problems.where(node.place)
    text = node.text
    if text.startswith("==") and not condition:
        return Value(where, node.place, literal=text[1:])
    if not (condition or text.startswith("=")):
        _check_literal(node, known)
        return Value(where, node.place, literal=node.value)
    begin = int(text.startswith("="))
    compiled = compile_expression(
        text[begin:], names=known.names, tables=known.tables, records=known.records
    )
    if isinstance(compiled, Expression):
        through = (known.lets.get(name, frozenset()) for name in compiled.names)
        records = compiled.records.union(*through)
        return Value(where, node.place, expression=compiled, records=records)
    if not _explain_cut(node, known):
        for fault in compiled:
            known.problems.inside(node, fault.offset + begin, fault.message)
    return None


def _explain_cut(node: Scalar, known: Known) -> bool:
    """Report an expression that ends too early; say whether that is what is wrong with it."""
    offset = open_bracket(node.text)
    if offset is None:
        return False
    if comment := cut_comment(node, known.problems.text):
        known.problems.inside(
            node,
            offset,
            f"YAML takes ` {comment}` for a comment and cuts the expression there: "
            "put the whole expression in quotes",
        )
    else:
        known.problems.inside(node, offset, f"this `{node.text[offset]}` is never closed")
    return True


def _check_literal(node: Scalar, known: Known) -> None:
    comment = cut_comment(node, known.problems.text)
    if comment[1:2].strip() and not comment.startswith("##"):
        known.problems.add(
            node.place,
            f"YAML takes ` {comment}` for a comment: put the text in quotes, "
            "or write a space behind the `#`",
        )
    names = "|".join(map(re.escape, known.names))
    if node.plain and re.match(rf"!*(?:[a-z_0-9]+\()*(?:{names})(?:\.\w|\[|\))", node.text):
        known.problems.add(
            node.place,
            f"`{node.text}` would be written as text: write `={node.text}`, "
            "or put it in quotes if the text is meant",
        )
