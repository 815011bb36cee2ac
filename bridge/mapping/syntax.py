"""From the text of an expression to JMESPath's tree, each name and literal knowing its place.

The grammar is the library's own. What is added: positions, one limit of length and one of depth,
and messages that say what to write instead.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from jmespath import exceptions
from jmespath.lexer import Lexer
from jmespath.parser import Parser

LONGEST_EXPRESSION = 2_000
DEEPEST_EXPRESSION = 50

Node: TypeAlias = dict[str, Any]
"""A node of JMESPath's tree: type, value, children; names, literals and calls have `start` too."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something `check` refuses; `offset` is its place in the expression's text, from 0."""

    offset: int
    message: str


class _Refused(Exception):
    def __init__(self, offset: int, message: str) -> None:
        self.fault = Fault(offset, message)


def parse(text: str) -> Node | Fault:
    """Give the tree of an expression, or the first thing that is wrong with its form."""
    if len(text) > LONGEST_EXPRESSION:
        return Fault(
            LONGEST_EXPRESSION, f"An expression may have {LONGEST_EXPRESSION:,} characters at most."
        )
    try:
        tree: Node = _Parser().tree(text)
    except _Refused as refused:
        return refused.fault
    except exceptions.EmptyExpressionError:
        return Fault(0, "The expression is empty.")
    except exceptions.ParseError as error:
        return _fault(text, error)
    except RecursionError:
        return Fault(0, _TOO_DEEP)
    return Fault(0, _TOO_DEEP) if _depth(tree) > DEEPEST_EXPRESSION else tree


def _depth(tree: Node) -> int:
    level, depth = [tree], 0
    while level and depth <= DEEPEST_EXPRESSION:
        level = [child for node in level for child in _inner(node)]
        depth += 1
    return depth


def _inner(node: Node) -> list[Node]:
    if node["type"] == "literal":
        return _elements(node["value"])
    return [child for child in node["children"] if isinstance(child, dict)]


def _elements(value: Any) -> list[Node]:
    inside = value.values() if isinstance(value, dict) else value
    values = inside if isinstance(value, dict | list) else ()
    return [{"type": "literal", "value": one, "children": []} for one in values]


class _Lexer(Lexer):
    """The library's lexer, without its old habit to take any text in backticks as a string."""

    _position: int

    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        written = self._consume_until("`").replace("\\`", "`")  # type: ignore[attr-defined]
        try:
            value = json.loads(written, parse_constant=_no_number, parse_float=_finite)
        except ValueError as error:
            raise _Refused(
                start, f"Backticks hold JSON, such as `42` or `true`; text is '{written.strip()}'."
            ) from error
        return {"type": "literal", "value": value, "start": start, "end": self._position}


