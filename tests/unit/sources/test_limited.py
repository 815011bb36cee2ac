"""A body is read whole or not at all."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Unreadable
from bridge.sources.limited import check_encoding, read_limited


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time and remembers how many it gave."""

    def __init__(self, content: bytes, step: int = 3) -> None:
        self.content, self.step, self.given = content, step, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.content[self.given : self.given + min(size, self.step)]
        self.given += len(piece)
        return piece


class Broken:
    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError("gone")


def status_of(stream, content_length: int | None, limit: int) -> int:
    with pytest.raises(Unreadable) as error:
        read_limited(stream, content_length, limit)
    return error.value.status


@given(st.binary(max_size=40), st.integers(0, 40), st.integers(1, 9), st.booleans())
def test_a_body_is_read_whole_or_refused(content, limit, step, told):
    """Never a part that looks whole, whether its length was told or not."""
    length = len(content) if told else None
    if len(content) > limit:
        assert status_of(Trickle(content, step), length, limit) == 413
    else:
        assert read_limited(Trickle(content, step), length, limit) == content


def test_a_body_told_to_be_too_long_is_not_read():
    """The answer comes before the bytes."""
    stream = Trickle(b"x" * 100)
    assert status_of(stream, 100, 99) == 413
    assert stream.given == 0


def test_a_chunked_body_is_read_to_one_byte_beyond_the_limit():
    """However much is still to come."""
    stream = Trickle(b"x" * 10_000)
    assert status_of(stream, None, 10) == 413
    assert stream.given == 11


def test_no_more_is_read_than_content_length_says():
    """What follows on the connection is another request."""
    assert read_limited(Trickle(b"{}POST /"), 2, 100) == b"{}"


def test_a_body_that_ends_early_is_refused():
    """Half a body is none."""
    assert status_of(Trickle(b"half"), 8, 100) == 400


def test_a_broken_connection_is_the_senders_matter():
    """Whatever the server raises while reading, the sender did not send all."""
    assert status_of(Broken(), None, 100) == 400


def test_a_negative_length_is_refused():
    """It would read everything, or nothing."""
    assert status_of(Trickle(b"x"), -1, 100) == 400


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "identity, gzip", "x"])
def test_a_compressed_body_is_refused(encoding):
    """A small bomb is not let in."""
    with pytest.raises(Unreadable) as error:
        check_encoding(encoding)
    assert error.value.status == 415


@pytest.mark.parametrize("encoding", [None, "", "identity", "Identity"])
def test_a_body_as_it_is_passes(encoding):
    """Without a Content-Encoding there is nothing to undo."""
    check_encoding(encoding)
