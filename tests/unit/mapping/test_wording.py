"""Where a value comes from is said in words, and never less than the mapping says."""

from __future__ import annotations

import pytest

from bridge.mapping.wording import condition, in_words
from bridge.model import Json

LETS = {"object": "body.data.object", "plan": "not_null(object.plan, 'free')", "price": "object.p"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("=body.user.email", "`user.email`"),
        ("=object.items[0].id", "`data.object.items[0].id`"),
        ("=price.amount", "`data.object.p.amount`"),
        ("=plan", "`plan`"),
        ("=headers.x_topic", "the header `x-topic`"),
        ("=lower(object.email)", "`data.object.email`"),
        ("=not_null(body.a, unix(body.b), '')", "`a`, or else `b`, as a date"),
        ("=or_clear(body.phone)", "`phone`"),
        ("=lookup(body.s, 't', 'Other')", "`s` by the table `t`, else “Other”"),
        ("=money(body.cents, 'EUR')", "`cents`, in the currency “EUR”"),
        ("=!body.a && body.b || body.c", "(`b`, where `a` is not set), or else `c`"),
        ("=join('-', ['x', text(body.id)])", "“x” and `id`, joined with “-”"),
        ("=sha256(body.a)", "`sha256(body.a)`"),
        ("=body.list[?a == 'b'].c", "`body.list[?a == 'b'].c`"),
        ("Paid", "always “Paid”"),
        ("==body", "always “=body”"),
        (True, "always `true`"),
        (["customer", "=body.region"], "always “customer”; `region`"),
    ],
)
def test_a_value_is_said_in_words(value: Json, words: str) -> None:
    """What has no words is shown as it is written."""
    assert in_words(value, LETS) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("body.email || object.id", "`email` is set or `data.object.id` is set"),
        ("=!body.test", "`test` is not set"),
        ("body.n > `10` && body.paid", "`n` is more than `10` and `paid` is set"),
        ("!contains(['a', 'b'], body.s)", "not (`s` is “a” or “b”)"),
        ("starts_with(body.id, 'x')", "`id` begins with “x”"),
    ],
)
def test_a_condition_is_said_in_words(text: str, words: str) -> None:
    """Where only counts whether there is something, it says so."""
    assert condition(text, LETS) == words


def test_a_name_that_means_itself_ends() -> None:
    """`let` may name a value after the name it replaces."""
    assert in_words("=user.id", {"user": "user.inner"}) == "`user.inner.id`"
