"""Where a person stands in what was stored."""

from __future__ import annotations

import pytest

from bridge.model import Identifier
from bridge.worker.traces import Person

ADA = Person.of(
    [
        Identifier("email", "ada@example.com"),
        Identifier("stripe_customer", "cus_9"),
        Identifier("external_id", "42"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        "Write to Ada@Example.com.",
        "<ada@example.com>",
        "cus_9",
        "a,ada@example.com",
    ],
)
def test_an_address_is_found_in_any_text_and_an_id_as_a_value(text: str) -> None:
    """In any case, and within longer texts."""
    assert ADA.is_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "xada@example.com",
        "x.ada@example.com",
        "ada@example.com.au",
        "ada@example.community",
        "cus_91",
        "see cus_9",
        "42",
        "",
    ],
)
def test_what_is_part_of_something_longer_is_somebody_else(text: str) -> None:
    """Nor does a short number mean anybody: it is found where the mapping says what it is."""
    assert not ADA.is_in(text)


@pytest.mark.parametrize(
    "raw",
    [b'{"e":"ada\\u0040example.com"}', b"email=ada%40example.com", b"cus_9", b"ADA@EXAMPLE.COM"],
)
def test_the_first_look_misses_nobody(raw: bytes) -> None:
    """However the text was escaped on its way."""
    assert ADA.may_be_in(raw.lower())


def test_the_first_look_passes_over_others() -> None:
    """So that what is stored of them need not be parsed."""
    assert not Person.of([Identifier("email", "ada@example.com")]).may_be_in(b'{"name":"bob"}')


def test_a_name_in_other_letters_is_looked_for_everywhere() -> None:
    """Nothing of it is sure to stand as it is."""
    assert Person.of([Identifier("crm", "Ада")]).may_be_in(b"anything")
