"""The ways in which YAML misreads an expression, and what to write instead.

YAML splits `{a: =f(x, y)}` at the comma, reads `!x` as a tag, ends plain text at ` #` and takes a
colon in it for a key: an author of mappings need not know, so each is recognised and explained.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from bridge.mapping.nodes import Block, Listing, Node, Place, Scalar
from bridge.mapping.problems import Problems

PAIRS = {")": "(", "]": "[", "}": "{"}
QUOTES = "'\"`"

TAG = re.compile(r"(?:[\w.-]+:|-)\s+(![^\s].*?|!)\s*$")
EXPRESSION_IN_FLOW = re.compile(r"[{\[,]\s*(?:[\w.-]+:\s+)?=")
RESERVED = re.compile(r"(?:[\w.-]+:|-)\s+([@`%])")
EXPRESSION = re.compile(r"(?:[\w.-]+:|-)\s+=?\s*\S.*: ")

ADVICE = {
    "did not find expected key": ": this line is indented unlike those above",
    "did not find expected '-'": ": this line is indented unlike those above",
    "mapping values are not allowed": ": indent it like the line above, or quote the text",
    "found unexpected end of stream": ": a quote is not closed",
    "found character that cannot start": ": put the text in quotes",
    "did not find expected ','": ": a bracket is not closed above",
}
"""What is most often wrong where the YAML parser says so."""


def open_bracket(text: str) -> int | None:
    """Give the offset of the first quote or bracket that is never closed, None if all are."""
    stack: list[tuple[str, int]] = []
    quote: tuple[str, int] | None = None
    skip = False
    for offset, character in enumerate(text):
        if skip:
            skip = False
        elif quote is not None:
            skip = character == "\\"
            quote = None if character == quote[0] else quote
        elif character in QUOTES:
            quote = (character, offset)
        else:
            _nest(stack, character, offset)
    if quote is not None:
        return quote[1]
    return stack[0][1] if stack else None


def _nest(stack: list[tuple[str, int]], character: str, offset: int) -> None:
    if character in PAIRS.values():
        stack.append((character, offset))
    elif character in PAIRS and stack and stack[-1][0] == PAIRS[character]:
        stack.pop()


def split_expression(node: Block | Listing) -> tuple[Place, str] | None:
    """Give place and message where `{ }` or `[ ]` of YAML cut an expression at its comma."""
    named = [(entry.key, entry.node) for entry in node] if isinstance(node, Block) else []
    items = [("-", item) for item in node.items] if isinstance(node, Listing) else named
    for key, item in items:
        if _is_cut(item):
            begin = f"{key}:" if isinstance(node, Block) else key
            sign = "{ }" if isinstance(node, Block) else "[ ]"
            return item.place, (
                f"YAML cuts an expression inside {sign} at its comma: "
                f"write `{begin} =…` on a line of its own"
            )
    return None


def _is_cut(node: Node) -> bool:
    return (
        isinstance(node, Scalar)
        and node.plain
        and node.text.startswith("=")
        and open_bracket(node.text) is not None
    )


def explain_tag(event: Any, key: str, text: str) -> str:
    """Give the message for a scalar with a tag: most often an expression that begins with `!`."""
    line = text[event.start_mark.index :].split("\n", 1)[0]
    written = re.split(r"\s#", line, maxsplit=1)[0].strip()
    if event.tag.startswith("!") and not written.startswith("!!"):
        return _tag_message(key, written)
    return f"tags (`{written.split()[0]}`) are not used here: remove it, or quote the text"


def _tag_message(key: str, written: str) -> str:
    begin = f"{key}: " if key else ""
    return f"YAML reads `!` as the beginning of a tag: write `{begin}={written}`"


def cut_comment(scalar: Scalar, text: str) -> str:
    """Give what follows ` #` on the line of a plain scalar, where YAML ends it; else ''."""
    if not scalar.plain:
        return ""
    rest = text[scalar.end :].split("\n", 1)[0]
    found = re.match(r"\s+(#.*)", rest)
    return found.group(1).rstrip() if found else ""


def explain_syntax(error: yaml.YAMLError, problems: Problems) -> None:
    """Report what YAML itself cannot read, in words that say what to write instead."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        problems.add(_bad_character(error, problems.text), "a character that no text holds")
        return
    place = Place(mark.line + 1, mark.column + 1)
    for line in (mark.line, mark.line - 1):
        if hint := _hint(problems.text, line):
            problems.add(Place(line + 1, hint[0] + 1), hint[1])
            return
    words = getattr(error, "problem", None) or str(error)
    advice = next((advice for begin, advice in ADVICE.items() if words.startswith(begin)), "")
    problems.add(place, f"this is not YAML: {words}{advice}")


def _hint(text: str, number: int) -> tuple[int, str] | None:
    lines = text.split("\n")
    if not 0 <= number < len(lines):
        return None
    line = lines[number]
    indent = len(line) - len(line.lstrip())
    if "\t" in line[:indent]:
        return line.index("\t"), "a tab: YAML indents with spaces"
    if found := TAG.search(line):
        key = line[:indent] + line[indent : found.start(1)].strip().rstrip(":")
        return found.start(1), _tag_message(key.strip(), found.group(1).strip())
    if found := EXPRESSION_IN_FLOW.search(line):
        return found.start(), (
            "YAML reads brackets and commas of an expression inside { } or [ ] as its own: "
            "write each key on a line of its own"
        )
    if found := RESERVED.search(line):
        return found.start(1), f"YAML keeps `{found.group(1)}` for itself: quote the text"
    if found := EXPRESSION.match(line.strip()):
        return indent, "YAML takes `: ` inside text for another key: put the text in quotes"
    return None


def _bad_character(error: yaml.YAMLError, text: str) -> Place:
    position = getattr(error, "position", None) or 0
    before = text[:position]
    return Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
