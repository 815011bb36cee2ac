"""YAML is read strictly, and every misreading is explained at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.mapping.document import open_document, parse
from bridge.mapping.nodes import to_json
from bridge.mapping.problems import Problems, place_inside
from bridge.model import Json


def read(text: str) -> tuple[Json, list[str]]:
    problems = Problems("a.yaml", text)
    node = parse(problems)
    value = None if node is None else to_json(node)
    return value, [f"{one.line}:{one.column}: {one.message}" for one in problems.found]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-02", "2026-01-02"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("007", 7),
        ("0o17", 15),
        ("0x1f", 31),
        ("-12", -12),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        ("9007199254740993", 9007199254740993),
        ("'12'", "12"),
        ("=", "="),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(written: str, value: Json) -> None:
    """Words of YAML 1.1 (on, NO, 12:30, dates) stay text."""
    assert read(f"a: {written}\n") == ({"a": value}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: `a` is here twice (first in line 1)"),
        ("a: &x 1\n", "1:4: anchors (`&x`) are not used here: remove it"),
        ("a: 1\nb: *x\n", "2:4: `*x` is a YAML alias: write the value out"),
        ("a: !!str 1\n", "1:4: tags (`!!str`) are not used here: remove it, or quote the text"),
        ("a: !!map {}\n", "1:4: tags (`tag:yaml.org,2002:map`) are not used here: remove it"),
        ("<<: {a: 1}\n", "1:1: merge keys (`<<`) are not used here: write the keys out"),
        ("? [a, b]\n: 1\n", "1:3: a key is a word: lists and blocks cannot be keys"),
        ("a: .inf\n", "1:4: `.inf` is too large, or no number; quote text"),
        ("a: 1e999\n", "1:4: `1e999` is too large, or no number; quote text"),
        ("a: 1\n---\nb: 1\n", "2:1: one file holds one document: remove this `---`"),
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "1:1: the file is empty"),
        ("a:\n\t- b\n", "2:1: a tab: YAML indents with spaces"),
        ("a: @x\n", "1:4: YAML keeps `@` for itself: quote the text"),
        (
            "a: =x[?b == 'c: d']\n",
            "1:1: YAML takes `: ` inside text for another key: put the text in quotes",
        ),
        (
            "when: !body.x\n",
            "1:7: YAML reads `!` as the beginning of a tag: write `when: =!body.x`",
        ),
        (
            "when: !contains(a, 'x')\n",
            "1:7: YAML reads `!` as the beginning of a tag: write `when: =!contains(a, 'x')`",
        ),
        (
            "set: {a: =f(x, y)}\n",
            "1:10: YAML cuts an expression inside { } at its comma: "
            "write `a: =…` on a line of its own",
        ),
        (
            "add: [=join(x, y)]\n",
            "1:7: YAML cuts an expression inside [ ] at its comma: "
            "write `- =…` on a line of its own",
        ),
        (
            "set: {a: =x[?y == 'z']}\n",
            "1:6: YAML reads brackets and commas of an expression inside { } or [ ] as its own: "
            "write each key on a line of its own",
        ),
    ],
)
def test_what_yaml_would_misread_is_refused_with_what_to_write(text: str, problem: str) -> None:
    """Each trap is told once, at its line and column."""
    assert read(text)[1] == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2: this is not YAML: did not find expected key"
            ": this line is indented unlike those above",
        ),
        (
            "a: 1\n  b: 2\n",
            "2:4: this is not YAML: mapping values are not allowed in this context"
            ": indent it like the line above, or quote the text",
        ),
        (
            "a: 'x\n",
            "2:1: this is not YAML: found unexpected end of stream: a quote is not closed",
        ),
    ],
)
def test_what_is_no_yaml_is_told_with_what_is_most_often_wrong(text: str, problem: str) -> None:
    """The parser's own words say little to those who do not know YAML's grammar."""
    assert read(text)[1] == [problem]


def test_an_anchor_and_its_alias_are_both_told() -> None:
    """All problems of a file are reported at once."""
    assert [one.split(": ", 1)[0] for one in read("a: &x 1\nb: *x\nc: 1\nc: 2\n")[1]] == [
        "1:4",
        "2:4",
        "4:1",
    ]


def test_a_file_nested_without_end_is_refused() -> None:
    """Neither the stack nor the patience of the reader is used up."""
    assert read("[" * 500 + "]" * 500)[1] == ["1:61: this is nested more than 60 deep"]


def test_bytes_that_are_no_utf8_are_told_with_their_line(tmp_path: Path) -> None:
    """A file saved in another encoding says so, not UnicodeDecodeError."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    _, problems = open_document(path)
    assert [str(one) for one in problems.found] == [
        f"{path}:2:1: the file is not UTF-8 text: save it as UTF-8"
    ]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """Editors of Windows write one."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    node, problems = open_document(path)
    assert (node and to_json(node), problems.found) == ({"a": 1}, [])


def test_a_control_character_is_told_at_its_place() -> None:
    """What no text may hold is found by eye only with its line and column."""
    assert read("a: 1\nb: x\x07\n")[1] == ["2:5: a character that no text holds"]


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: =body.x\n", 6, (1, 10)),
        ("a: '=body.x'\n", 6, (1, 11)),
        ('a: "=f(\\"q\\", x)"\n', 8, (1, 15)),
        ("a: |\n  =one\n  two\n", 5, (3, 3)),
        ("a: >-\n  =one\n  two\n", 5, (3, 3)),
        ("a: =one\n  two\n", 5, (2, 3)),
    ],
)
def test_a_place_inside_a_scalar_is_found_in_the_file(
    text: str, offset: int, place: tuple[int, int]
) -> None:
    """Quotes, escapes and folded lines do not shift the column."""
    node = parse(Problems("a.yaml", text))
    scalar = node.get("a")  # type: ignore[union-attr]
    found = place_inside(text, scalar, offset)  # type: ignore[arg-type]
    assert (found.line, found.column) == place


def test_a_cut_comment_in_text_is_told(problems: Callable[..., list[str]]) -> None:
    """YAML ends plain text at ` #`; a comment has a space behind it."""
    found = problems(
        """\
        source: shop
        verify: {scheme: token, secret: S}
        routes:
          - on: a
            user:
              match: {email: =body.email}
              set:
                name: Plan #1
                custom_attributes:
                  one: =lower(' #x')
                  two: '=lower(" #x'
        """
    )
    assert found == [
        "8:15: YAML takes ` #1` for a comment: put the text in quotes, "
        "or write a space behind the `#`",
        "10:23: YAML takes ` #x')` for a comment and cuts the expression there: "
        "put the whole expression in quotes",
        '11:24: this `"` is never closed',
    ]
