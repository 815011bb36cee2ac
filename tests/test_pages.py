"""The pages say only what is so: links, commands, variables, mappings, tests and printed tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml
from click.testing import CliRunner

from bridge import config
from bridge.app import sources
from bridge.app.documentation import pages, stale
from bridge.app.rehearsal import rehearse
from bridge.app.source_page import SETUP, UNCOVERED, setup_of
from bridge.cli import cli
from bridge.config.settings import SETTINGS
from bridge.intercom.sandbox import faults, model
from bridge.mapping.examples import load_examples
from bridge.mapping.grammar import GRAMMAR
from bridge.mapping.load import OWN_SECRETS, load_mapping
from bridge.sources.schemes import PARAMETERS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
LANGUAGE = ROOT / "docs" / "mapping-language.md"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|\$ |python -m |bin/)bridge ([a-z].*)")
VARIABLE = re.compile(r"\b(?:BRIDGE|INTERCOM)_[A-Z][A-Z_]*")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fences(page: Path, *languages: str) -> list[str]:
    return [text for language, text in FENCE.findall(page.read_text()) if language in languages]


# --- links ----------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text())
    heads = (line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that exists, and where it names one, to a heading in it."""
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


# --- commands and variables -----------------------------------------------------------------------


def commands(page: Path) -> Iterator[str]:
    text = page.read_text()
    spans = re.findall(r"(?<!`)`([^`\n]+)`", FENCE.sub("", text))
    lines = "\n".join(fences(page, "sh", "console")).splitlines()
    for line in [*spans, *lines]:
        if found := COMMAND.search(line):
            yield found[1]


@each_page
def test_every_command_named_exists(page: Path) -> None:
    """With the subcommand and the options named."""
    for line in commands(page):
        words = line.split()
        command: click.Command = cli
        while isinstance(command, click.Group) and words:
            name = words.pop(0)
            there = command.get_command(click.Context(command), name)
            assert there is not None, f"`bridge {line}`: there is no {name}"
            command = there
        known = {option for one in command.params for option in one.opts}
        options = {word.rstrip(",;:") for word in words if word.startswith("--")}
        assert options <= known, f"`bridge {line}`: there is no {options - known}"


@each_page
def test_every_variable_named_is_read(page: Path) -> None:
    """Nobody sets a variable in vain; only the page of them all shows one that is misspelt."""
    known = {setting.name for setting in SETTINGS} | set(OWN_SECRETS.values())
    misspelt = {"BRIDGE_DRYRUN"} if page.name == "configuration.md" else set()
    assert set(VARIABLE.findall(page.read_text())) - misspelt <= known


# --- mappings -------------------------------------------------------------------------------------


@each_page
def test_every_whole_mapping_loads(page: Path, tmp_path: Path) -> None:
    """What a page shows can be copied: no problem, and nothing to remark."""
    for text in fences(page, "yaml"):
        if text.startswith("source:"):
            (tmp_path / "mapping.yaml").write_text(text)
            assert not load_mapping(tmp_path / "mapping.yaml", schemes=PARAMETERS).remarks


@pytest.mark.parametrize("text", fences(LANGUAGE, "yaml"), ids=lambda text: text.split(":")[0])
def test_every_piece_of_a_mapping_loads_in_its_place(text: str, tmp_path: Path) -> None:
    """A piece is set into a small mapping at the place where its keys belong."""
    if not text.startswith(("source:", "title:")):
        dumped = yaml.safe_dump(whole(text), sort_keys=False)
        # whole() reads every scalar as text: numbers lose the quotes they got
        (tmp_path / "mapping.yaml").write_text(re.sub(r"'(\d+)'", r"\1", dumped))
        load_mapping(tmp_path / "mapping.yaml", schemes=PARAMETERS)


def whole(text: str) -> dict[str, object]:
    piece = yaml.load(text, Loader=yaml.BaseLoader)
    person = {"match": {"email": "=body.email"}}
    if set(piece) <= {key.name for key in GRAMMAR["person"]}:
        piece = {"user": {**person, **piece}}
    if set(piece) <= {key.name for key in GRAMMAR["route"]}:
        own = {} if {"lead", "contact"} & set(piece) else {"user": person}
        piece = {"routes": [{**own, **piece}]}
    verify = {"scheme": "hmac", "secret": "SHOP_SECRET"}
    return {"source": "shop", "verify": verify, "routes": [{"user": person}], **piece}


