"""What JMESPath would silently misread is refused, at its place, with what to write instead."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.expressions import Expression, Fault, compile_expression

NAMES = ("body", "event", "headers", "object", "price", "query", "records")
RECORDS = ("subscriptions",)
TABLES = ("status",)

REFUSED = [
    ("object.status == active", "active", "`active` is no name"),
    ("objct.status", "objct", "did you mean `object`?"),
    ("body.livemode == true", "true", "write it in backticks: `true`"),
    ("body.data[?live == false]", "false", "`false`"),
    ("not_null(body.a, null)", "null)", "`null`"),
    ("object.amount > 5", "5", "`5`"),
    ("object.amount > 1.5", "1.5", "`1.5`"),
    ("object.amount > -5", "-5", "`-5`"),
    ('object.status == "active"', '"active"', "single quotes: 'active'"),
    ('object.items[?status == "active"]', '"active"', "single quotes: 'active'"),
    ('object.items[?status == "past due"]', '"past due"', "single quotes: 'past due'"),
    ("object.items[?id == object.id]", "object.id]", "write `@.object`"),
    ("object.items[].{id: id, who: price.id}", "price.id}", "write `@.price`"),
    ("object.items[].lower(price)", "price)", "write `@.price`"),
    ("object.items | [?id == object.id]", "object.id]", "write `@.object`"),
    ("object.items | price", "price", "write `@.price`"),
    ("sort_by(object.items, &price.amount)", "price.amount", "write `@.price`"),
    ("object.{a: body.id}", "body.id", "write `@.body`"),
    ("lowercase(object.email)", "lowercase", "did you mean lower()"),
    ("concat(object.a, object.b)", "concat", "write words(a, b)"),
    ("coalesce(object.a)", "coalesce", "write not_null(a, b)"),
    ("frobnicate(object.a)", "frobnicate", "no function frobnicate()"),
    ("lower()", "lower", "0 argument(s)"),
    ("lower(object.a, object.b)", "lower", "2 argument(s): lower(text: text)"),
    ("not_null()", "not_null", "0 argument(s)"),
    ("lower(`5`)", "`5`", "takes a text as its first argument"),
    ("sum('a')", "'a'", "takes a list as its first argument"),
    ("sort_by(object.items, price)", "price", "takes an &expression"),
    ("lower(&object)", "object", "takes a text"),
    ("not_null(&object)", "object", "takes a value"),
    ("&object", "object", "`&` stands only"),
    ("lookup(object.status, 'staus')", "'staus'", "did you mean 'status'?"),
    ("lookup(object.status, object.table)", "object.table", "as text: lookup(x, 'status')"),
    ("lower(or_clear(object.a))", "or_clear", "around a whole value"),
    ("or_clear(object.a) || 'x'", "or_clear", "around a whole value"),
    ("or_clear(or_clear(object.a))", "or_clear(object", "around a whole value"),
    ("or_clear(price)", "price", "tell a missing value from a null"),
    ("or_clear(unix(price))", "price", "tell a missing value from a null"),
    ("@", "@", "begin with a name"),
    ("*", "", "Begin with a name"),
    ("[0].id", "", "Begin with a name"),
    ("object.a = 'b'", "= 'b'", "Compare with `==`"),
    ("object.a + object.b", "+", "There is no arithmetic"),
    ("object.a and object.b", "and", "`&&`"),
    ("object.a or object.b", "or object", "`||`"),
    ("not object.a", "object", "Write `!` for"),
    ("$.object.a", "$", "begin with a name"),
    ("object.a == `b`", "`b`", "text is 'b'"),
    ("`NaN`", "`NaN`", "JSON"),
    ("`1e999`", "`1e999`", "JSON"),
    ("object.a == \u2018b\u2019", "\u2018b", "straight single quotes"),
    ("object.a[::0]", "object", "cannot be 0"),
    ("object['a']", "'a'", "behind a dot"),
    ("object.first-name", "-name", "in double quotes"),
    ("lower(object.a", None, "a `(` is not closed"),
    ("object.items[?a == 'b'", None, "a `[` is not closed"),
    ("object.", None, "ends too early"),
    ("'text", "'text", "not closed"),
    ("lower(object.a object.b)", "object.b", "cannot stand here"),
    ('"lower"(object.a)', '"lower"', "without quotes"),
    ("", None, "empty"),
    ("  ", None, "ends too early"),
]


def faults(text: str) -> list[Fault]:
    """Give what is wrong with an expression."""
    made = compile_expression(text, names=NAMES, tables=TABLES, records=RECORDS)
    assert isinstance(made, list), f"{text} was accepted"
    return made


@pytest.mark.parametrize(("text", "place", "hint"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_misreading_is_refused_at_its_place(text: str, place: str | None, hint: str) -> None:
    """The first fault points at the word to change and says what to write."""
    fault = faults(text)[0]
    assert hint in fault.message
    assert fault.offset == (len(text) if place is None else text.index(place) if place else 0)


@pytest.mark.parametrize(
    "text",
    [
        "body.data.object.customer",
        "object.items[?@.object == 'x']",
        "object.comments[].body",
        "object.items[?price.id == 'x']".replace("price.id", "@.price.id"),
        'object."first name"',
        "object.true",
        "{a: object.id, b: [price.id]}",
        "headers.x_topic",
        "object.items[?status == 'active' && amount > `5`].price | [0]",
        "sum(records.subscriptions[?status == 'active'].spend)",
        "sort_by(object.items, &@.price.amount)[-1].id",
        "flatten(omit(body.traits, ['email']), '_')",
        "map(&lookup(@, 'status'), object.states)",
        "object.items[*].lower(name)",
        "\n  lower(\n    object.email\n  )\n",
    ],
)
def test_what_is_right_is_accepted(text: str) -> None:
    """The checks stand in nobody's way."""
    made = compile_expression(text, names=NAMES, tables=TABLES, records=RECORDS)
    assert isinstance(made, Expression), made


def test_every_fault_is_told_at_once_in_the_order_of_the_text() -> None:
    """One look at the list is enough to mend the expression."""
    found = faults("lowr(objct.a) || lookup(body.b, 'staus') == true")
    assert len(found) == 4
    assert [one.offset for one in found] == sorted(one.offset for one in found)


def test_an_expression_has_an_end() -> None:
    """2,000 characters are accepted, one more is not."""
    fits = "body." + "a" * 1995
    assert isinstance(compile_expression(fits, names=NAMES), Expression)
    assert "2,000 characters" in faults(fits + "a")[0].message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 900 + "body" + ")" * 900,
        "lower(" * 250 + "body" + ")" * 250,
        "[" * 1000,
        "!" * 1900 + "body",
        "&" + " & " * 600 + "body",
        "body" + ".*" * 900,
        "body" + "[]" * 900,
        "body" + " || body" * 200,
        "body" + " | [0]" * 300,
        "`" + "[" * 900 + "]" * 900 + "`",
        "body." + "{a:" * 600,
        "body" + "[?a" * 600,
    ],
)
def test_deep_nesting_is_refused_not_run_into(text: str) -> None:
    """Whatever nests, the answer is a fault."""
    assert any("50 deep" in fault.message for fault in faults(text))


@given(st.text(alphabet="abody.[]{}()|&!?*@`'\"0-1,: <>=\\é$\n", max_size=60))
def test_no_text_breaks_the_compiler(text: str) -> None:
    """Any text compiles or is refused with places inside it; nothing is raised or warned."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = compile_expression(text, names=("body", "a"))
    if not isinstance(made, Expression):
        assert made
        assert all(0 <= fault.offset <= len(text) for fault in made)
