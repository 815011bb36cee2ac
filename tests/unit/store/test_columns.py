"""What senders invent becomes what both databases can keep."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql

from bridge.store.columns import Document, Key, Words, stored_key

DIALECT = postgresql.dialect()


@pytest.mark.parametrize("text", ["", "cus_9", "é" * 200, "a:b/c"])
def test_a_usual_key_is_stored_as_it_is(text):
    """An operator finds it by what the sender shows."""
    assert stored_key(text) == text


@pytest.mark.parametrize("text", ["x" * 201, "a\x00", "\ud800", "é" * 10**5])
def test_a_long_or_odd_key_is_stored_as_its_hash(text):
    """It is short and plain, the same each time, and not hashed twice."""
    stored = stored_key(text)
    assert stored.startswith("sha256:")
    assert len(stored) == 71
    assert stored_key(text) == stored == stored_key(stored)


def test_different_odd_keys_stay_different():
    """NUL is not simply left out, nor is the end of a long key."""
    odd = ["a\x00b", "ab\x00", "\ud800", "\ud801", "x" * 201, "x" * 202]
    assert len({stored_key(text) for text in odd}) == len(odd)


def test_nothing_stays_nothing():
    """A column without a value is not text."""
    assert Key().process_bind_param(None, DIALECT) is None
    assert Words().process_bind_param(None, DIALECT) is None
    assert Document().process_result_value(None, DIALECT) is None


@pytest.mark.parametrize("value", [None, 2**70, 1.1, "a\x00\ud800é", [{"a": [None]}], True])
def test_a_document_comes_back_exactly(value):
    """Also null itself, which is a value."""
    written = Document().process_bind_param(value, DIALECT)
    assert written.isascii()
    assert "\x00" not in written
    assert Document().process_result_value(written, DIALECT) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_document_holds_no_number_that_json_lacks(value):
    """It would be unreadable elsewhere."""
    with pytest.raises(ValueError, match="JSON"):
        Document().process_bind_param(value, DIALECT)
