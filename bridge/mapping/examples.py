"""Loads the example documents of a mapping; `bridge.mapping.example` says what they hold."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import MappingError, Problem
from bridge.mapping.document import open_document
from bridge.mapping.example import EXAMPLE_GRAMMAR, METHODS, Example, ExpectedCall, Holdings
from bridge.mapping.mapping import Mapping
from bridge.mapping.nodes import Block, Broken, Listing, Node, Scalar, to_json
from bridge.mapping.problems import Problems, nearest
from bridge.mapping.shape import Fields, shape
from bridge.model import Json, State


@dataclass(frozen=True, slots=True)
class _Read:
    """One file as read, with what is needed to report on it later."""

    example: Example
    fields: Fields
    problems: Problems


def load_examples(mapping: Mapping) -> list[Example]:
    """Load all examples of a mapping by file name; raise MappingError with every problem found.

    There are none where the folder `<source>` beside the mapping does not exist.
    """
    folder = Path(mapping.path).parent / mapping.source
    read = [_read(mapping, path) for path in sorted(folder.glob("*.yaml"))]
    titles: dict[str, _Read] = {}
    for one in read:
        if one.example.title in titles:
            first = titles[one.example.title].example.path
            one.problems.add(one.fields.at("title"), f"this is the title of {first} too")
        titles.setdefault(one.example.title, one)
    for one in read:
        _check_given(one, [title for title in titles if title != one.example.title])
    _raise([problem for one in read for problem in one.problems.found])
    return [one.example for one in read]


def load_example(mapping: Mapping, path: Path) -> Example:
    """Load one example; raise MappingError with every problem in it."""
    read = _read(mapping, path)
    _raise(read.problems.found)
    return read.example


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        unique = dict.fromkeys(problems)
        raise MappingError(sorted(unique, key=lambda one: (one.file, one.line, one.column)))


def _check_given(read: _Read, titles: Sequence[str]) -> None:
    for node in read.fields.scalars("given"):
        if node.text not in titles:
            hint = nearest(node.text, titles)
            read.problems.add(node.place, f"`{node.text}` is the title of no other example{hint}")


def _read(mapping: Mapping, path: Path) -> _Read:
    node, problems = open_document(path)
    if isinstance(node, Block):
        fields = _shape(node, "example", problems)
    else:
        if node is not None and not isinstance(node, Broken):
            problems.add(node.place, "an example is a block of keys: begin with `title:`")
        return _Read(Example(mapping.source, str(path), path.stem), Fields.nothing(), problems)
    send = _block(fields, "send", problems)
    payload, raw = _body(send, problems) if "send" in fields else (None, None)
    example = Example(
        mapping_source=mapping.source,
        path=str(path),
        title=fields.text("title", path.stem),
        about=fields.text("about"),
        given=tuple(one.text for one in fields.scalars("given")),
        before=_holdings(fields, "intercom", problems),
        payload=payload,
        raw=raw,
        headers=_headers(send),
        query=_texts(send, "query"),
        outcome=State(fields.text("outcome", State.DONE)),
        reason=fields.text("reason"),
        calls=_calls(fields, problems),
        holds=_holdings(fields, "holds", problems),
    )
    return _Read(example, fields, problems)


def _shape(node: Block, table: str, problems: Problems) -> Fields:
    return shape(node, table, problems, grammar=EXAMPLE_GRAMMAR)


def _block(fields: Fields, name: str, problems: Problems) -> Fields:
    block = fields.block(name)
    return Fields.nothing() if block is None else _shape(block, name, problems)


def _body(send: Fields, problems: Problems) -> tuple[Json, str | None]:
    if ("payload" in send.places) == ("body" in send.places):
        problems.add(send.place, "`send` takes either `payload` (JSON) or `body` (text)")
    raw = send.text("body") if "body" in send else None
    return (to_json(send.nodes["payload"]) if "payload" in send else None), raw


def _headers(send: Fields) -> MappingOf[str, str]:
    headers = _texts(send, "headers")
    if any(name.lower() == "content-type" for name in headers):
        return headers
    default = "text/plain" if "body" in send else "application/json"
    return {"Content-Type": send.text("type", default), **headers}


def _texts(fields: Fields, name: str) -> dict[str, str]:
    return {
        entry.key: entry.node.text
        for entry in fields.entries(name)
        if isinstance(entry.node, Scalar)
    }


def _holdings(fields: Fields, name: str, problems: Problems) -> Holdings:
    inner = _block(fields, name, problems)
    return Holdings(
        contacts=_objects(inner, "contacts"),
        companies=_objects(inner, "companies"),
        tags=tuple(one.text for one in inner.scalars("tags")),
        events=_objects(inner, "events"),
    )


def _objects(fields: Fields, name: str) -> tuple[MappingOf[str, Json], ...]:
    node = fields.nodes.get(name)
    return tuple(to_json(one) for one in node.items) if isinstance(node, Listing) else ()


def _calls(fields: Fields, problems: Problems) -> tuple[ExpectedCall, ...] | None:
    node = fields.nodes.get("calls")
    if node is None:
        return None
    if not isinstance(node, Listing):
        problems.add(node.place, "`calls` is a list: `- POST /contacts`; `[]` where none follows")
        return None
    calls = [_call(item, problems) for item in node.items]
    return tuple(call for call in calls if call is not None)


def _call(node: Node, problems: Problems) -> ExpectedCall | None:
    text, body = node, None
    if isinstance(node, Block):
        inner = _shape(node, "call", problems)
        text = inner.nodes.get("call", Broken(node.place))
        body = to_json(inner.nodes["body"]) if "body" in inner else None
    if isinstance(text, Broken):
        return None
    method, _, path = text.text.partition(" ") if isinstance(text, Scalar) else ("", "", "")
    if method not in METHODS or not path.startswith("/"):
        problems.add(text.place, "a call is a method and a path, such as `POST /contacts`")
        return None
    return ExpectedCall(method, path.strip(), body)
