"""Strict YAML with places: what is read is what is written.

The event stream of PyYAML's C parser is turned into nodes with the scalars of YAML 1.2's core
schema (`on` stays a word, `NO`, dates and 12:30 stay text). Duplicate keys, anchors, aliases, merge
keys and tags are problems, and so are the ways in which YAML cuts an expression in two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bridge.mapping import traps
from bridge.mapping.nodes import Block, Broken, Entry, Listing, Node, Place, Scalar
from bridge.mapping.problems import Problems
from bridge.model import Json

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_DEPTH = 60
"""How deep blocks may be nested; a mapping needs ten, an example's payload rarely thirty."""

WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
OTHER_BASE = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def open_document(path: Path, problems_of: str | None = None) -> tuple[Node | None, Problems]:
    """Read a file as YAML; give its node (None where there is none) and the problems found."""
    name = problems_of or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems = Problems(name, "")
        problems.add(Place(1, 1), f"the file cannot be read: {error.strerror}")
        return None, problems
    except UnicodeDecodeError as error:
        problems = Problems(name, "")
        line = error.object[: error.start].count(b"\n") + 1
        problems.add(Place(line, 1), "the file is not UTF-8 text: save it as UTF-8")
        return None, problems
    problems = Problems(name, text)
    return parse(problems), problems


def parse(problems: Problems) -> Node | None:
    """Give the one document of a text as nodes; None where YAML itself cannot be read."""
    try:
        events = list(yaml.parse(problems.text, Loader=LOADER))
    except yaml.YAMLError as error:
        traps.explain_syntax(error, problems)
        return None
    documents = [event for event in events if isinstance(event, yaml.DocumentStartEvent)]
    if not documents:
        problems.add(Place(1, 1), "the file is empty")
        return None
    if len(documents) > 1:
        problems.add(_place(documents[1]), "one file holds one document: remove this `---`")
    reader = _Reader(iter(events[2:]), problems)
    return reader.node(next(reader.events))


class _Reader:
    """Builds nodes from YAML's events; alive only while one text is read."""

    def __init__(self, events: Iterator[Any], problems: Problems) -> None:
        self.events = events
        self.problems = problems

    def node(self, event: Any, depth: int = 0, key: str = "") -> Node:
        """Give the node that begins with an event."""
        if isinstance(event, yaml.AliasEvent):
            return self._refuse(event, f"`*{event.anchor}` is a YAML alias: write the value out")
        node = self._anything(event, depth, key)
        if event.anchor is not None:
            self._refuse(event, f"anchors (`&{event.anchor}`) are not used here: remove it")
        return node

    def _anything(self, event: Any, depth: int, key: str) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, key)
        if depth == MAX_DEPTH:
            self._skip(event)
            return self._refuse(event, f"this is nested more than {MAX_DEPTH} deep")
        nested = self._block if isinstance(event, yaml.MappingStartEvent) else self._listing
        node = nested(event, depth + 1)
        if event.tag is not None:
            return self._refuse(event, f"tags (`{event.tag}`) are not used here: remove it")
        return node

    def _scalar(self, event: Any, key: str) -> Node:
        if event.tag is not None:
            return self._refuse(event, traps.explain_tag(event, key, self.problems.text))
        style = event.style or ""
        value: Json = event.value if style else core_value(event.value)
        scalar = Scalar(
            _place(event), event.value, value, style, event.start_mark.index, event.end_mark.index
        )
        if isinstance(value, float) and not math.isfinite(value):
            return self._refuse(event, f"`{event.value}` is too large, or no number; quote text")
        return scalar

    def _block(self, event: Any, depth: int) -> Node:
        entries: dict[str, Entry] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            name = self._key(key)
            place = _place(key)
            node = self.node(next(self.events), depth, name or "")
            if name in entries:
                first = entries[name].place.line
                self.problems.add(place, f"`{name}` is here twice (first in line {first})")
            elif name is not None:
                entries[name] = Entry(name, place, node)
        block = Block(_place(event), tuple(entries.values()))
        if event.flow_style and (trap := traps.split_expression(block)):
            return self._refuse_at(*trap)
        return block

    def _key(self, event: Any) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._skip(event)
            self._refuse(event, "a key is a word: lists and blocks cannot be keys")
            return None
        if event.value == "<<" and not event.style:
            self._refuse(event, "merge keys (`<<`) are not used here: write the keys out")
            return None
        if event.tag is not None or event.anchor is not None:
            self._refuse(event, "a key takes no tag and no anchor")
        if event.value == "":
            self._refuse(event, "a key is missing before this `:`")
            return None
        return str(event.value)

    def _skip(self, event: Any) -> None:
        depth = _step(event)
        while depth > 0:
            depth += _step(next(self.events))

    def _listing(self, event: Any, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(item, depth))
        listing = Listing(_place(event), tuple(items))
        if event.flow_style and (trap := traps.split_expression(listing)):
            return self._refuse_at(*trap)
        return listing

    def _refuse(self, event: Any, message: str) -> Broken:
        return self._refuse_at(_place(event), message)

    def _refuse_at(self, place: Place, message: str) -> Broken:
        self.problems.add(place, message)
        return Broken(place)


def core_value(text: str) -> Json:
    """Give the value of a plain scalar by YAML 1.2's core schema; what is not known is text."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if FLOAT.fullmatch(text):
        return float(text)
    if NO_NUMBER.fullmatch(text):
        return math.inf
    return text


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _step(event: Any) -> int:
    if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
        return 1
    return -isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
