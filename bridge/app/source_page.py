"""The page of one source in docs/sources/: set-up, what arrives, what becomes of it.

It is printed from the mapping itself, its examples, and `setup.md` beside them, so that it cannot
tell anything else than the mapping does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bridge.app.markdown import table
from bridge.app.source_blocks import CHANGES, Lets, rows, title
from bridge.mapping.document import open_document
from bridge.mapping.examples import load_examples
from bridge.mapping.grammar import GRAMMAR
from bridge.mapping.mapping import Mapping
from bridge.mapping.nodes import to_json
from bridge.mapping.wording import condition, in_words
from bridge.model import Json

SETUP = "## Set up"
UNCOVERED = "## What is not covered"
"""The headings that the set-up text of a shipped source must have."""


def setup_of(mapping: Mapping) -> str:
    """Give the text of `setup.md` among the examples, empty where there is none."""
    path = Path(mapping.path).parent / mapping.source / "setup.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def source_page(mapping: Mapping) -> str:
    """Give the page of a source."""
    node, _ = open_document(Path(mapping.path))
    told: dict[str, Json] = to_json(node) if node is not None else {}
    setup, _, uncovered = setup_of(mapping).partition(UNCOVERED)
    lets = _texts(told.get("let", {}))
    parts = [
        _head(mapping),
        setup.strip(),
        "## What arrives\n\n" + _event(told, lets),
        "## What it becomes\n\n" + _introduction(told),
        *(_route(route, lets) for route in told["routes"]),
        *_names(told, lets),
        "## Examples\n\n" + _examples(mapping),
        f"{UNCOVERED}\n\n{uncovered.strip()}" if uncovered else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(mapping: Mapping) -> str:
    secret = mapping.verification.secret
    rows = [
        ("address", f"`https://<your bridge>/hooks/{mapping.source}`"),
        ("secret", f"`{secret}`, an environment variable" if secret else "none"),
        ("signature", f"`{mapping.verification.scheme}`: see [security](../security.md)"),
        (
            "mapping",
            f"[mappings/{mapping.source}.yaml](../../mappings/{mapping.source}.yaml): "
            f"change it, and `bridge check {mapping.source}` says whether it holds",
        ),
    ]
    note = "<!-- Printed by `make docs` from the mapping and its setup.md: change those. -->"
    return f"{note}\n# {mapping.title}\n\n{mapping.about}\n\n{table(('', ''), rows)}"


def _texts(lets: Json) -> dict[str, str]:
    return {name: str(text).removeprefix("=") for name, text in lets.items()}


def _event(told: dict[str, Json], lets: Lets) -> str:
    docs = {key.name: key.doc for key in GRAMMAR["event"]}
    said: list[tuple[str, str, str]] = []
    for key, value in told.get("event", {}).items():
        words = condition(str(value), {}) if key in ("when", "test") else in_words(value, {})
        said.append((key, words, docs[key]))
    items = told.get("receive", {}).get("each")
    batch = f"One request holds several events: {in_words(items, lets)}.\n\n" if items else ""
    return batch + table(("", "where it stands in what is sent", "what it is for"), said)


def _introduction(told: dict[str, Json]) -> str:
    types = [_on(route) for route in told["routes"]]
    listed = "; ".join(dict.fromkeys(types))
    return (
        f"The first of these that fits is taken: {listed}. Everything else is stored as skipped. "
        "A field is written only where it differs, and a place that is missing in the payload "
        "leaves the field alone."
    )


def _on(route: dict[str, Json]) -> str:
    on = route.get("on", "any event")
    return ", ".join(f"`{one}`" for one in on) if isinstance(on, list) else f"`{on}`"


def _route(route: dict[str, Json], lets: Lets) -> str:
    inner = {**lets, **_texts(route.get("let", {}))}
    parts = [f"### {_on(route)}"]
    if "when" in route:
        parts.append(f"Only where {condition(str(route['when']), inner)}.")
    for name in CHANGES:
        if name in route:
            found = list(rows(name, route[name], inner))
            parts += [title(name, route[name], inner), _table(found)]
    parts += [_named("Names used here", _texts(route.get("let", {})), inner)]
    return "\n\n".join(part for part in parts if part)


def _table(found: list[tuple[str, str, str]]) -> str:
    return table(("in Intercom", "where it comes from", ""), found)


def _names(told: dict[str, Json], lets: Lets) -> Iterator[str]:
    names, tables = _named("", lets, lets), told.get("tables", {})
    if names or tables:
        yield "## Names and tables"
    yield names
    for name, entries in tables.items():
        found = [(f"`{key}`", str(value)) for key, value in entries.items()]
        yield f"`{name}`:\n\n" + table(("in the payload", "becomes"), found)


def _named(head: str, names: Lets, lets: Lets) -> str:
    """Print the names that the words above still use: those that mean more than a place."""
    said = {name: in_words(f"={text}", _without(lets, name)) for name, text in names.items()}
    found = [(f"`{name}`", words) for name, words in said.items() if not _is_place(words)]
    shown = table(("name", "what it means"), found) if found else ""
    return f"{head}:\n\n{shown}" if head and shown else shown


def _is_place(words: str) -> bool:
    """Say whether a name means a place of the payload, which is printed wherever it is used."""
    return words.count("`") == 2 and words.startswith("`") and words.endswith("`")


def _without(lets: Lets, name: str) -> Lets:
    return {other: text for other, text in lets.items() if other != name}


def _examples(mapping: Mapping) -> str:
    found = [
        (f"[{example.title}](../../{_relative(mapping, example.path)})", example.outcome.value)
        for example in load_examples(mapping)
    ]
    return table(("what happens", "ends as"), found)


def _relative(mapping: Mapping, path: str) -> str:
    return str(Path(path).relative_to(Path(mapping.path).parents[1]))