@pytest.fixture
def academy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the mapping, example and payload that the page of the language shows."""
    folder = tmp_path / "mappings" / "academy"
    folder.mkdir(parents=True)
    mapping, *examples = [
        text for text in fences(LANGUAGE, "yaml") if text.startswith(("source:", "title:"))
    ]
    folder.with_suffix(".yaml").write_text(mapping)
    for number, text in enumerate(examples):
        (folder / f"{number}.yaml").write_text(text)
    (tmp_path / "enrolled.json").write_text(fences(LANGUAGE, "json")[0])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_shown_holds(academy: Path) -> None:
    """It is played against a sandbox like any other."""
    settings = config.read({"BRIDGE_MAPPINGS": str(academy / "mappings")})
    mapping = sources.mapping_of(sources.load(settings), "academy")
    verdicts = list(rehearse(mapping, settings))
    assert [verdict.differences for verdict in verdicts] == [()]


def test_the_output_shown_is_what_is_printed(academy: Path) -> None:
    """What stands below a command is its output, to the letter."""
    shown = [text.partition("\n") for text in fences(LANGUAGE, "console")]
    assert shown
    for command, _, output in shown:
        words = command.removeprefix("$ bridge ").split()
        assert CliRunner().invoke(cli, words).output.strip() == output.strip()


# --- sources --------------------------------------------------------------------------------------

SHIPPED = sources.load(config.read({"BRIDGE_MAPPINGS": str(ROOT / "mappings")})).mappings
FEWEST_EXAMPLES = 3


@pytest.mark.parametrize("source", sorted(SHIPPED))
def test_every_source_brings_what_its_page_needs(source: str) -> None:
    """`about`, three examples or more, and a setup.md beside them; then `make docs` prints it."""
    mapping = SHIPPED[source]
    setup = setup_of(mapping)
    missing = [
        what
        for what, there in {
            "`title` and `about` in the mapping": mapping.about and mapping.title != source,
            f"{FEWEST_EXAMPLES} examples": len(load_examples(mapping)) >= FEWEST_EXAMPLES,
            f"mappings/{source}/setup.md": setup,
            f"{SETUP!r} as its first line": setup.startswith(SETUP),
            "numbered steps": "\n1. " in setup,
            "the address to give the vendor": f"/hooks/{source}" in setup,
            f"the variable {mapping.verification.secret}": (mapping.verification.secret or "")
            in setup,
            f"{UNCOVERED!r}, with what one may miss": UNCOVERED in setup,
        }.items()
        if not there
    ]
    assert missing == [], f"{source} lacks these; see mappings/stripe/setup.md for the shape"


# --- printed parts, tests, and lists that must be whole -------------------------------------------


def test_printed_parts_are_up_to_date() -> None:
    """`make docs` would change nothing."""
    assert LANGUAGE in pages(ROOT)
    assert [page.name for page in stale(ROOT)] == []


@each_page
def test_every_test_named_exists(page: Path) -> None:
    """A promise is shown by a test that is there."""
    for path, name in TEST.findall(page.read_text()):
        tree = ast.parse((ROOT / path).read_text())
        named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in named, f"{path} has no {name}"


def test_every_promise_names_a_test() -> None:
    """None is taken on trust."""
    sections = (ROOT / "docs" / "promises.md").read_text().split("\n## ")[1:]
    assert len(sections) == 7
    assert all(TEST.search(section) for section in sections)


def test_every_reason_for_parking_is_explained() -> None:
    """The operator finds what to do for each."""
    text = (ROOT / "docs" / "operate.md").read_text()
    for path in ROOT.glob("handlers/*.py"):
        for reason in re.findall(r'Parked\(\s*"(\w+)"', path.read_text()):
            assert f"| `{reason}` |" in text, f"{reason} is not in the table of reasons"


def test_every_switch_of_the_sandbox_is_explained() -> None:
    """Rules, kinds of faults and its own addresses."""
    text = (ROOT / "docs" / "sandbox.md").read_text()
    rules = {f"| `{field.name}` |" for field in fields(model.Rules)}
    kinds = {f"| `{kind}` |" for kind in get_args(faults.Kind)}
    control = (ROOT / "bridge" / "intercom" / "sandbox" / "control.py").read_text()
    addresses = set(re.findall(r'"(/_sandbox/(?!view|static)\w+)"', control))
    assert addresses
    assert [one for one in sorted(rules | kinds | addresses) if one not in text] == []
