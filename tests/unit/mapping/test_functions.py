"""Every function of the mapping language keeps what its declaration says."""

from __future__ import annotations

import pytest

from bridge.errors import ExpressionError
from bridge.mapping.expressions import Context, Expression, compile_expression, plain
from bridge.mapping.functions import REGISTRY
from bridge.mapping.functions.document import function_table
from bridge.mapping.functions.registry import Example, Function
from bridge.mapping.functions.time import parse_time
from bridge.model import Json

TABLES = {"status": {"active": "Paying", "true": "Yes"}}
EXAMPLES = [example for one in REGISTRY.values() for example in one.examples]
TAKES_NULL = {"not_null", "type", "to_array", "or_clear", "words"}
BUILT_IN = """
    abs avg contains ceil ends_with floor join keys length map max max_by merge min min_by not_null
    reverse sort sort_by starts_with sum to_array to_string to_number type values
"""


def value_of(text: str, scope: dict[str, Json], context: Context | None = None) -> Json:
    """Compile and evaluate an expression over `body`."""
    compiled = compile_expression(text, names=["body"], tables=TABLES)
    assert isinstance(compiled, Expression), compiled
    return compiled.evaluate(scope, context or Context(tables=TABLES))


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.expression for one in EXAMPLES])
def test_an_example_gives_what_it_says(example: Example) -> None:
    """The examples in the docs are true, to the type and to the warning."""
    context = Context(tables=TABLES)
    value = plain(value_of(example.expression, dict(example.scope), context))
    assert (value, type(value)) == (example.gives, type(example.gives))
    assert bool(context.warnings) == example.warns


@pytest.mark.parametrize("one", REGISTRY.values(), ids=list(REGISTRY))
def test_a_function_says_what_it_is_for(one: Function) -> None:
    """Nothing reaches the docs without a sentence and an example that calls it."""
    assert one.doc.endswith((".", "`."))
    assert any(f"{one.name}(" in example.expression for example in one.examples)


@pytest.mark.parametrize("name", sorted(set(REGISTRY) - TAKES_NULL))
def test_a_null_first_argument_gives_null(name: str) -> None:
    """A missing value goes through every function as null, without an error or a warning."""
    one, context = REGISTRY[name], Context()
    assert one([None] * max(one.least, 1), context) is None
    assert context.warnings == []


def test_every_function_of_jmespath_is_there() -> None:
    """Whoever knows JMESPath finds its functions."""
    assert set(BUILT_IN.split()) <= set(REGISTRY)


def test_a_null_where_a_value_is_needed_gives_null() -> None:
    """A missing later argument is as harmless as a missing first one."""
    assert value_of("join(', ', body.tags)", {"body": {}}) is None
    assert value_of("starts_with('cus_9', body.prefix)", {"body": {}}) is None
    assert value_of("map(&lower(@), body.tags)", {"body": {}}) is None


def test_a_wrong_type_is_an_error_that_names_function_and_argument() -> None:
    """The message tells what the function takes, never the value."""
    with pytest.raises(ExpressionError) as caught:
        value_of("lower(body.email)", {"body": {"email": [123454321]}})
    assert str(caught.value) == "lower() takes a text as its first argument, not a list."


def test_a_name_is_made_of_the_parts_that_are_there() -> None:
    """A person without a first name still has a name."""
    scope = {"body": {"first": None, "last": "Lovelace"}}
    assert value_of("words(body.first, body.last)", scope) == "Lovelace"


def test_aggregates_of_a_list_with_a_null_are_null() -> None:
    """What is partly unknown has no sum, no end and no order."""
    for name in ("sum", "avg", "max", "min", "sort"):
        assert value_of(f"{name}(body)", {"body": [1, None, 3]}) is None
    for name in ("max_by", "min_by", "sort_by"):
        assert value_of(f"{name}(body, &at)", {"body": [{"at": 1}, {}]}) is None


