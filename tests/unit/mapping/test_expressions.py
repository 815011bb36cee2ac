"""Expressions give what an operator means, and say their names, type and paths."""

from __future__ import annotations

import threading
from types import MappingProxyType

import pytest

from bridge.errors import ExpressionError
from bridge.mapping.expressions import CLEAR, Context, Expression, compile_expression
from bridge.model import Json

NAMES = ("body", "event", "object", "price", "records")
RECORDS = ("subscriptions",)
TABLES = {"status": {"active": "Paying"}, "seats": {"small": 5, "large": 50}}


def compiled(text: str) -> Expression:
    """Compile an expression that is right."""
    made = compile_expression(text, names=NAMES, tables=TABLES, records=RECORDS)
    assert isinstance(made, Expression), made
    return made


def value_of(text: str, **scope: Json) -> Json:
    """Evaluate an expression over the names given."""
    return compiled(text).evaluate(scope, Context(tables=TABLES))


def test_a_missing_path_is_null() -> None:
    """No payload makes a path fail."""
    assert value_of("body.a.b[0].c") is None
    assert value_of("body.a.b[0].c", body={"a": {"b": "text"}}) is None


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        ("!body.livemode", {"body": {"livemode": False}}, True),
        ("!body.livemode", {"body": {"livemode": True}}, False),
        ("!body.a[0]", {"body": {"a": [False]}}, True),
        ("!body.a.b && body.c", {"body": {"a": {"b": None}, "c": True}}, True),
        ("!body.a == `true`", {"body": {"a": None}}, True),
    ],
)
def test_not_negates_the_whole_path(text: str, scope: dict[str, Json], value: Json) -> None:
    """`!body.livemode` is “not livemode”; the library alone reads it as a field of `!body`."""
    assert value_of(text, **scope) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("body.one == `true`", False),
        ("body.one == `1`", True),
        ("body.list == `[1]`", True),
        ("body.list == `[true]`", False),
        ("body.text > `1`", None),
        ("body.text > 'a'", True),
        ("body.one < body.none", None),
        ("body.one < `1.5`", True),
        ("body.big > `1.5`", True),
    ],
)
def test_values_of_unlike_kinds_never_compare_by_accident(text: str, value: Json) -> None:
    """True is not 1, and an order between text and number is null, not an exception."""
    body = {"one": 1, "list": [1], "text": "b", "none": None, "big": 10**400}
    assert value_of(text, body=body) is value


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("object.status", None),
        ("lower(object.status)", "string"),
        ("unix(object.created)", "date"),
        ("or_clear(unix(object.trial_end))", "date"),
        ("not_null(unix(object.a), unix(object.b))", "date"),
        ("not_null(unix(object.a), object.b)", None),
        ("object.a | lower(@)", "string"),
        ("object.status == 'active'", "boolean"),
        ("!object.livemode", "boolean"),
        ("length(object.items)", "integer"),
        ("sum(records.subscriptions[].spend)", "float"),
        ("lookup(object.status, 'status')", "string"),
        ("lookup(object.size, 'seats')", "integer"),
        ("not_null(object.name, 'Unknown')", None),
        ("'text'", "string"),
    ],
)
def test_the_outermost_typed_function_tells_the_type(text: str, type_: str | None) -> None:
    """A bare path has no type; what passes values through has theirs."""
    assert compiled(text).type == type_


def test_an_expression_says_what_it_reads() -> None:
    """Its root names, for `let`, and its paths, for the docs."""
    made = compiled("not_null(price.nickname, body.data.items[0].id)")
    assert made.names == {"price", "body"}
    assert {"price.nickname", "body.data.items[].id"} == made.paths
    assert compiled("body.a[?kind == 'x'] | [0].body").paths == {"body.a[]"}


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ({}, None),
        ({"trial_end": None}, CLEAR),
        ({"trial_end": ""}, CLEAR),
        ({"trial_end": "  "}, CLEAR),
        ({"trial_end": 1767323045}, 1767323045),
        ({"trial_end": 0}, 0),
        ({"trial_end": False}, False),
    ],
)
def test_or_clear_tells_missing_from_null(payload: Json, value: Json) -> None:
    """Missing leaves alone, null or blank clears, all else is written."""
    assert value_of("or_clear(object.trial_end)", object=payload) == value


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        ("or_clear(object.coupon.name)", {"object": {"coupon": None}}, CLEAR),
        ("or_clear(object.coupon.name)", {"object": {"coupon": {}}}, None),
        ("or_clear(object.coupon.name)", {"object": None}, None),
        ("or_clear(price.nickname)", {"price": None}, None),
        ("or_clear(price.nickname)", {"price": {"nickname": None}}, CLEAR),
        ("or_clear(object.items[0].name)", {"object": {"items": []}}, None),
        ("or_clear(object.items[0].name)", {"object": {"items": [{"name": None}]}}, CLEAR),
        ("or_clear(unix(object.at))", {"object": {"at": None}}, CLEAR),
        ("or_clear(unix(object.at))", {"object": {}}, None),
        ("or_clear(unix(object.at))", {"object": {"at": "soon"}}, None),
        ("or_clear(not_null(object.a, object.b))", {"object": {"a": None}}, CLEAR),
        ("or_clear(not_null(object.a, object.b))", {"object": {}}, None),
        ("or_clear(object.a || object.b)", {"object": {"b": None}}, CLEAR),
        ("or_clear(object.a | lower(@))", {"object": {"a": None}}, CLEAR),
        ("or_clear(object.f[?k == 'x'].v | [0])", {"object": {"f": []}}, None),
    ],
)
def test_or_clear_clears_only_what_the_payload_says_is_empty(
    text: str, scope: dict[str, Json], value: Json
) -> None:
    """A null above the value counts; an absent name, element or `let` does not."""
    assert value_of(text, **scope) == value


def test_a_scope_may_be_read_only_and_is_left_as_it_was() -> None:
    """Evaluation changes nothing it is given."""
    body = {"tags": ["a"], "traits": {"b": {"c": 1}}}
    text = "[merge(body.traits, {x: 'y'}), sort(body.tags), flatten(body), rename(body, {b: 'c'})]"
    compiled(text).evaluate(MappingProxyType({"body": MappingProxyType(body)}), Context())
    assert body == {"tags": ["a"], "traits": {"b": {"c": 1}}}


def test_one_expression_serves_many_threads() -> None:
    """Warnings and values of one thread never show up in another."""
    made = compiled("lookup(object.status, 'status')")
    wrong: list[tuple[Json, list[str]]] = []

    def work(number: int) -> None:
        for _ in range(200):
            context = Context(tables=TABLES)
            value = made.evaluate({"object": {"status": f"s{number}"}}, context)
            if value != f"s{number}" or [f"s{number}" in one for one in context.warnings] != [True]:
                wrong.append((value, context.warnings))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_error_names_no_value_of_the_payload() -> None:
    """Messages end in logs; payloads do not."""
    with pytest.raises(ExpressionError) as caught:
        value_of("sum(body)", body=["ada@example.com", 1])
    assert "ada" not in str(caught.value)
