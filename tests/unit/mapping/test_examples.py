"""Example documents are read as strictly as mappings, and `check` asks one for each route."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from bridge.errors import MappingError
from bridge.mapping.example import EXAMPLE_GRAMMAR, Example, ExpectedCall, Holdings
from bridge.mapping.examples import load_example, load_examples
from bridge.mapping.grammar import GRAMMAR, Kind
from bridge.mapping.lint import lint, lint_catalogue
from bridge.mapping.load import Catalogue, load_folders
from bridge.mapping.mapping import Mapping
from bridge.model import State

ROUTES = """\
event: {type: =body.type}
routes:
  - on: a
    user:
      match:
        email: =body.email
  - on: b
    user:
      match:
        email: =body.email
"""

Load = Callable[..., Mapping]
Write = Callable[[str, str], Path]


@pytest.fixture
def mapping(load: Load) -> Mapping:
    """Give a mapping of two routes."""
    return load(ROUTES)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an example beside the mapping."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / "shop" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return written


def test_an_example_says_what_is_sent_and_what_follows(mapping: Mapping, write: Write) -> None:
    """Every key comes out as a value."""
    path = write(
        "renewed",
        """\
        title: Renewed
        about: The plan goes on.
        given: [Signed up]
        intercom:
          contacts:
            - {role: user, email: ada@b.co, custom_attributes: {plan: Trial}, tags: [vip]}
        send:
          payload: {type: a, email: ada@b.co, n: 9007199254740993}
          headers: {X-Topic: a}
          query: {shop: one}
        outcome: waiting
        reason: nobody is known
        calls:
          - GET /contacts/find_by_external_id/7
          - call: PUT /contacts/1
            body: {name: Ada}
        holds:
          contacts: [{email: ada@b.co, name: Ada}]
          tags: [vip]
          events: [{event_name: ordered}]
        """,
    )
    example = load_example(mapping, path)
    contact = {
        "role": "user",
        "email": "ada@b.co",
        "custom_attributes": {"plan": "Trial"},
        "tags": ["vip"],
    }
    assert example == Example(
        mapping_source="shop",
        path=str(path),
        title="Renewed",
        about="The plan goes on.",
        given=("Signed up",),
        before=Holdings(contacts=(contact,)),
        payload={"type": "a", "email": "ada@b.co", "n": 9007199254740993},
        headers={"Content-Type": "application/json", "X-Topic": "a"},
        query={"shop": "one"},
        outcome=State.WAITING,
        reason="nobody is known",
        calls=(
            ExpectedCall("GET", "/contacts/find_by_external_id/7"),
            ExpectedCall("PUT", "/contacts/1", {"name": "Ada"}),
        ),
        holds=Holdings(
            contacts=({"email": "ada@b.co", "name": "Ada"},),
            tags=("vip",),
            events=({"event_name": "ordered"},),
        ),
    )
    assert json.loads(example.body) == example.payload


def test_a_body_may_be_text_of_any_type(mapping: Mapping, write: Write) -> None:
    """Forms are no JSON."""
    path = write(
        "form",
        "title: F\nsend:\n  body: email=ada%40b.co\n  type: application/x-www-form-urlencoded\n",
    )
    example = load_example(mapping, path)
    assert example.body == b"email=ada%40b.co"
    assert example.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert (example.outcome, example.calls) == (State.DONE, None)


def test_no_calls_is_said_by_an_empty_list(mapping: Mapping, write: Write) -> None:
    """It is not the same as saying nothing of calls."""
    path = write("none", "title: N\nsend: {payload: {type: c}}\noutcome: skipped\ncalls: []\n")
    assert load_example(mapping, path).calls == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]\n", ["1:1: an example is a block of keys: begin with `title:`"]),
        (
            "titel: A\nsend: {payload: 1}\n",
            [
                "1:1: `titel` is no key of this file; did you mean `title`?",
                "1:1: `title` is missing here: what happens, in a few words",
            ],
        ),
        ("title: A\n", ["1:1: `send` is missing here: the request"]),
        (
            "title: A\nsend: {}\n",
            ["2:7: `send` takes either `payload` (JSON) or `body` (text)"],
        ),
        (
            "title: A\nsend: {payload: 1, body: x}\n",
            ["2:7: `send` takes either `payload` (JSON) or `body` (text)"],
        ),
        (
            "title: A\nsend: {payload: 1}\noutcome: finished\n",
            [
                "3:10: `outcome` cannot be `finished`: it takes `done`, `skipped`, `waiting`, "
                "`parked`, `failed`"
            ],
        ),
        (
            "title: A\nsend: {payload: 1}\ncalls: [PATCH /x, POST contacts, {cal: GET /x}]\n",
            [
                "3:9: a call is a method and a path, such as `POST /contacts`",
                "3:19: a call is a method and a path, such as `POST /contacts`",
                "3:34: `call` is missing here: method and path",
                "3:35: `cal` is no key of `call`; did you mean `call`?",
            ],
        ),
        (
            "title: A\nsend: {payload: 1}\ncalls: none\n",
            ["3:8: `calls` is a list: `- POST /contacts`; `[]` where none follows"],
        ),
        (
            "title: A\nsend: {payload: 1}\nholds: {contact: []}\n",
            ["3:9: `contact` is no key of `holds`; did you mean `contacts`?"],
        ),
    ],
)
def test_an_example_is_checked(
    text: str, expected: list[str], mapping: Mapping, write: Write
) -> None:
    """With place and nearest right name, as a mapping is."""
    path = write("a", text)
    with pytest.raises(MappingError) as refused:
        load_example(mapping, path)
    found = [f"{one.line}:{one.column}: {one.message}" for one in refused.value.problems]
    assert found == expected


def test_examples_come_by_file_name(mapping: Mapping, write: Write) -> None:
    """A mapping without a folder has none."""
    assert load_examples(mapping) == []
    write("b", "title: B\nsend: {payload: 1}\n")
    write("a", "title: A\ngiven: [B]\nsend: {payload: 1}\n")
    assert [one.title for one in load_examples(mapping)] == ["A", "B"]


def test_titles_are_unique_and_given_names_one(mapping: Mapping, write: Write) -> None:
    """All examples' problems are told at once."""
    write("a", "title: Sign up\nsend: {payload: 1}\n")
    write("b", "title: Sign up\nsend: {payload: 1}\n")
    write("c", "title: C\ngiven: [Sing up]\nsend: {payload: 1}\n")
    with pytest.raises(MappingError) as refused:
        load_examples(mapping)
    one, two = refused.value.problems
    assert (Path(one.file).name, one.line, one.column) == ("b.yaml", 1, 1)
    assert one.message.startswith("this is the title of ")
    assert str(two).endswith(
        "c.yaml:2:9: `Sing up` is the title of no other example; did you mean `Sign up`?"
    )


