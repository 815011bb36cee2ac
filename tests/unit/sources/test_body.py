"""A body is read exactly or refused with words; nothing in it makes the reader fail otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources.body import dump, read_body, read_json

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
EXAMPLES = Path(__file__).parents[4] / "shared" / "payloads" / "html_form"


def refused(content_type: str | None, body: bytes) -> tuple[int, str]:
    with pytest.raises(Unreadable) as error:
        read_body(content_type, body)
    return error.value.status, str(error.value)


def read_or_refused(content_type: str | None, body: bytes) -> tuple[Json, int]:
    """Give what was read and 200, or None and the status of the refusal."""
    try:
        return read_body(content_type, body), 200
    except Unreadable as error:
        return None, error.status


# --- which reader -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/vnd.api+json",
        "application/cloudevents+json; charset=utf8",
        None,
        "",
    ],
)
def test_json_is_read_under_its_names_and_without_any(content_type):
    """Some senders forget the Content-Type."""
    assert read_body(content_type, b' {"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/html", "application/octet-stream", "json", "a/b+json"],
)
def test_another_content_type_is_refused_naming_those_accepted(content_type):
    """Plain text is what a form sends whose enctype is wrong: its values cannot be told apart."""
    status, words = refused(content_type, b"{}")
    assert status == 415
    assert content_type in words
    assert "application/x-www-form-urlencoded" in words


@pytest.mark.parametrize("body", [b"a=1", b"", b"<xml/>", b"12"])
def test_no_content_type_is_refused_unless_it_begins_like_json(body):
    """Nothing is guessed but what is plain to see."""
    assert refused(None, body)[0] == 415


def test_json_in_another_charset_is_refused():
    """RFC 8259 knows one encoding only."""
    assert refused("application/json; charset=iso-8859-1", b"{}")[0] == 415


# --- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890123", 12345678901234567890123),
        ("-9223372036854775809", -(2**63) - 1),
        ("1.5e3", 1500.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("null", None),
        ('"\\u0000"', "\0"),
        ('"\\ud83d\\ude42 🙂"', "🙂 🙂"),
        ('"\\\\ud83d"', "\\ud83d"),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ("[" * 100 + "]" * 100, None),
        ('"' + "[" * 500 + '"', "[" * 500),
        ("[" + ",".join(["{}"] * 500) + "]", [{}] * 500),
        ("9" * 4300, 10**4300 - 1),
    ],
)
def test_json_is_read_exactly(text, value):
    """Big integers stay exact; NUL is data; brackets in text, or side by side, are not nesting."""
    read = read_json(text.encode())
    assert value is None or (read == value and type(read) is type(value))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "at line 1, column 2"),
        (b'{"a": 1,\n "b"}', "at line 2, column 5"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} {}', "Extra data at line 1, column 10"),
        (b"[01]", "not JSON"),
        (b'["\n"]', "control character"),
        (b'["\x00"]', "control character"),
        (b'{"a": 1, "a": 1}', "'a' is given twice"),
        (b'[{"x": {"b": 1, "c": 2, "b": 3}}]', "'b' is given twice"),
        (b'{"a": 1, "\\u0061": 2}', "'a' is given twice"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b"[1e999]", "too large"),
        (b"-1e400", "too large"),
        (b'["\\ud83d"]', "surrogate"),
        (b'{"\\udc00\\ud800": 1}', "surrogate"),
        (b'["\xff"]', "not UTF-8: byte 2"),
        (b'["\xed\xa0\x80"]', "not UTF-8: byte 2"),
        (b'{"a": "caf\xe9"}', "not UTF-8: byte 10"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 101 + b"]" * 101, "nested more than 100"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "nested more than 100"),
        (b"[" * 1_000_000, "nested more than 100"),
        (b'{"a":' * 200_000, "nested more than 100"),
        (b"9" * 4301, "4300 digits"),
        (b"[-" + b"1" * 1_000_000 + b"]", "4300 digits"),
    ],
)
def test_hostile_or_broken_json_is_refused_with_its_place(body, words):
    """Each is refused with status 400 in words that say what to look for."""
    status, said = refused(JSON, body)
    assert status == 400
    assert words in said


@pytest.mark.parametrize(
    "body", [b'"\\' * 500_000, b'{"' + b'\\"' * 500_000, b'"[' * 500_000, b'[["' * 300_000]
)
def test_text_that_never_ends_is_refused_like_any_other(body):
    """The look at the nesting passes over each byte once, whatever the quotes do."""
    assert refused(JSON, body)[0] == 400


def test_a_refusal_does_not_repeat_what_was_sent():
    """Messages go to logs; bodies do not."""
    _, words = refused(JSON, b'{"email": "ann@example.com", oops}')
    assert "ann@example.com" not in words


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_VALUES)
def test_what_is_written_is_read_back_the_same(value):
    """An item of a batch is stored as bytes and read again."""
    assert read_json(dump(value)) == value
    assert read_json(json.dumps(value).encode()) == value


@given(
    st.binary(max_size=200), st.sampled_from([JSON, FORM, None, "multipart/form-data;boundary=b"])
)
def test_any_bytes_are_read_or_refused(body, content_type):
    """No stranger's bytes make the reader fail in another way, and what is read can be stored."""
    value, status = read_or_refused(content_type, body)
    assert status in (200, 400, 413, 415)
    assert read_json(dump(value)) == value


@given(st.text('[]{}",:\\u0dD8019eE.-naInft ', max_size=80))
def test_anything_like_json_is_read_or_refused(text):
    """The grammar's own characters, shuffled."""
    value, status = read_or_refused(JSON, text.encode())
    assert status in (200, 400)
    assert read_json(dump(value)) == value


