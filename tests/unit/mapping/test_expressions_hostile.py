"""Expressions are safe and total: any payload gives a value or an ExpressionError, soon."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import ExpressionError
from bridge.mapping.expressions import (
    CLEAR,
    Context,
    Expression,
    compile_expression,
    freeze,
    metadata,
    plain,
    thaw,
)
from bridge.mapping.functions import REGISTRY
from bridge.mapping.functions.registry import Function
from bridge.model import Json

NAMES = ("body", "records")
RECORDS = ("subscriptions",)
TABLES = {"status": {"a": "A"}}
ODD = [
    None,
    True,
    0,
    -1,
    10**400,
    -(10**400),
    10**5000,
    1.5,
    1e308,
    math.inf,
    math.nan,
    "",
    "\x00",
    "text with \x00 in it",
    "\ud800",
    "x" * 100_000,
    "9" * 100_000,
    [],
    [None],
    ["a", 1, None, {}],
    {},
    {"": {"": None}},
    {"a": [{"b": "c"}]},
    "2026-01-02T03:04:05Z",
    "1e999999999",
]

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMED = st.sampled_from(["a", "b", "id", "status", "price", "currency", "name", "value", ""])
VALUES = st.recursive(
    SIMPLE | st.sampled_from(ODD[:6] + ODD[7:]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMED, inner, max_size=4),
    max_leaves=12,
)


def call(one: Function) -> str:
    """Write a call of a function on fields of the payload."""
    kinds = [one.parameter(index).kinds for index in range(one.most or 3)]
    arguments = [
        "&@.b" if wanted == {"expression"} else f"body.{name}"
        for name, wanted in zip("abcd", kinds, strict=False)
    ]
    if one.name == "lookup":
        arguments = ["body.a", "'status'"]
    return f"{one.name}({', '.join(arguments)})"


TEXTS = [
    *map(call, REGISTRY.values()),
    "body",
    "body.*.*",
    "body.a[].b[?@ == `1`]",
    "body.a[?b > `1`].b | [0]",
    "body.a == body.b",
    "body.a < body.b || body.c >= body.d",
    "{x: body.a, y: [body.b, body.c]}",
    "flatten(body)",
    "monthly(body.*)",
    "sum(body.*)",
    "sort(values(body))",
    "text(body)",
    "sum([money(body.a, body.b), money(body.c, 'EUR')])",
    "or_clear(body.a.b[0])",
    "entry(values(body), body.a, body.b, body.c)",
]
EXPRESSIONS = [
    compile_expression(text, names=NAMES, tables=TABLES, records=RECORDS) for text in TEXTS
]


def test_every_expression_below_compiles() -> None:
    """The property holds for real expressions, every function among them."""
    wrong = [one for one in EXPRESSIONS if not isinstance(one, Expression)]
    assert wrong == []


def finite(value: Json) -> bool:
    """Say whether no NaN or Infinity is inside."""
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def check(payload: Json) -> None:
    """Evaluate every expression on a payload; only values and ExpressionErrors may come."""
    for expression in EXPRESSIONS:
        assert isinstance(expression, Expression)
        try:
            value = expression.evaluate({"body": payload}, Context(tables=TABLES))
        except ExpressionError:
            continue
        if value is not CLEAR:
            assert finite(plain(value)), expression.text
            assert finite(metadata(value)), expression.text
            assert thaw(freeze(value)) == value, expression.text


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4) | VALUES)
def test_any_payload_gives_a_value_or_an_expression_error(payload: Json) -> None:
    """Nothing else is raised, and no NaN or Infinity leaves."""
    check(payload)


@pytest.mark.parametrize("first", range(len(ODD)))
def test_odd_values_meet_in_every_function(first: int) -> None:
    """Every odd value as the first argument, beside two others."""
    for second in ODD[::3]:
        check({"a": ODD[first], "b": second, "c": "EUR", "d": ODD[-first]})


def test_deep_payloads_are_errors_not_crashes() -> None:
    """A list nested 100,000 deep ends no process."""
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    twin: Json = []
    for _ in range(100_000):
        twin = [twin]
    for expression in EXPRESSIONS:
        assert isinstance(expression, Expression)
        for payload in ({"a": deep, "b": twin, "c": {"x": deep}}, deep):
            try:
                expression.evaluate({"body": payload}, Context(tables=TABLES))
            except ExpressionError:
                continue
    while deep:
        deep, twin = deep[0], twin[0]


def value_of(text: str, body: Json) -> Json:
    """Evaluate an expression over `body`."""
    made = compile_expression(text, names=NAMES, tables=TABLES, records=RECORDS)
    assert isinstance(made, Expression), made
    return made.evaluate({"body": body}, Context(tables=TABLES))


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("join(body.s, body.l)", {"s": "x" * 10_000, "l": ["y"] * 10_000}),
        ("replace(body.s, 'x', body.s)", {"s": "x" * 10_000}),
        ("body.l[].replace(@, 'x', @)", {"l": ["x" * 500] * 100}),
        ("split(body, 'x')", "x" * 500_000),
        ("flatten(body.o, body.s)", {"o": {str(n): {"a": 1} for n in range(999)}, "s": "x" * 999}),
        ("body" + " | [@, @]" * 40, [1]),
        ("body" + " | [@, @][]" * 24, [1] * 10),
        ("text(body" + " | [@, @]" * 40 + ")", [1]),
        ("(body" + " | [@, @]" * 40 + ") == (body" + " | [@, @]" * 40 + ")", [1]),
        ("length([" + "flatten(body), " * 99 + "body])", {str(n): {"a": n} for n in range(40_000)}),
        ("length([" + "sort(body), " * 99 + "body])", [str(n) for n in range(90_000)]),
        ("slug(body)", "a" + "\u0315\u0300" * 100_000),
    ],
)
def test_what_would_grow_without_end_is_an_error(text: str, body: Json) -> None:
    """A payload of bounded size never makes a value, or work, that is not."""
    with pytest.raises(ExpressionError):
        value_of(text, body)


def test_long_paths_and_lists_take_linear_time() -> None:
    """What a sender can make long on both sides is walked once, not once for each."""
    path = ".".join("a" * 1 for _ in range(200_000))
    assert value_of("entry(body.l, body.k, 'x')", {"l": [{}] * 50_000, "k": path}) is None
    wide = {"k": list(range(50_000))}
    assert value_of("contains(body.l, body.w)", {"l": [{"k": 1}] * 50_000, "w": wide}) is False
    heaped = "a@" + "\u0315\u0300" * 200_000 + ".com"
    assert value_of("domain(body)", heaped) is None


def test_a_payload_of_one_mebibyte_is_no_problem() -> None:
    """The largest body that is received can be filtered, counted and added up."""
    payload = json.loads("[" + ",".join(["1"] * 500_000) + "]")
    assert value_of("length(body[?@ == `1`])", payload) == 500_000
    assert value_of("sum(body)", payload) == 500_000