def test_sums_of_big_integers_are_exact() -> None:
    """No integer becomes a float on its way."""
    assert value_of("sum(body)", {"body": [2**70, 1]}) == 2**70 + 1
    assert value_of("number(body)", {"body": str(10**400)}) == 10**400
    assert value_of("text(body)", {"body": 10**400}) == "1" + "0" * 400


@pytest.mark.parametrize(
    "text",
    [
        "sum(body)",
        "avg(body)",
        "number('1e999')",
        "to_number('Infinity')",
        "to_number('NaN')",
    ],
)
def test_no_number_that_is_none_leaves(text: str) -> None:
    """Overflow gives null, not Infinity."""
    assert value_of(text, {"body": [1e308, 1e308, 1e308]}) is None


def test_names_that_clash_when_flattened_do_not_depend_on_the_order_of_keys() -> None:
    """The less nested value stays, whichever came first."""
    one = {"a": {"b": 1}, "a_b": 2}
    other = {"a_b": 2, "a": {"b": 1}}
    assert value_of("flatten(body)", {"body": one}) == {"a_b": 2}
    assert value_of("flatten(body)", {"body": other}) == {"a_b": 2}


def test_the_order_of_keys_never_shows() -> None:
    """Senders may order the keys of an object as they like."""
    one, other = {"b": 1, "a": 2}, {"a": 2, "b": 1}
    for text in ("keys(body)", "values(body)", "text(body)", "body.*", "sha256(body)"):
        assert value_of(text, {"body": one}) == value_of(text, {"body": other})


def test_hashes_of_several_values_do_not_collide() -> None:
    """Ids made of parts differ where the parts differ, also by a null."""
    texts = ["'ab', 'c'", "'a', 'bc'", "'abc', ''", "'abc', `null`", "'abc'"]
    assert len({value_of(f"sha256({text})", {}) for text in texts}) == len(texts)


def test_a_missing_table_entry_is_quoted_only_where_it_is_a_word() -> None:
    """The operator learns which status to add; an address is never copied into a warning."""
    context = Context(tables=TABLES)
    value_of("lookup('past_due', 'status')", {}, context)
    value_of("lookup('ada@example.com', 'status')", {}, context)
    assert "'past_due'" in context.warnings[0]
    assert "ada" not in context.warnings[1]


def test_warnings_are_kept_once_and_not_without_end() -> None:
    """A list of a thousand odd values does not drown an event."""
    context = Context(tables=TABLES)
    value_of("body[].lookup(@, 'status')", {"body": [f"odd{n}" for n in range(1000)] * 2}, context)
    assert len(context.warnings) == len(set(context.warnings)) == 20


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1767323045, 1767323045_000000),
        ("1767323045", 1767323045_000000),
        (1767323045.25, 1767323045_250000),
        (99_999_999_999, None),
        (100_000_000_000, 100_000_000_000_000),
        (1767323045123, 1767323045_123000),
        ("1767323045123", 1767323045_123000),
        ("2026-01-02T03:04:05.123456Z", 1767323045_123456),
        ("2026-01-02T03:04:05.123456789z", 1767323045_123456),
        ("2026-01-02T04:04:05.000+0100", 1767323045_000000),
        ("2026-01-02 03:04:05", 1767323045_000000),
        ("2026-01-02", 1767312000_000000),
        ("1899-12-31", None),
        ("2200-01-02", None),
        ("0001-01-01T00:00:00+14:00", None),
        (10**400, None),
        (float("nan"), None),
        ("", None),
        ("tomorrow", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_is_read_exactly_or_not_at_all(value: Json, micros: int | None) -> None:
    """Seconds, milliseconds and ISO 8601 give microseconds; absurd times give nothing."""
    assert parse_time(value) == micros


def test_the_table_in_the_docs_has_every_function() -> None:
    """The docs are printed from the registry."""
    table = function_table()
    assert all(f"`{one.signature}`" in table for one in REGISTRY.values())