@given(st.text(), st.binary(max_size=20))
def test_any_content_type_is_read_or_refused(content_type, body):
    """A Content-Type is a stranger's text too."""
    assert read_or_refused(content_type, body)[1] in (200, 400, 413, 415)


# --- forms --------------------------------------------------------------------------------------


def test_a_form_becomes_an_object():
    """A repeated name becomes a list, an empty value stays, brackets stay in the name."""
    body = b"name=Zo%C3%AB+M&tag=a&tag=b&company%5Bname%5D=%26+Co&empty=&bare"
    assert read_body(FORM, body) == {
        "name": "Zoë M",
        "tag": ["a", "b"],
        "company[name]": "& Co",
        "empty": "",
        "bare": "",
    }


def test_an_empty_form_is_an_empty_object():
    """A form without fields is odd, and no mistake."""
    assert read_body(FORM, b"") == {}


def test_a_form_is_read_in_the_charset_it_names():
    """Old pages send Latin-1 and say so."""
    assert read_body(FORM + "; charset=ISO-8859-1", b"n=Zo%EB&m=\xeb") == {"n": "Zoë", "m": "ë"}


@pytest.mark.parametrize("body", [b"n=Zo%EB", b"n=\xeb", b"n=%ED%A0%80"])
def test_a_form_that_is_not_what_it_says_is_refused(body):
    """A name is not stored with its letters replaced."""
    assert refused(FORM, body) == (400, "the form is not utf-8")


def test_a_charset_nobody_needs_is_refused():
    """There are codecs that do more than decode."""
    assert refused(FORM + "; charset=utf-7", b"n=1")[0] == 415
    assert refused(FORM + "; charset=zlib_codec", b"n=1")[0] == 415


def test_a_form_of_too_many_fields_is_refused():
    """A thousand fields is no form."""
    assert refused(FORM, b"&".join([b"a=1"] * 1001))[0] == 413
    assert len(read_body(FORM, b"&".join([b"a=1"] * 1000))["a"]) == 1000


def part(disposition: str, content: bytes, content_type: str = "") -> bytes:
    more = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"--b0\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


MULTIPART = "multipart/form-data; boundary=b0"


def test_a_multipart_form_becomes_an_object_without_its_files():
    """Of a file its name, type and size are kept, never what is in it."""
    body = (
        part('name="name"', "Zoë\r\nMüller".encode())
        + part('name="tag"', b"a")
        + part('name="tag"', b"\xeb", "text/plain; charset=iso-8859-1")
        + part('name="cv"; filename="c:v.txt"', b"\x00\r\n" * 40_000, "text/plain")
        + b"--b0--\r\n"
    )
    assert read_body(MULTIPART, body) == {
        "name": "Zoë\r\nMüller",
        "tag": ["a", "ë"],
        "cv": {"filename": "c:v.txt", "content_type": "text/plain", "size": 120_000},
    }


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (MULTIPART, part('name="a"', b"1"), 400),
        (MULTIPART, part('name="a"', b"1")[:-20], 400),
        (MULTIPART, part("x=1", b"1") + b"--b0--", 400),
        (MULTIPART, part('name="a"', b"\xff") + b"--b0--", 400),
        (MULTIPART, part('name="a"', b"1", "text/plain; charset=utf-7") + b"--b0--", 415),
        (MULTIPART, b"--b0\r\n\r\n1\r\n--b0--", 400),
        (MULTIPART, b"--b0\r\nX: \xff\r\n\r\n1\r\n--b0--", 400),
        (MULTIPART, b"", 400),
        ("multipart/form-data", b"--b0--", 400),
        ("multipart/form-data; boundary=b\xf6", b"--b0--", 400),
        (MULTIPART, part('name="a"', b"1") * 1001 + b"--b0--", 413),
    ],
)
def test_a_broken_multipart_form_is_refused(content_type, body, status):
    """Cut off, without names or boundary, wrongly encoded, or endless."""
    assert refused(content_type, body)[0] == status


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b0",
                b"--",
                b"\r",
                b"\n",
                b": ",
                b'name="a"',
                b"x",
                b"\xff",
                b"Content-Disposition: form-data; name=a",
                b"; filename=f",
            ]
        )
    )
)
def test_any_pieces_of_a_multipart_form_are_read_or_refused(pieces):
    """The grammar's own pieces, shuffled."""
    assert read_or_refused(MULTIPART, b"".join(pieces))[1] in (200, 400, 413, 415)


# --- what libraries and browsers really send ----------------------------------------------------


def example(name: str) -> tuple[str, bytes]:
    found = next(EXAMPLES.glob(f"{name}.[bt]*"), None)
    if found is None:
        pytest.skip("the captured payloads are not beside the project")
    headers = json.loads((EXAMPLES / f"{name}.headers.json").read_text())
    return headers["Content-Type"], found.read_bytes()


def test_a_captured_urlencoded_form_is_read():
    """As encoded by an HTTP library, with a honeypot left empty."""
    read = read_body(*example("urlencoded"))
    assert read["name"] == "Zoë Müller"
    assert read["email"] == "zoe+test@example.com"
    assert read["interests"] == ["a", "b"]
    assert read["_gotcha"] == ""


def test_a_captured_multipart_form_is_read():
    """As encoded by an HTTP library, with a file."""
    read = read_body(*example("multipart"))
    assert read["name"] == "Zoë Müller"
    assert read["cv"]["filename"] == "cv.txt"


def test_a_captured_plain_text_form_is_refused():
    """As browsers send it where the page says enctype=text/plain."""
    assert refused(*example("text_plain"))[0] == 415