def _no_number(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    return _no_number(digits) if value in (float("inf"), float("-inf")) else value


class _Parser(Parser):
    """The library's parser, leaving the place of names, literals and calls in the tree."""

    _tokens: list[dict[str, Any]]
    _index: int

    def tree(self, text: str) -> Node:
        self._tokens = list(_Lexer().tokenize(text))  # type: ignore[arg-type]
        _check_brackets(self._tokens)
        self._index = 0
        tree: Node = self._expression(0)  # type: ignore[attr-defined]
        token = self._tokens[self._index]
        if token["type"] != "eof":
            raise exceptions.ParseError(token["start"], token["value"], token["type"], "unexpected")
        return tree

    def _token_nud_not(self, token: dict[str, Any]) -> Node:
        # The library reads `!a.b` as `(!a).b`; here `!` negates the whole path.
        inner: Node = self._expression(self.BINDING_POWER["flatten"] - 1)  # type: ignore[attr-defined]
        return {"type": "not_expression", "children": [inner], "start": token["start"]}

    def _token_nud_unquoted_identifier(self, token: dict[str, Any]) -> Node:
        return {"type": "field", "children": [], "value": token["value"], "start": token["start"]}

    def _token_nud_quoted_identifier(self, token: dict[str, Any]) -> Node:
        if self._tokens[self._index]["type"] == "lparen":
            raise _Refused(token["start"], "The name of a function is written without quotes.")
        return {**self._token_nud_unquoted_identifier(token), "quoted": True}

    def _token_nud_literal(self, token: dict[str, Any]) -> Node:
        return {"type": "literal", "children": [], "value": token["value"], "start": token["start"]}

    def _token_nud_current(self, token: dict[str, Any]) -> Node:
        return {"type": "current", "children": [], "start": token["start"]}

    def _token_led_lparen(self, left: Node) -> Node:
        opening = self._tokens[self._index - 1]["start"]
        if left["type"] != "field":
            raise _Refused(opening, "Only the name of a function can stand before `(`.")
        arguments: list[Node] = []
        while self._tokens[self._index]["type"] != "rparen":
            if arguments:
                self._match("comma")  # type: ignore[attr-defined]
            arguments.append(self._expression(0))  # type: ignore[attr-defined]
        self._index += 1
        return {
            "type": "function_expression",
            "children": arguments,
            "value": left["value"],
            "start": left["start"],
        }


def _check_brackets(tokens: list[dict[str, Any]]) -> None:
    """Refuse deep nesting before the parser, which is recursive, meets it."""
    depth = 0
    for token in tokens:
        depth += (token["type"] in _OPENING) - (token["type"] in _CLOSING)
        if depth > DEEPEST_EXPRESSION:
            raise _Refused(token["start"], _TOO_DEEP)


_OPENING = frozenset(("lparen", "lbracket", "lbrace", "filter"))
_CLOSING = frozenset(("rparen", "rbracket", "rbrace"))
_TOO_DEEP = (
    f"The expression is more than {DEEPEST_EXPRESSION} deep: give parts of it names in `let`."
)

_WORDS = {
    "and": "Write `&&` for “and”.",
    "or": "Write `||` for “or”.",
    "not": "Write `!` for “not”.",
    "in": "Write contains(list, value) for “in”.",
    "is": "Compare with `==`.",
}
_SIGNS = {
    "=": "Compare with `==`.",
    "+": "There is no arithmetic: use sum([a, b]) for numbers, words(a, b) or join('', [a, b]) "
    "for text.",
    "-": "There is no arithmetic; a name with a dash is written in double quotes "
    '(body."first-name"), a negative number in backticks (`-1`).',
    "/": "There is no arithmetic; money(amount, currency) turns cents into major units.",
    "%": "There is no arithmetic.",
    "?": "There is no `? :`; use lookup(value, 'table') or not_null(a, b).",
    "$": "There is no `$`: begin with a name such as `body`.",
    **dict.fromkeys("\u2018\u2019\u201c\u201d", "Text stands in straight single quotes: 'text'."),
}


def _fault(text: str, error: exceptions.ParseError) -> Fault:
    offset = min(error.lex_position, len(text))
    kind = (error.token_type or "EOF").upper()
    if isinstance(error, exceptions.LexerError):
        return _lexical(text, offset, error.message)
    if kind == "EOF":
        return Fault(len(text), f"The expression ends too early{_unclosed(text)}.")
    if number := _NUMBER.match(text, offset):
        return Fault(offset, f"A number is written in backticks: `{number[0]}`.")
    before = text[:offset].rstrip()
    if before.endswith("["):
        return Fault(
            offset,
            "[ ] takes a whole number, `*` or `?condition`; a field stands "
            'behind a dot: body.name, body."first name".',
        )
    hint = _WORDS.get(str(error.token_value)) or _WORDS.get(before[-3:])
    return Fault(offset, hint or f"'{error.token_value}' cannot stand here.")


_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def _lexical(text: str, offset: int, message: str) -> Fault:
    if message.startswith("Unclosed"):
        quote = text[offset : offset + 1]
        return Fault(offset, f"The {quote} that begins here is not closed.")
    sign = text[offset : offset + 1]
    return Fault(offset, _SIGNS.get(sign) or f"'{sign}' means nothing in an expression.")


def _unclosed(text: str) -> str:
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) > text.count(closing):
            return f": a `{opening}` is not closed"
    return ""