def test_each_route_wants_an_example(mapping: Mapping, write: Write) -> None:
    """A warning for one's own mappings, an error for the shipped ones."""
    write("a", "title: A\nsend: {payload: {type: a, email: a@b.co}}\n")
    (finding,) = lint(mapping)
    assert finding.severity == "warning"
    assert (finding.problem.line, finding.problem.column) == (11, 5)
    assert finding.problem.message.startswith("no example takes route b: add one in ")
    assert [one.severity for one in lint(mapping, examples_required=True)] == ["error"]
    write("b", "title: B\nsend: {payload: {type: b, email: a@b.co}}\n")
    assert lint(mapping) == []


def test_a_broken_example_is_an_error(mapping: Mapping, write: Write) -> None:
    """It is a test that would never run."""
    write("a", "titel: A\n")
    assert {one.severity for one in lint(mapping)} == {"error"}


def test_a_body_that_is_no_json_is_read_by_the_reader_given(mapping: Mapping, write: Write) -> None:
    """Forms and XML are read elsewhere."""
    write("a", "title: A\nsend: {body: x}\n")
    write("b", "title: B\nsend: {payload: {type: b}}\n")
    assert len(lint(mapping)) == 1
    assert lint(mapping, read_body=lambda receipt: {"type": "ab"[receipt.body != b"x"]}) == []


def test_the_order_of_identifiers_is_looked_at(load: Load) -> None:
    """The order written is the order tried, so a weak one first is worth a word."""
    mapping = load(
        "routes:\n  - user:\n      match:\n        email: =body.email\n"
        "        external_id: =body.id\n        user_id: =body.id\n"
    )
    found = [str(one).split("shop.yaml:")[1] for one in lint(mapping)][:3]
    assert found == [
        "9:9: warning: `external_id` stands behind a weaker identifier: "
        "intercom_id, external_id, links, email is the order in which they are trusted",
        "10:9: warning: `user_id` stands behind a weaker identifier: "
        "intercom_id, external_id, links, email is the order in which they are trusted",
        "10:9: warning: `user_id` is a link here; Intercom's own field is `external_id`",
    ]


def test_a_route_that_changes_nothing_is_looked_at(load: Load) -> None:
    """It may be meant, to keep events from a route below."""
    (finding, _) = lint(load("routes:\n  - on: ping\n"))
    assert "this route changes nothing" in finding.problem.message


def test_a_catalogue_tells_broken_mappings_first(tmp_path: Path, mapping: Mapping) -> None:
    """One list for `bridge check`."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.yaml").write_text("source: bad\n")
    broken = load_folders([tmp_path / "bad"], {}).broken
    found = lint_catalogue(Catalogue({"shop": mapping}, broken))
    assert [one.severity for one in found] == ["error", "error", "warning", "warning"]


@pytest.mark.parametrize("grammar", [GRAMMAR, EXAMPLE_GRAMMAR])
def test_every_key_is_documented_and_every_block_exists(grammar: dict[str, tuple]) -> None:
    """The documentation and the editors' schema are made of this table."""
    for table, keys in grammar.items():
        assert len({key.name for key in keys}) == len(keys), table
        for key in keys:
            assert key.doc, key.name
            assert key.kinds, key.name
            assert bool(key.choices) == (Kind.CHOICE in key.kinds), key.name
            assert not key.block or key.block in grammar, key.name
